import type { Stack } from '../../stack/stack.ts';
import type { Plan } from '../../tune/plan.ts';
import type { EvidenceLine, Fix, Severity, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { withoutReload, workersEdits } from '../subjects/app-edit.ts';
import {
  appsOf,
  commandRequires,
  cpusOf,
  plannedNumber,
  plural,
  serverName,
  workerCount,
  workersText,
  type App,
} from '../subjects/app.ts';
import { liveWorkers } from '../subjects/live-workers.ts';
import { processState } from '../subjects/process-state.ts';

export const appSingleWorker = rule({
  id: 'app-single-worker',
  category: 'app',
  severity: 'high',
  cause: 1,
  title: {
    fail: 'A single worker process serves all requests',
    pass: 'Several processes serve requests',
  },
  why: 'One Python process runs Python on one CPU at a time, whatever the number of threads or coroutines: the other CPUs idle, and one slow computation holds up everybody. uvicorn, gunicorn, hypercorn and `fastapi run` start one process unless they are told otherwise. Start as many as the CPUs of the container allow (gunicorn suggests 2 × CPUs + 1), or run several containers.\n\nEvery process has its own connection pool, its own caches and runs start-up code once: `ops tune` computes workers, pools and PostgreSQL together. One process is right on one CPU, or with several replicas behind the proxy.',
  example: {
    language: 'dockerfile',
    bad: 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]',
    good: 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--workers", "4"]',
  },
  references: [
    'https://docs.gunicorn.org/en/stable/design.html#how-many-workers',
    'https://www.uvicorn.org/deployment/',
    'https://fastapi.tiangolo.com/deployment/server-workers/',
  ],
  dependsOn: ['app-connection-pool', 'app-pool-exceeds-database'],
  evaluate: (stack, context) => appsOf(stack).flatMap((app) => judge(stack, app, () => context.plan()) ?? []),
});

/** Servers of one process by nature, and those that another rule is about. */
const otherMatters = new Set(['node', 'php-fpm', 'celery', 'development']);

function judge(stack: Stack, app: App, plan: () => Plan): Verdict | undefined {
  const { service, server } = app;
  if (otherMatters.has(server.kind)) return undefined;
  // What `python app.py` starts is not seen, or is a server for development.
  if (server.kind === 'python' && !server.call?.name.startsWith('uvicorn.')) return undefined;
  const cpus = cpusOf(stack, service);
  const { value, source } = server.workers;
  const live = liveWorkers(service);
  const common = {
    subject: service.name,
    at: source.at ?? server.at,
    confidence: live ? 'live' : 'static',
  } as const;
  const name = serverName(server);
  const known = value.kind === 'per-cpu' ? workerCount(value, stack.machine?.cpus) : workerCount(value, cpus);
  const count = known ?? live?.count;
  const evidence = evidenceOf(app, live);
  if (service.replicas > 1)
    return {
      ...common,
      status: 'pass',
      message: `${service.replicas} containers of ${service.name} serve requests, each with ${value.kind === 'count' ? plural(value.count, 'worker') : `workers of its own`}.`,
      evidence,
    };
  if (count === undefined && value.kind === 'per-cpu')
    return {
      ...common,
      status: 'pass',
      message: `${name} in ${service.name} starts ${workersText(value)}.`,
      evidence,
    };
  if (count === undefined || (known === 1 && source.by === 'default' && server.unknown.length > 0 && !live))
    return {
      ...common,
      status: 'unknown',
      message: `How many workers ${name} in ${service.name} starts is not known: ${value.kind === 'unknown' ? value.why : server.unknown.join('; ')}.`,
    };
  if (count > 1)
    return {
      ...common,
      status: 'pass',
      message: `${name} in ${service.name} starts ${count} workers.`,
      evidence,
    };
  const state = processState(service);
  return {
    ...common,
    status: 'fail',
    severity: severityOf(cpus),
    message: `${name} in ${service.name} runs as one process, so Python uses one CPU${cpus === undefined ? '' : ` of ${cpus}`} at a time${source.by === 'default' ? `: no number of workers is set` : ''}.`,
    current: '1 worker',
    evidence: [...evidence, ...state],
    ...expectedAndFix(stack, app, plan(), state, cpus),
  };
}

/** Two processes on less than two CPUs only take turns. */
function severityOf(cpus: number | undefined): Severity {
  return cpus !== undefined && cpus < 2 ? 'low' : 'high';
}

function evidenceOf({ server }: App, live: ReturnType<typeof liveWorkers>): readonly EvidenceLine[] {
  const { at } = server.workers.source;
  return [
    { at: server.at, text: server.words.join(' ') },
    ...(at && at.path !== server.at.path ? [{ at, text: workersText(server.workers.value) }] : []),
    ...(live ? [live.evidence] : []),
  ];
}

function expectedAndFix(
  stack: Stack,
  app: App,
  plan: Plan,
  state: readonly EvidenceLine[],
  cpus: number | undefined,
): Pick<Verdict, 'expected' | 'fix'> {
  const { service, server } = app;
  const count = plannedNumber(plan, service.name, 'workers');
  const name = serverName(server);
  const requires = commandRequires(server);
  if (count === 1)
    return {
      expected: 'more CPUs or memory, then more workers',
      fix: {
        title: `Give ${service.name} room for a second worker`,
        edits: [],
        manual: `With ${cpus === undefined ? 'what it has' : plural(cpus, 'CPU')} and its share of memory, \`ops tune\` plans one worker for \`${service.name}\`.`,
        requires,
      },
    };
  const many = count ?? 4;
  const expected = count === undefined ? 'at least 2 workers' : plural(count, 'worker');
  const risk = `Each of the ${many} processes has its own memory and connection pool, and runs start-up code once.`;
  const title = `Start ${name} with ${many} workers`;
  const how = command(app, many);
  const fix = (edits: Fix['edits'], manual?: string): Fix => ({
    title,
    edits,
    ...(manual === undefined ? {} : { manual }),
    requires,
    risk,
  });
  if (count === undefined)
    return { expected, fix: fix([], `${how}${plan.feasible ? '' : ` ${plan.reason}`}`) };
  if (state.length > 0) {
    const found = state.map(({ text }) => text).join('; ');
    return {
      expected,
      fix: fix([], `First move what one process keeps for all out of it: ${found}. Then: ${how}`),
    };
  }
  const edits = workersEdits(stack.files, server, count, withoutReload(server));
  return { expected, fix: edits.length > 0 ? fix(edits) : fix([], how) };
}

/** The exact command or setting, for a person. */
function command({ service, server }: App, count: number): string {
  const { call, kind } = server;
  if (call) {
    const file = call.at.path.replace(/^.*\//, '').replace(/\.py$/, '');
    const [first] = call.positional;
    const app =
      first?.kind === 'string' ? first.value : `${file}:${first?.kind === 'unknown' ? first.text : 'app'}`;
    return `uvicorn takes \`workers\` only with an import string. Start \`${service.name}\` with \`uvicorn ${app} --host 0.0.0.0 --workers ${count}\` and the port that the code has.`;
  }
  if (kind === 'waitress' || kind === 'daphne')
    return `${kind} runs as one process: give \`${service.name}\` several containers (\`deploy.replicas: ${count}\`), or a server with workers.`;
  if (kind === 'uwsgi') return `Start uWSGI with \`--master --processes ${count}\`.`;
  return `Start it with \`${server.words.filter((word) => word !== '--reload').join(' ')} --workers ${count}\`.`;
}
