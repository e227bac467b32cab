import type { Service, Stack } from '../../stack/stack.ts';
import type { Plan } from '../../tune/plan.ts';
import type { Fix, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { workersEdits } from '../subjects/app-edit.ts';
import { environmentEdits } from '../subjects/environment-edit.ts';
import {
  commandRequires,
  plannedNumber,
  plural,
  serverName,
  workerCount,
  workersText,
  type App,
} from '../subjects/app.ts';

export const appWorkersBeyondCpus = rule({
  id: 'app-workers-beyond-cpus',
  category: 'app',
  severity: 'low',
  title: {
    fail: 'More workers than the CPU limit has use for',
    pass: 'The number of workers fits the CPUs',
  },
  why: 'A CPU limit is a quota of time: `multiprocessing.cpu_count()` and `nproc` still see every CPU of the host. An app that starts 2 × CPUs + 1 workers gets 33 of them on 16 CPUs, also under a limit of 1.5: memory for 33 processes, connections for 33 pools, and throttling. Write the number down, or set WEB_CONCURRENCY.',
  example: {
    language: 'python',
    bad: '# gunicorn.conf.py\nimport multiprocessing\n\nworkers = multiprocessing.cpu_count() * 2 + 1',
    good: '# gunicorn.conf.py\nworkers = 4',
  },
  references: [
    'https://docs.gunicorn.org/en/stable/design.html#how-many-workers',
    'https://docs.docker.com/engine/containers/resource_constraints/#cpu',
    'https://github.com/tiangolo/uvicorn-gunicorn-docker/issues/43',
  ],
  dependsOn: ['app-pool-exceeds-database'],
  evaluate: (stack, context) =>
    stack.services.flatMap((service) =>
      (service.role === 'app' || service.role === 'worker') && service.app
        ? (judge(stack, { service, server: service.app }, () => context.plan()) ?? [])
        : [],
    ),
});

function judge(stack: Stack, app: App, plan: () => Plan): Verdict | undefined {
  const { service, server } = app;
  const limit = service.limits.cpus?.value;
  const { value, source } = server.workers;
  // Without a limit the CPUs that are seen are those that may be used.
  if (limit === undefined || value.kind === 'unknown' || pinned(service)) return undefined;
  const seen = stack.machine?.cpus;
  const count = workerCount(value, seen);
  // gunicorn's settings name 2 to 4 workers a CPU.
  const most = 4 * Math.ceil(limit) + 1;
  const common = {
    subject: service.name,
    confidence: stack.machine?.source === 'live' ? 'live' : 'static',
    at: source.at ?? server.at,
  } as const;
  const name = serverName(server);
  if ((count ?? 0) > most)
    return {
      ...common,
      status: 'fail',
      severity: value.kind === 'per-cpu' ? 'medium' : 'low',
      message: `${name} in ${service.name} starts ${count} workers${value.kind === 'per-cpu' ? ` (${workersText(value)}, and it sees ${seen} CPUs)` : ''} where its limit allows ${plural(limit, 'CPU')}.`,
      current: `${count} workers`,
      ...expectation(stack, app, plan()),
    };
  if (count === undefined && value.kind === 'per-cpu' && (value.atMost ?? Infinity) > most)
    return {
      ...common,
      status: 'fail',
      message: `${name} in ${service.name} starts ${workersText(value)} and sees all CPUs of the host, not its limit of ${limit}.`,
      current: workersText(value),
      ...expectation(stack, app, plan()),
    };
  return {
    ...common,
    status: 'pass',
    message: `${name} in ${service.name} starts ${count === undefined ? workersText(value) : plural(count, 'worker')} with a limit of ${plural(limit, 'CPU')}.`,
  };
}

/** It sees only the CPUs that it may use. */
function pinned({ compose }: Service): boolean {
  return compose.get('cpuset') !== undefined || compose.environment.has('PYTHON_CPU_COUNT');
}

function expectation(stack: Stack, app: App, plan: Plan): Pick<Verdict, 'expected' | 'fix'> {
  const { service } = app;
  const count = plannedNumber(plan, service.name, 'workers');
  return {
    expected: count === undefined ? 'a number of its own' : `${count} workers`,
    fix: fixOf(stack, app, count),
  };
}

function fixOf(stack: Stack, { service, server }: App, count: number | undefined): Fix {
  const name = serverName(server);
  const title =
    count === undefined ? `Write down the workers of ${name}` : `Start ${name} with ${count} workers`;
  const requires = commandRequires(server);
  if (count === undefined)
    return {
      title,
      edits: [],
      manual: `Set a number of workers for \`${service.name}\` that fits its CPU limit.`,
      requires,
    };
  // Images that count CPUs by themselves listen to this variable.
  if (server.workers.source.by === 'base-image') {
    const edits = environmentEdits(stack, service, 'WEB_CONCURRENCY', String(count));
    return {
      title,
      ...(edits
        ? { edits }
        : {
            edits: [],
            manual: `Set \`WEB_CONCURRENCY: '${count}'\` in the environment of \`${service.name}\`.`,
          }),
      requires: 'recreate',
    };
  }
  const edits = workersEdits(stack.files, server, count);
  return {
    title,
    edits,
    ...(edits.length > 0 ? {} : { manual: `Set the number of workers of \`${service.name}\` to ${count}.` }),
    requires,
  };
}
