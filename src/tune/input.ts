import { isOneOff } from '../audit/subjects/compose.ts';
import type { AppServer } from '../readers/commands/app-server.ts';
import type { Service, Stack } from '../stack/stack.ts';
import type { TuneInput, TuneService } from './plan.ts';
import { gib } from './units.ts';

export interface TuneOptions {
  formula?: TuneInput['formula'];
  workload?: TuneInput['workload'];
  maxConnections?: number;
  /** Limits that the Compose file has stay as they are; else they are computed anew. */
  keepLimits?: boolean;
  /** Services that a deploy rolls, old and new containers side by side; undefined: every app. */
  rolled?: readonly string[];
}

export type TuneMachine = Omit<TuneInput['machine'], 'disk'> & Partial<Pick<TuneInput['machine'], 'disk'>>;

/** A small server, for a stack of which nothing but its files is known. */
export const assumedMachine: TuneMachine = { cpus: 2, memoryBytes: 4 * gib };

/** What a reader must know where the machine is not. */
export const assumedMachineText =
  'Sizes are for an assumed server with 2 CPUs and 4 GB: --cpus and --memory, or -t TARGET, say otherwise.';

/** What `solve` needs to know of a stack. */
export function tuneInputOf(stack: Stack, machine: TuneMachine, options: TuneOptions = {}): TuneInput {
  const { formula = 'pgtune', workload = 'web', maxConnections } = options;
  return {
    machine: {
      cpus: machine.cpus,
      memoryBytes: machine.memoryBytes,
      disk: machine.disk ?? 'ssd',
      ...(machine.diskFreeBytes === undefined ? {} : { diskFreeBytes: machine.diskFreeBytes }),
    },
    services: stack.services.map((service) => tuneService(stack, service, options)),
    formula,
    workload,
    ...(maxConnections === undefined ? {} : { maxConnections }),
  };
}

const roles: Readonly<Record<Service['role'], TuneService['role']>> = {
  app: 'app',
  proxy: 'proxy',
  'other-proxy': 'other',
  postgres: 'postgres',
  pgbouncer: 'pgbouncer',
  database: 'other',
  cache: 'cache',
  queue: 'other',
  worker: 'worker',
  other: 'other',
};

function tuneService(stack: Stack, service: Service, options: TuneOptions): TuneService {
  const { keepLimits = false, rolled } = options;
  const { name, replicas, limits, app, pools, postgres } = service;
  // What ends before the app starts needs no workers.
  const role = isOneOff(stack, service) ? 'other' : roles[service.role];
  const staffed = role === 'app' || role === 'worker';
  const workerBytes = staffed ? measuredWorker(service) : undefined;
  const usedBytes = staffed ? undefined : measuredContainer(service);
  const fixed = staffed ? fixedWorkers(app) : undefined;
  return {
    name,
    role,
    replicas,
    rolled: rolled === undefined ? role === 'app' : rolled.includes(name),
    ...(role === 'app' ? { model: modelOf(service) } : {}),
    ...(fixed === undefined ? {} : { fixedWorkers: fixed }),
    ...(workerBytes === undefined ? {} : { workerBytes }),
    ...(usedBytes === undefined ? {} : { usedBytes }),
    ...(staffed ? { pooled: pools.some(({ none }) => !none) } : {}),
    ...(postgres?.majorVersion === undefined ? {} : { majorVersion: postgres.majorVersion }),
    ...(keepLimits && limits.memoryBytes ? { memoryLimitBytes: limits.memoryBytes.value } : {}),
    ...(keepLimits && limits.cpus ? { cpuLimit: limits.cpus.value } : {}),
  };
}

/** Programs whose number of processes is no setting that could be proposed. */
function fixedWorkers(app: AppServer | undefined): number | undefined {
  switch (app?.kind) {
    case undefined:
    case 'node':
    case 'php-fpm':
    case 'daphne':
    case 'waitress':
      return 1;
    default:
      return undefined;
  }
}

/** How requests are served, by the server and its worker class. */
function modelOf({ app, python }: Service): NonNullable<TuneService['model']> {
  const workerClass = app?.workerClass?.value ?? 'sync';
  const threads = app?.threads?.value ?? 1;
  switch (app?.kind) {
    case 'gunicorn':
      if (workerClass === 'gthread' || (workerClass === 'sync' && threads > 1)) return 'threads';
      return workerClass === 'sync' ? 'sync' : 'async';
    case 'uwsgi':
      return threads > 1 ? 'threads' : 'sync';
    case 'waitress':
    case 'php-fpm':
      return 'threads';
    case 'python':
    case 'development':
      return python.some(({ calls, imports }) =>
        [...calls.map((call) => call.name), ...imports.map(({ module }) => module)].some((name) =>
          /^(?:fastapi|starlette|uvicorn|litestar|sanic|aiohttp|quart)\b/.test(name),
        ),
      )
        ? 'async'
        : 'sync';
    default:
      return 'async';
  }
}

/** Of the running processes the largest that is no master; undefined: not measured. */
function measuredWorker({ live }: Service): number | undefined {
  const sizes = (live?.processes ?? []).map(({ memoryBytes }) => memoryBytes ?? 0);
  const workers = sizes.length > 1 ? sizes.slice(1) : sizes;
  const most = Math.max(0, ...workers);
  return most > 0 ? most : undefined;
}

function measuredContainer({ live }: Service): number | undefined {
  const most = Math.max(0, ...(live?.containers ?? []).map(({ memoryBytes }) => memoryBytes ?? 0));
  return most > 0 ? most : undefined;
}
