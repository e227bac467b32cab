import type { AppServer, Workers } from '../../readers/commands/app-server.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import { planned, type Plan } from '../../tune/plan.ts';

/** A service with the server that it starts. */
export interface App {
  service: Service;
  server: AppServer;
}

/** Services that serve requests through a server that is known. */
export function appsOf(stack: Stack): readonly App[] {
  return stack.services.flatMap((service) =>
    service.role === 'app' && service.app ? [{ service, server: service.app }] : [],
  );
}

/** CPUs that one container of a service may use: its limit, or the machine's; undefined: neither is known. */
export function cpusOf(stack: Stack, service: Service): number | undefined {
  const live = service.live?.containers.find(({ running }) => running);
  const known = [
    service.limits.cpus?.value,
    stack.machine?.cpus,
    live?.cpuSet,
    live && live.cpuLimit > 0 ? live.cpuLimit : undefined,
  ].filter((cpus) => cpus !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Names of servers as people write them. */
export function serverName({ kind, call, words }: AppServer): string {
  if (kind === 'python') return call?.name.split('.')[0] ?? 'python';
  if (kind === 'development') {
    const [first = '', second = ''] = words.filter((word) => !word.startsWith('-'));
    return `${first} ${second}`.trim();
  }
  return kind;
}

/** A number of processes; undefined: only the running program can tell. */
export function workerCount(workers: Workers, cpus: number | undefined): number | undefined {
  if (workers.kind === 'count') return workers.count;
  if (workers.kind === 'unknown') return undefined;
  const { factor, plus, atLeast = 1, atMost = Infinity } = workers;
  if (cpus !== undefined)
    return Math.max(1, Math.min(atMost, Math.max(atLeast, Math.floor(factor * cpus + plus))));
  return atMost === atLeast ? atMost : undefined;
}

/** The number of processes as its author wrote it: `2 × CPUs + 1 workers`. */
export function workersText(workers: Workers): string {
  if (workers.kind === 'count') return plural(workers.count, 'worker');
  if (workers.kind === 'unknown') return 'an unknown number of workers';
  const { factor, plus, atLeast, atMost } = workers;
  const product = factor === 1 ? 'CPUs' : `${factor} × CPUs`;
  const sum = plus === 0 ? product : `${product} ${plus < 0 ? '−' : '+'} ${Math.abs(plus)}`;
  const least = atLeast === undefined ? '' : ` but at least ${atLeast}`;
  const most = atMost === undefined ? '' : `${least === '' ? ' but' : ' and'} at most ${atMost}`;
  const many = factor === 1 && plus === 0 ? 'one worker per CPU' : `${sum} workers`;
  return `${many}${least}${most}`;
}

/** How one process of an app works on requests. */
export type Concurrency =
  /** One after the other. */
  | { kind: 'sync' }
  | { kind: 'threads'; threads: number }
  /** An event loop; synchronous endpoints run in threads beside it. */
  | { kind: 'async' }
  /** gevent, eventlet: as many as connections. */
  | { kind: 'green' }
  | { kind: 'unknown' };

const asgiWorker = /uvicorn|asgi|daphne|hypercorn/i;

export function concurrencyOf({ service, server }: App): Concurrency {
  const { kind, call, threads, workerClass } = server;
  switch (kind) {
    case 'uvicorn':
    case 'fastapi':
    case 'hypercorn':
    case 'daphne':
      return { kind: 'async' };
    case 'granian':
      return server.words.some((word) => /^(?:--interface=)?(?:wsgi)$/.test(word))
        ? { kind: 'unknown' }
        : { kind: 'async' };
    case 'gunicorn': {
      const name = workerClass?.value ?? 'sync';
      if (asgiWorker.test(name)) return { kind: 'async' };
      if (/gevent|eventlet|meinheld/i.test(name)) return { kind: 'green' };
      if (name !== 'sync' && name !== 'gthread') return { kind: 'unknown' };
      const count = threads?.value ?? 1;
      return count > 1 ? { kind: 'threads', threads: count } : { kind: 'sync' };
    }
    case 'waitress':
      return { kind: 'threads', threads: threads?.value ?? 4 };
    case 'uwsgi':
      if (server.words.some((word) => word.startsWith('--gevent'))) return { kind: 'green' };
      return (threads?.value ?? 1) > 1 ? { kind: 'threads', threads: threads?.value ?? 1 } : { kind: 'sync' };
    case 'python':
      return call?.name.startsWith('uvicorn.') === true || call?.name.startsWith('hypercorn') === true
        ? { kind: 'async' }
        : { kind: 'unknown' };
    case 'celery':
      return service.role === 'worker' && workerClass === undefined ? { kind: 'sync' } : { kind: 'unknown' };
    case 'development':
      return server.words[0] === 'fastapi' ? { kind: 'async' } : { kind: 'unknown' };
    case 'node':
    case 'php-fpm':
      return { kind: 'unknown' };
    default:
      return kind satisfies never;
  }
}

/**
 * Threads in which Starlette, and so FastAPI, runs synchronous endpoints: the default limiter of AnyIO
 * (https://anyio.readthedocs.io/en/stable/threads.html).
 */
export const endpointThreads = 40;

/** A number of the plan for a service; undefined: the plan has none, or nothing fits. */
export function plannedNumber(plan: Plan, service: string, name: string): number | undefined {
  return planned(plan, service, name)?.amount;
}

/** What it takes until a changed command works. */
export function commandRequires({ form }: AppServer): 'rebuild' | 'recreate' {
  return form === 'compose-list' || form === 'compose-string' ? 'recreate' : 'rebuild';
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
