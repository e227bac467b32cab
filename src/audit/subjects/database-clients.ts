import type { Pool, Service, Stack } from '../../stack/stack.ts';
import { concurrencyOf, cpusOf, endpointThreads, workerCount } from './app.ts';
import { poolTotal } from './pools.ts';
import { serviceOf } from './proxy.ts';

/** A service that holds connections to a database of the stack. */
export interface Client {
  service: Service;
  pools: readonly Pool[];
  /** What its containers may open together; undefined: not known. */
  connections: number | undefined;
  /** `backend 4 × (5 + 10)`. */
  arithmetic: string;
  /** Why it is not known. */
  unknown: string;
}

/** The services whose pools connect to a database or pooler. Pools of one process each count with all their connections. */
export function clientsOf(stack: Stack, database: Service): readonly Client[] {
  return stack.services.flatMap((service): Client[] => {
    if ((service.role !== 'app' && service.role !== 'worker') || !service.app) return [];
    // What a development server does under load is not its only problem.
    if (service.app.kind === 'development') return [];
    const pools = service.pools.filter((pool) => databaseOf(stack, service, pool) === database);
    return pools.length === 0 ? [] : [clientOf(stack, service, pools)];
  });
}

/** Names of variables that have a database's address or host. */
const addresses =
  /^(?:.*_)?(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|SQLALCHEMY)(?:_?(?:URL|URI|DSN|HOST|SERVER|HOSTNAME|DATABASE_URI))$/i;

/** What a pool connects to: by its own address, by the service's variables, or the only database there is. */
export function databaseOf(stack: Stack, service: Service, { server }: Pool): Service | undefined {
  if (server && !/^(?:postgres|postgresql|cockroach)/.test(server.scheme)) return undefined;
  if (server?.host !== undefined) return serviceOf(stack, server.host);
  const hosts = new Set(
    [...service.compose.environment].flatMap(([name, { value }]) => {
      if (value === undefined || !addresses.test(name)) return [];
      const host =
        /^[a-z][a-z0-9+]*:\/\/(?:[^@/]*@)?([^:/?]+)/i.exec(value)?.[1] ??
        (/^[\w.-]+$/.test(value) ? value : '');
      const found = serviceOf(stack, host);
      return found ? [found] : [];
    }),
  );
  if (hosts.size === 1) return [...hosts][0];
  const databases = stack.services.filter(({ role }) => role === 'postgres' || role === 'pgbouncer');
  // With a pooler beside the database the address decides, and it is not known.
  return databases.length === 1 && hosts.size === 0 ? databases[0] : undefined;
}

function clientOf(stack: Stack, service: Service, pools: readonly Pool[]): Client {
  const server = service.app;
  const cpus = server?.workers.value.kind === 'per-cpu' ? stack.machine?.cpus : cpusOf(stack, service);
  const workers = server && workerCount(server.workers.value, cpus);
  const open = pools.some((pool) => pool.open && !pool.none);
  const unlimited = pools.some((pool) => pool.unlimited);
  const each = pools.reduce((sum, pool) => sum + perProcess(service, pool), 0);
  const known = workers !== undefined && !open && !unlimited && Number.isFinite(each);
  const factors = [...(service.replicas > 1 ? [service.replicas] : []), workers ?? '?'];
  const [pool] = pools;
  const sum =
    pools.length === 1 && pool && each === poolTotal(pool) && pool.overflow.value > 0
      ? `(${pool.size.value} + ${pool.overflow.value})`
      : String(each);
  return {
    service,
    pools,
    connections: known ? service.replicas * workers * each : undefined,
    arithmetic: `${service.name} ${factors.join(' × ')} × ${sum}`,
    unknown:
      workers === undefined
        ? 'its number of processes is not'
        : open
          ? 'the size of its pool is not written where it is opened'
          : 'each request opens a connection of its own',
  };
}

/** Connections that one process can use at once: those of the pool, and no more than it has threads. */
function perProcess(service: Service, pool: Pool): number {
  const { app, python } = service;
  if (!app) return poolTotal(pool);
  const concurrency = concurrencyOf({ service, server: app });
  const callers =
    concurrency.kind === 'sync'
      ? 1
      : concurrency.kind === 'threads'
        ? concurrency.threads
        : concurrency.kind === 'async' &&
            python.every(({ endpoints }) => endpoints.every((endpoint) => !endpoint.async))
          ? endpointThreads
          : Infinity;
  return Math.min(pool.none ? Infinity : poolTotal(pool), callers);
}
