import { sharedMemoryKb } from '../../tune/postgres.ts';
import { kib, mib, roundUp } from '../../tune/units.ts';
import type { Stack } from '../../stack/stack.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { sizeText } from '../subjects/compose.ts';
import {
  confidenceOf,
  evidenceOf,
  isDefault,
  postgresServices,
  settingOf,
  sharedMemorySize,
  type PostgresService,
} from '../subjects/postgres.ts';
import { postgresFix } from '../subjects/postgres-fix.ts';

const names = [
  'work_mem',
  'maintenance_work_mem',
  'max_parallel_workers',
  'max_parallel_workers_per_gather',
] as const;

export const postgresSharedMemory = rule({
  id: 'postgres-shared-memory',
  category: 'database',
  severity: 'medium',
  title: {
    fail: 'PostgreSQL has too little shared memory for its settings',
    pass: 'The shared memory of PostgreSQL suits its settings',
  },
  why: 'Parallel workers of a query share hash tables, and those of a VACUUM the list of dead rows, in /dev/shm. Docker gives a container 64 MB of it, whatever memory it has. When that is used up, statements end with `could not resize shared memory segment … No space left on device`. `shm_size` in Compose raises it; it takes memory only when it is used. (shared_buffers itself is not in /dev/shm.)',
  example: {
    language: 'yaml',
    bad: 'services:\n  db:\n    image: postgres:17\n    command: postgres -c work_mem=64MB',
    good: 'services:\n  db:\n    image: postgres:17\n    command: postgres -c work_mem=64MB\n    shm_size: 512m',
  },
  references: [
    'https://hub.docker.com/_/postgres',
    'https://docs.docker.com/reference/compose-file/services/#shm_size',
    'https://www.postgresql.org/docs/current/parallel-query.html',
  ],
  evaluate: (stack) => postgresServices(stack).map((service) => judge(stack, service)),
});

function judge(stack: Stack, service: PostgresService): Verdict {
  const base = { subject: service.name, confidence: confidenceOf(service), at: service.compose.nameAt };
  const shared = sharedMemorySize(service);
  if (shared === undefined)
    return { ...base, status: 'pass', message: '/dev/shm is not limited to the default of Docker.' };
  const settings = names.map((name) => settingOf(service, name));
  const [workMem, maintenance, workers, gather] = settings;
  if (!workMem || !maintenance || !workers || !gather)
    return {
      ...base,
      status: 'unknown',
      message:
        'How much shared memory parallel workers can ask for is not known: the settings of PostgreSQL cannot be read.',
    };
  const memory = workMem.bytes ?? 0;
  const perGather = Number(gather.value);
  const raised = settings.flatMap((setting) =>
    setting && !isDefault(service, setting) && isMore(setting.name, setting.bytes ?? Number(setting.value))
      ? [setting]
      : [],
  );
  const needed =
    kib *
    sharedMemoryKb({
      workMem: memory / kib,
      maintenanceWorkMem: (maintenance.bytes ?? 0) / kib,
      parallelWorkers: Number(workers.value),
      workersPerGather: perGather,
    });
  const room = sizeText(shared.bytes);
  if (raised.length === 0 || !(needed > shared.bytes))
    return {
      ...base,
      status: 'pass',
      message: `${room} of /dev/shm suit ${workMem.value} of work_mem and ${perGather} workers for a query.`,
    };
  // What one statement can take by itself.
  const alone = Math.max((perGather + 1) * 2 * memory, maintenance.bytes ?? 0);
  const wanted = roundUp(needed, 64 * mib);
  return {
    ...base,
    at: shared.at ?? raised[0]?.at ?? base.at,
    status: 'fail',
    severity: alone > shared.bytes ? 'medium' : 'low',
    message:
      alone > shared.bytes
        ? `A single statement can ask for ${sizeText(alone)} of shared memory (${raised.map(({ name, value }) => `${name} ${value}`).join(', ')}); /dev/shm has ${room}, and the statement fails.`
        : `Parallel statements can ask for ${sizeText(needed)} of shared memory together (${raised.map(({ name, value }) => `${name} ${value}`).join(', ')}); /dev/shm has ${room}.`,
    current: room,
    expected: `shm_size: ${wanted / mib}m`,
    evidence: raised.map(evidenceOf),
    fix: postgresFix(stack, service, [], {
      title: 'Give PostgreSQL more shared memory',
      sharedMemory: `${wanted / mib}m`,
    }),
  };
}

/** Beyond the default of any version. */
function isMore(name: string, value: number): boolean {
  const usual = {
    work_mem: 4 * mib,
    maintenance_work_mem: 64 * mib,
    max_parallel_workers: 8,
    max_parallel_workers_per_gather: 2,
  }[name];
  return usual !== undefined && value > usual;
}
