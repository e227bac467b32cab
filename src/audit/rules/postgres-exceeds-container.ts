import type { Stack } from '../../stack/stack.ts';
import { planned } from '../../tune/plan.ts';
import type { Severity, Verdict } from '../finding.ts';
import { rule, type RuleContext } from '../rule.ts';
import { sizeText } from '../subjects/compose.ts';
import {
  confidenceOf,
  evidenceOf,
  isDefault,
  memoryLimit,
  postgresServices,
  settingOf,
  type PostgresService,
} from '../subjects/postgres.ts';
import { postgresFix } from '../subjects/postgres-fix.ts';

/** Beyond this part of the container there is no room for connections, autovacuum and the cache of files. */
const mostBuffers = 0.7;

export const postgresExceedsContainer = rule({
  id: 'postgres-exceeds-container',
  category: 'database',
  severity: 'high',
  title: {
    fail: 'PostgreSQL may take more memory than its container has',
    pass: 'The memory of PostgreSQL fits its container',
  },
  why: 'shared_buffers and each operation of each connection (`work_mem`) count against the memory limit of the container. When they reach it, the kernel kills a server process, and PostgreSQL then closes all connections and recovers. Settings taken over from a larger machine, or computed for the machine instead of the container, are the usual cause.',
  example: {
    language: 'yaml',
    bad: 'services:\n  db:\n    image: postgres:17\n    command: postgres -c shared_buffers=1GB -c work_mem=32MB\n    mem_limit: 1g',
    good: 'services:\n  db:\n    image: postgres:17\n    command: postgres -c shared_buffers=256MB -c work_mem=4MB\n    mem_limit: 1g',
  },
  references: [
    'https://www.postgresql.org/docs/current/runtime-config-resource.html',
    'https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-MEMORY-OVERCOMMIT',
  ],
  evaluate: (stack, context) =>
    postgresServices(stack).flatMap((service) => {
      const limit = memoryLimit(service);
      return limit === undefined ? [] : [judge(stack, service, limit, context)];
    }),
});

function judge(stack: Stack, service: PostgresService, limit: number, context: RuleContext): Verdict {
  const base = {
    subject: service.name,
    confidence: confidenceOf(service),
    at: service.limits.memoryBytes?.at ?? service.compose.nameAt,
  };
  const buffers = settingOf(service, 'shared_buffers');
  const workMem = settingOf(service, 'work_mem');
  const connections = settingOf(service, 'max_connections');
  if (!buffers || !workMem || !connections)
    return {
      ...base,
      status: 'unknown',
      message: `Whether PostgreSQL fits its ${sizeText(limit)} is not known: its settings cannot be read.`,
    };
  const bufferBytes = buffers.bytes ?? 0;
  const most = bufferBytes + Number(connections.value) * (workMem.bytes ?? 0);
  const raised = [workMem, connections].filter((setting) => !isDefault(service, setting));
  const killed = service.live?.containers.some(({ oomKilled }) => oomKilled) === true;
  const severity = severityOf(limit, bufferBytes, raised.length > 0 ? most : bufferBytes, killed);
  const arithmetic = `${buffers.value} + ${connections.value} × ${workMem.value} = ${sizeText(most)}`;
  if (severity === undefined)
    return {
      ...base,
      status: 'pass',
      message: `shared_buffers of ${buffers.value} leave room in ${sizeText(limit)}.`,
    };
  const changes = [buffers, workMem].flatMap(({ name, bytes = 0 }) => {
    const wanted = planned(context.plan(), service.name, name);
    return wanted?.amount !== undefined && wanted.amount < bytes ? [wanted] : [];
  });
  return {
    ...base,
    at: (bufferBytes > limit * mostBuffers ? buffers.at : (workMem.at ?? connections.at)) ?? base.at,
    status: 'fail',
    severity,
    message:
      bufferBytes > limit * mostBuffers
        ? `shared_buffers alone are ${buffers.value} of the ${sizeText(limit)} that the container has.${killed ? ' It was killed for lack of memory before.' : ''}`
        : `shared_buffers and one work_mem for each connection are ${arithmetic}; the container has ${sizeText(limit)}.${killed ? ' It was killed for lack of memory before.' : ''}`,
    current: arithmetic,
    expected: `below ${sizeText(limit)}`,
    evidence: [
      ...[buffers, workMem, connections].map(evidenceOf),
      ...(service.limits.memoryBytes
        ? [{ at: service.limits.memoryBytes.at, text: `memory limit ${sizeText(limit)}` }]
        : [{ source: 'docker inspect', text: `memory limit ${sizeText(limit)}` }]),
    ],
    fix:
      changes.length > 0
        ? postgresFix(stack, service, changes, { title: "Bring PostgreSQL's memory within its container" })
        : {
            title: "Bring PostgreSQL's memory within its container",
            edits: [],
            manual: 'Raise the memory limit, or lower `max_connections`, `shared_buffers` or `work_mem`.',
            requires: 'recreate',
          },
  };
}

function severityOf(limit: number, buffers: number, most: number, killed: boolean): Severity | undefined {
  if (buffers > limit * mostBuffers) return 'high';
  if (most <= limit) return undefined;
  return killed ? 'high' : 'medium';
}
