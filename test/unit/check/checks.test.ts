import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/check/check.ts';
import type { Evidence } from '../../../src/check/evidence.ts';
import { checks, type CheckId } from '../../../src/check/registry.ts';
import type { ComposeService } from '../../../src/facts/compose.ts';
import type { ContainerFact } from '../../../src/facts/containers.ts';
import type { Threshold } from '../../../src/config/config.ts';
import {
  agentConfig,
  agentLine,
  cachedConfig,
  container,
  gunicorn,
  healthy,
  logOf,
  sample,
  service,
} from './healthy.ts';

interface Case {
  name: string;
  /** On top of a stack in which everything passes. */
  change?: (evidence: Evidence) => Partial<Evidence>;
  thresholds?: Threshold;
  status: Status;
  value?: number;
  message: RegExp;
}

const uncached = cachedConfig.replace('proxy_cache api;', '');
const server = (args: string) => [{ pid: 50, parent: 1, args: args.split(' ') }];
const spawned = {
  pid: 60,
  parent: 50,
  args: ['python3', '-c', 'from', 'multiprocessing.spawn', 'import', 'spawn_main'],
};
const tracker = {
  pid: 61,
  parent: 50,
  args: ['python3', '-c', 'from', 'multiprocessing.resource_tracker', 'import', 'main'],
};

const filled = (connections: number) => ({
  state: 'ok' as const,
  connections,
  active: 2,
  idleInTransaction: 1,
  maxConnections: 100,
  reserved: 3,
});
const stopped = (name: string, change: Partial<ContainerFact> = {}) =>
  container(name, { state: 'exited', health: 'none', restartPolicy: 'no', ...change });
const withUnfinished = (ledger: Evidence['ledger']): Evidence['ledger'] => {
  const [release] = ledger.releases;
  if (!release) throw new Error('no release');
  const { finished: _finished, ...begun } = release;
  return { unreadable: 0, releases: [release, { ...begun, id: 'next' }] };
};
/** Another service that the live release has built. */
const withRecorded = ({ ledger, compose }: Evidence, name: string, added: ComposeService) => {
  const [release] = ledger.releases;
  if (!release?.finished || compose.state !== 'ok') throw new Error('no release');
  const images = { ...release.finished.images, [name]: { id: `sha256:${name}`, tag: `${name}:ops-1` } };
  return {
    ledger: { unreadable: 0, releases: [{ ...release, finished: { ...release.finished, images } }] },
    compose: { ...compose, services: { ...compose.services, [name]: added } },
  };
};
/** A stack whose log has the user agents, and these lines. */
const withAgents = (
  { proxy }: Evidence,
  ...lines: readonly [count: number, agent: string, status: number, cache: string][]
): Partial<Evidence> => ({
  proxy: { ...proxy, config: agentConfig } as Evidence['proxy'],
  accessLog: {
    state: 'ok',
    source: 'docker logs',
    lines: lines.flatMap(([count, ...line]) => Array.from({ length: count }, () => agentLine(...line))),
  },
});
const noneLeft = (why: string) => ({
  state: 'unreadable' as const,
  message: `psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: FATAL:  ${why}`,
});

const cases: Record<CheckId, readonly Case[]> = {
  workers: [
    {
      name: '1 + 4',
      status: 'pass',
      value: 4,
      message: /^backend: 5 gunicorn processes \(1 master \+ 4 workers\)\.$/,
    },
    {
      name: 'a worker has died',
      change: () => ({ processes: { 'backend-id': { processes: gunicorn(4).slice(0, 4), env: {} } } }),
      status: 'fail',
      value: 3,
      message: /4 gunicorn processes \(1 master \+ 3 workers\), but its command line says 4/,
    },
    {
      name: 'fewer than configured',
      change: (evidence) => ({ settings: { ...evidence.settings, workers: 8 } }),
      status: 'fail',
      value: 4,
      message: /but checks\.workers says 8/,
    },
    {
      name: 'a single uvicorn',
      change: () => ({
        processes: {
          'backend-id': {
            processes: server('/usr/bin/python3 /usr/bin/uvicorn main:app --port 8000'),
            env: {},
          },
        },
      }),
      status: 'fail',
      value: 1,
      message: /1 uvicorn process: a single worker/,
    },
    {
      name: 'a single uvicorn on one core',
      change: (evidence) => ({
        processes: { 'backend-id': { processes: server('uvicorn main:app'), env: {} } },
        system: { ...evidence.system, cpus: 1 },
      }),
      status: 'warn',
      value: 1,
      message: /a single worker/,
    },
    {
      name: 'one uvicorn in each of two containers',
      change: (evidence) => ({
        containers: [...evidence.containers, container('backend', { id: 'two', name: 'shop-backend-2' })],
        processes: {
          'backend-id': { processes: server('uvicorn main:app'), env: {} },
          two: { processes: server('uvicorn main:app'), env: {} },
        },
      }),
      status: 'pass',
      value: 2,
      message: /2 containers, each 1 uvicorn process/,
    },
    {
      name: 'uvicorn with spawned workers',
      change: () => ({
        processes: {
          'backend-id': {
            processes: [...server('uvicorn main:app --workers 2'), spawned, { ...spawned, pid: 62 }, tracker],
            env: {},
          },
        },
      }),
      status: 'pass',
      value: 2,
      message: /1 master \+ 2 workers/,
    },
    {
      name: 'gunicorn with one worker',
      change: () => ({ processes: { 'backend-id': { processes: gunicorn(1, ''), env: {} } } }),
      status: 'fail',
      value: 1,
      message: /1 master \+ 1 worker\): a single worker/,
    },
    {
      name: 'no app server',
      change: () => ({
        processes: { 'backend-id': { processes: server('node server.js'), env: {} } },
        containers: [container('backend')],
      }),
      status: 'notApplicable',
      message: /No gunicorn or uvicorn/,
    },
    {
      name: 'no app server where one is expected',
      change: (evidence) => ({
        processes: { 'backend-id': { processes: server('node server.js'), env: {} } },
        containers: [container('backend')],
        settings: { ...evidence.settings, workers: 4 },
      }),
      status: 'fail',
      message: /No gunicorn or uvicorn/,
    },
    {
      name: 'processes cannot be listed',
      change: () => ({ processes: { 'backend-id': { env: {} } } }),
      status: 'unknown',
      message: /cannot be listed/,
    },
  ],
  'cache-hit-rate': [
    {
      name: 'from the log',
      status: 'pass',
      value: 90,
      message: /^90 of 100 requests .* access log \(docker logs\)\.$/,
    },
    {
      name: 'few hits',
      change: () => ({
        accessLog: {
          state: 'ok',
          source: '/var/log/a',
          lines: logOf([10, 200, 'HIT'], [90, 200, 'EXPIRED']),
        },
      }),
      status: 'fail',
      value: 10,
      message: /10 of 100/,
    },
    {
      name: 'exactly the threshold does not pass',
      change: () => ({
        accessLog: { state: 'ok', source: 'x', lines: logOf([50, 200, 'HIT'], [50, 200, 'MISS']) },
      }),
      status: 'fail',
      value: 50,
      message: /50 of 100/,
    },
    {
      name: 'a short log: from the answers',
      change: () => ({ accessLog: { state: 'ok', source: 'x', lines: logOf([3, 200, 'MISS']) } }),
      status: 'pass',
      value: 100,
      message: /20 of 20 .* X-Cache-Status of \/api\/products/,
    },
    {
      name: 'requests that never meet the cache do not count',
      change: () => ({
        accessLog: {
          state: 'ok',
          source: 'x',
          lines: logOf([500, 200, '-'], [30, 200, 'HIT'], [10, 200, 'MISS']),
        },
      }),
      status: 'pass',
      value: 75,
      message: /30 of 40/,
    },
    {
      name: 'requests of ops do not hide what visitors meet',
      change: (e) =>
        withAgents(
          e,
          [500, 'ops-check', 200, 'HIT'],
          [10, 'Firefox', 200, 'HIT'],
          [30, 'Firefox', 200, 'MISS'],
        ),
      status: 'fail',
      value: 25,
      message: /^10 of 40 requests came from the cache, by the access log \(docker logs\)\.$/,
    },
    {
      name: 'nobody but ops has asked: from the answers',
      change: (e) => withAgents(e, [500, 'ops-check', 200, 'MISS']),
      status: 'pass',
      value: 100,
      message: /^20 of 20 .* X-Cache-Status of \/api\/products/,
    },
    {
      name: 'nobody but ops has asked, and the answers do not tell: from the log all the same',
      change: (e) => ({
        ...withAgents(e, [40, 'ops-check', 200, 'HIT'], [10, 'Firefox', 200, 'MISS']),
        http: { ...e.http, samples: [sample(5)] },
      }),
      status: 'pass',
      value: 80,
      message: /^40 of 50 .* by the access log \(docker logs\), with the requests of ops\.$/,
    },
    {
      name: 'no cache',
      change: (evidence) => ({ proxy: { ...evidence.proxy, config: uncached } as Evidence['proxy'] }),
      status: 'fail',
      value: 0,
      message: /nginx has no cache/,
    },
    {
      name: 'a cache that nobody can see',
      change: (evidence) => ({
        accessLog: { state: 'off' },
        http: { ...evidence.http, samples: [sample(5), sample(6)] },
      }),
      status: 'unknown',
      message: /neither the log nor the answers/,
    },
    {
      name: 'no proxy',
      change: () => ({ proxy: { state: 'none' } }),
      status: 'notApplicable',
      message: /no nginx/,
    },
    {
      name: 'an invalid configuration',
      change: (evidence) => {
        const { config: _config, ...rest } = evidence.proxy as Evidence['proxy'] & { state: 'ok' };
        return { proxy: { ...rest, invalid: 'unexpected "}"' } };
      },
      status: 'unknown',
      message: /not valid/,
    },
  ],
  'response-time': [
    {
      name: 'fast',
      status: 'pass',
      value: 23,
      message: /^\/api\/products: p50 14 ms, p95 23 ms, max 24 ms over 20 requests\.$/,
    },
    {
      name: 'slow',
      change: (evidence) => ({
        http: { ...evidence.http, samples: Array.from({ length: 20 }, () => sample(500)) },
      }),
      status: 'fail',
      value: 500,
      message: /p95 500 ms/,
    },
    {
      name: 'exactly the threshold',
      change: (evidence) => ({
        http: { ...evidence.http, tunnelMs: 0, samples: Array.from({ length: 20 }, () => sample(200)) },
      }),
      status: 'fail',
      value: 200,
      message: /p95 200 ms/,
    },
    {
      name: 'one slow outlier',
      change: (evidence) => ({
        http: { ...evidence.http, samples: [...evidence.http.samples.slice(1), sample(900)] },
      }),
      status: 'pass',
      value: 24,
      message: /max 900 ms/,
    },
    {
      name: 'slow only by the way through SSH',
      change: (evidence) => ({
        http: { ...evidence.http, tunnelMs: 180, samples: Array.from({ length: 20 }, () => sample(220)) },
      }),
      status: 'warn',
      value: 220,
      message: /about 180 ms of each is the way through SSH/,
    },
    {
      name: 'errors',
      change: (evidence) => ({
        http: {
          ...evidence.http,
          samples: [
            ...evidence.http.samples.slice(2),
            sample(9, { status: 502 }),
            { error: 'connection reset', firstByteMs: 1, totalMs: 1 },
          ],
        },
      }),
      status: 'fail',
      message: /2 of 20 .*HTTP 502 \(1\), connection reset \(1\)/,
    },
    {
      name: 'all limited',
      change: (evidence) => ({ http: { ...evidence.http, samples: [sample(1, { status: 429 })] } }),
      status: 'unknown',
      message: /No request was answered/,
    },
  ],
  cpu: [
    {
      name: 'calm',
      status: 'pass',
      value: 15,
      message: /^The stack uses 15 % of the host over 3 s on 2 cores; the whole host is 20 % busy\.$/,
    },
    {
      name: 'the stack is busy',
      change: (evidence) => ({
        cpu: {
          ...evidence.cpu,
          hostBusy: 0.9,
          containers: { 'db-id': 3, 'backend-id': 2 },
        },
      }),
      status: 'fail',
      value: (5 / 3 / 2) * 100,
      message: /83\.3 %/,
    },
    {
      name: 'something else is busy',
      change: (evidence) => ({ cpu: { ...evidence.cpu, hostBusy: 0.95 } }),
      status: 'warn',
      value: 15,
      message: /with something else/,
    },
    {
      name: 'only the host can be read',
      change: () => ({ cpu: { windowSeconds: 3, hostBusy: 0.5, containers: {} } }),
      status: 'fail',
      value: 50,
      message: /cannot be told apart/,
    },
    {
      name: 'nothing can be read',
      change: () => ({ cpu: { windowSeconds: 3, containers: {} } }),
      status: 'unknown',
      message: /Neither/,
    },
    { name: 'own threshold', thresholds: { fail: 10 }, status: 'fail', value: 15, message: /15 %/ },
  ],
  health: [
    {
      name: 'all healthy',
      status: 'pass',
      message: /^\/health answers HTTP 200; 3 containers with a health check healthy\.$/,
    },
    {
      name: 'a redirect is an answer',
      change: () => ({ health: { path: '/', sample: sample(4, { status: 301 }) } }),
      status: 'pass',
      message: /HTTP 301/,
    },
    {
      name: 'a redirect to https, behind which nobody has looked',
      change: () => ({
        health: { path: '/health', sample: sample(4, { status: 308, movedTo: 'https://shop.example' }) },
      }),
      status: 'unknown',
      message:
        /^\/health redirects to https:\/\/shop\.example, which was not asked: set `url` \(OPS_URL\) to the address of the site\.$/,
    },
    {
      name: 'a redirect to https, and a service that is down',
      change: () => ({
        containers: [container('nginx'), container('db'), container('backend', { health: 'unhealthy' })],
        health: { path: '/health', sample: sample(4, { status: 308, movedTo: 'https://shop.example' }) },
      }),
      status: 'fail',
      message: /shop-backend-1: unhealthy/,
    },
    {
      name: 'an error page',
      change: () => ({ health: { path: '/health', sample: sample(4, { status: 503 }) } }),
      status: 'fail',
      message: /\/health: HTTP 503/,
    },
    {
      name: 'no answer',
      change: () => ({
        health: { path: '/health', sample: { error: 'connection refused', firstByteMs: 1, totalMs: 1 } },
      }),
      status: 'fail',
      message: /connection refused/,
    },
    {
      name: 'unhealthy',
      change: () => ({
        containers: [container('nginx'), container('db'), container('backend', { health: 'unhealthy' })],
      }),
      status: 'fail',
      message: /shop-backend-1: unhealthy/,
    },
    {
      name: 'a replica is missing',
      change: () => ({
        compose: { state: 'ok', project: 'shop', services: { backend: service('backend', { replicas: 2 }) } },
      }),
      status: 'fail',
      message: /backend: 1 of 2 containers run/,
    },
    {
      name: 'a service was stopped, and ended well',
      change: (evidence) => ({
        compose: {
          state: 'ok',
          project: 'shop',
          services: { backend: service('backend', { restart: 'always' }) },
        },
        containers: [container('backend', { state: 'exited', health: 'unhealthy' })],
        health: evidence.health,
      }),
      status: 'fail',
      message: /^backend: 0 of 1 containers run\.$/,
    },
    {
      name: 'a one-time service has ended well',
      change: (evidence) => ({
        compose: {
          state: 'ok',
          project: 'shop',
          services: { migrate: service('migrate', { healthcheck: false }) },
        },
        containers: [...evidence.containers, stopped('migrate')],
      }),
      status: 'pass',
      message: /HTTP 200/,
    },
    {
      name: 'a one-time service has failed',
      change: (evidence) => ({
        compose: {
          state: 'ok',
          project: 'shop',
          services: { migrate: service('migrate', { healthcheck: false }) },
        },
        containers: [...evidence.containers, stopped('migrate', { exitCode: 1 })],
      }),
      status: 'fail',
      message: /^migrate: 0 of 1 containers run\.$/,
    },
    {
      name: 'a server without a restart policy was stopped: it has a health check',
      change: (evidence) => ({ containers: [...evidence.containers.slice(0, 2), stopped('db')] }),
      status: 'fail',
      message: /^db: 0 of 1 containers run\.$/,
    },
    {
      name: 'a server without a restart policy was stopped: it publishes a port',
      change: () => ({
        compose: {
          state: 'ok',
          project: 'shop',
          services: { db: service('db', { healthcheck: false, published: ['5432'] }) },
        },
        containers: [stopped('db')],
      }),
      status: 'fail',
      message: /^db: 0 of 1 containers run\.$/,
    },
    {
      name: 'a server without a restart policy was stopped: nginx sends to it',
      change: () => ({
        compose: {
          state: 'ok',
          project: 'shop',
          services: { backend: service('backend', { healthcheck: false }) },
        },
        containers: [container('nginx'), stopped('backend')],
      }),
      status: 'fail',
      message: /^backend: 0 of 1 containers run\.$/,
    },
    {
      name: 'a service whose restart policy is not in `restart` was stopped',
      change: () => ({
        compose: {
          state: 'ok',
          project: 'shop',
          services: { worker: service('worker', { healthcheck: false }) },
        },
        containers: [stopped('worker', { restartPolicy: 'on-failure' })],
      }),
      status: 'fail',
      message: /^worker: 0 of 1 containers run\.$/,
    },
    {
      name: 'still starting',
      change: () => ({
        containers: [container('nginx'), container('db'), container('backend', { health: 'starting' })],
      }),
      status: 'warn',
      message: /1 containers are still starting/,
    },
    {
      name: 'Compose refuses',
      change: () => ({ compose: { state: 'invalid', message: 'x' } }),
      status: 'unknown',
      message: /Compose refuses/,
    },
  ],
  restarts: [
    { name: 'none', status: 'pass', value: 0, message: /^0 restarts of 3 containers\.$/ },
    {
      name: 'one',
      change: () => ({ containers: [container('backend', { restarts: 1 })] }),
      status: 'warn',
      value: 1,
      message: /1 restart of/,
    },
    {
      name: 'many',
      change: () => ({ containers: [container('backend', { restarts: 9 })] }),
      status: 'fail',
      value: 9,
      message: /9 restarts/,
    },
    {
      name: 'restarting now',
      change: () => ({ containers: [container('backend', { state: 'restarting' })] }),
      status: 'fail',
      value: 0,
      message: /shop-backend-1 restarting now/,
    },
    {
      name: 'a worker was killed, the container went on',
      change: () => ({
        memory: { 'backend-id': { oomKills: 2 } },
      }),
      status: 'fail',
      value: 0,
      message: /killed for lack of memory: shop-backend-1 \(2\)/,
    },
    { name: 'no container', change: () => ({ containers: [] }), status: 'unknown', message: /no container/ },
  ],
  memory: [
    { name: 'enough', status: 'pass', value: 25, message: /^Fullest is the host: 25 %/ },
    {
      name: 'a container near its limit',
      change: () => ({ containers: [container('backend', { memoryLimit: 210_000_000 })] }),
      status: 'fail',
      value: (200 / 210) * 100,
      message: /Fullest is shop-backend-1: 95\.2 %, 191 MiB of its limit of 200 MiB/,
    },
    {
      name: 'a full host',
      change: (evidence) => ({
        system: { ...evidence.system, memory: { totalKb: 1_000_000, availableKb: 100_000, swapKb: 0 } },
      }),
      status: 'warn',
      value: 90,
      message: /the host: 90 %/,
    },
    {
      name: 'no meminfo',
      change: (evidence) => ({
        system: { ...evidence.system, memory: { totalKb: 0, availableKb: 0, swapKb: 0 } },
      }),
      status: 'unknown',
      message: /meminfo/,
    },
  ],
  disk: [
    {
      name: 'space left',
      status: 'pass',
      value: 50,
      message: /Docker's data is 50 % full, 47\.7 GiB are free/,
    },
    {
      name: 'nearly full',
      change: (evidence) => ({
        system: { ...evidence.system, disk: { appFreeKb: 5_000_000, appTotalKb: 100_000_000 } },
      }),
      status: 'fail',
      value: 95,
      message: /app directory is 95 % full/,
    },
    {
      name: 'df says nothing',
      change: (evidence) => ({ system: { ...evidence.system, disk: { appFreeKb: 0, appTotalKb: 0 } } }),
      status: 'unknown',
      message: /df/,
    },
  ],
  'database-connections': [
    {
      name: 'some',
      status: 'pass',
      value: (20 / 97) * 100,
      message: /^shop-db-1: 20 of 97 connections \(20\.6 %\)\.$/,
    },
    {
      name: 'nearly all',
      change: () => ({
        postgres: {
          'db-id': {
            state: 'ok',
            connections: 95,
            active: 2,
            idleInTransaction: 1,
            maxConnections: 100,
            reserved: 3,
          },
        },
      }),
      status: 'fail',
      value: (95 / 97) * 100,
      message: /95 of 97/,
    },
    {
      name: 'psql is not let in',
      change: () => ({ postgres: { 'db-id': { state: 'unreadable', message: 'FATAL: no' } } }),
      status: 'unknown',
      message: /shop-db-1: FATAL: no/,
    },
    {
      name: 'no connection is left, not even for psql',
      change: () => ({ postgres: { 'db-id': noneLeft('sorry, too many clients already') } }),
      status: 'fail',
      value: 100,
      message: /^shop-db-1: no connection is left: .*sorry, too many clients already\.$/,
    },
    {
      name: 'no connection is left for an ordinary user',
      change: () => ({
        postgres: {
          'db-id': noneLeft('remaining connection slots are reserved for roles with the SUPERUSER attribute'),
        },
      }),
      status: 'fail',
      value: 100,
      message: /^shop-db-1: no connection is left: .*slots are reserved/,
    },
    {
      name: 'one is nearly full, another cannot be read',
      change: (e) => ({
        containers: [...e.containers, container('reports')],
        postgres: { 'reports-id': { state: 'unreadable', message: 'FATAL: no' }, 'db-id': filled(95) },
      }),
      status: 'fail',
      value: (95 / 97) * 100,
      message: /^shop-db-1: 95 of 97 connections \(97\.9 %\); shop-reports-1 cannot be read\.$/,
    },
    {
      name: 'one is well, another cannot be read',
      change: (e) => ({
        containers: [...e.containers, container('reports')],
        postgres: { 'db-id': filled(20), 'reports-id': { state: 'unreadable', message: 'FATAL: no' } },
      }),
      status: 'unknown',
      value: (20 / 97) * 100,
      message: /^shop-reports-1: FATAL: no$/,
    },
    {
      name: 'one is well, another has no connection left',
      change: (e) => ({
        containers: [...e.containers, container('reports')],
        postgres: { 'db-id': filled(20), 'reports-id': noneLeft('sorry, too many clients already') },
      }),
      status: 'fail',
      value: 100,
      message: /^shop-reports-1: no connection is left/,
    },
    {
      name: 'no PostgreSQL',
      change: () => ({ postgres: {} }),
      status: 'notApplicable',
      message: /No PostgreSQL/,
    },
  ],
  certificate: [
    {
      name: 'valid',
      status: 'pass',
      value: 90,
      message: /^shop\.example: valid until 2027-02-21 \(90 days\)\.$/,
    },
    {
      name: 'soon',
      change: (e) => ({ certificate: { ...e.certificate, days: 10.5 } as Evidence['certificate'] }),
      status: 'warn',
      value: 10.5,
      message: /10 days/,
    },
    {
      name: 'over',
      change: (e) => ({
        certificate: { ...e.certificate, days: -2, untrusted: 'CERT_HAS_EXPIRED' } as Evidence['certificate'],
      }),
      status: 'fail',
      value: -2,
      message: /ended .*not trusted: CERT_HAS_EXPIRED/,
    },
    {
      name: 'not trusted',
      change: (e) => ({
        certificate: { ...e.certificate, untrusted: 'SELF_SIGNED' } as Evidence['certificate'],
      }),
      status: 'fail',
      value: 90,
      message: /SELF_SIGNED/,
    },
    {
      name: 'no https',
      change: () => ({ certificate: { state: 'none' } }),
      status: 'notApplicable',
      message: /no https/,
    },
  ],
  errors: [
    { name: 'none', status: 'pass', value: 0, message: /^0 of the last 100 requests/ },
    {
      name: 'some',
      change: () => ({
        accessLog: { state: 'ok', source: 'x', lines: logOf([99, 200, '-'], [1, 502, '-']) },
      }),
      status: 'warn',
      value: 1,
      message: /1 of the last 100/,
    },
    {
      name: 'many',
      change: () => ({
        accessLog: { state: 'ok', source: 'x', lines: logOf([90, 200, '-'], [10, 500, '-']) },
      }),
      status: 'fail',
      value: 10,
      message: /10 of the last 100/,
    },
    {
      name: 'too few requests',
      change: () => ({ accessLog: { state: 'ok', source: 'x', lines: logOf([5, 500, '-']) } }),
      status: 'unknown',
      message: /5 requests; 20 are needed/,
    },
    {
      name: 'requests of ops do not hide what visitors meet',
      change: (e) =>
        withAgents(
          e,
          [900, 'ops-check', 200, '-'],
          [900, 'ops-probe', 200, '-'],
          [45, 'Firefox', 200, '-'],
          [5, 'Firefox', 502, '-'],
        ),
      status: 'fail',
      value: 10,
      message: /^5 of the last 50 requests/,
    },
    {
      name: 'nobody but ops has asked',
      change: (e) => withAgents(e, [300, 'ops-check', 502, '-']),
      status: 'unknown',
      message: /has 0 requests; 20 are needed, and 300 of ops itself do not count\.$/,
    },
    {
      name: 'no log',
      change: () => ({ accessLog: { state: 'off' } }),
      status: 'unknown',
      message: /writes no access log/,
    },
    {
      name: 'no nginx',
      change: () => ({ accessLog: { state: 'none' }, proxy: { state: 'none' } }),
      status: 'notApplicable',
      message: /no nginx/,
    },
  ],
  drift: [
    {
      name: 'as recorded',
      status: 'pass',
      value: 0,
      message: /^Runs release 20261123T100000-1a2b3c4 \(1a2b3c4\) as recorded\.$/,
    },
    {
      name: 'another image',
      change: (e) => ({
        containers: e.containers.map((one) =>
          one.service === 'backend' ? { ...one, image: 'sha256:other' } : one,
        ),
      }),
      status: 'fail',
      value: 1,
      message: /backend runs another image than release/,
    },
    {
      name: 'another commit and local changes',
      change: (e) => ({
        git: { ...e.git, commit: 'e'.repeat(40), changes: [' M main.py'] } as Evidence['git'],
      }),
      status: 'warn',
      value: 2,
      message: /the checkout is at eeeeeee.*1 files on the server have local changes/,
    },
    {
      name: 'changed configuration',
      change: () => ({
        compose: {
          state: 'ok',
          project: 'shop',
          services: {
            nginx: service('nginx'),
            backend: service('backend', { hash: 'new' }),
            db: service('db'),
          },
        },
      }),
      status: 'warn',
      value: 1,
      message: /configuration of backend was changed/,
    },
    {
      name: 'a container that the files do not know',
      change: (e) => ({ containers: [...e.containers, container('old')] }),
      status: 'warn',
      value: 1,
      message: /shop-old-1 runs, but the Compose files have no old/,
    },
    {
      name: 'pins and a stale mount',
      change: (e) => ({
        proxy: {
          ...e.proxy,
          pins: [{ address: '1.2.3.4', name: 'backend' }],
          staleMounts: ['/srv/app/nginx/nginx.conf'],
        } as Evidence['proxy'],
      }),
      status: 'fail',
      value: 2,
      message: /1 pinned addresses.*does not see the present content of nginx\/nginx\.conf/,
    },
    {
      name: 'another configuration of nginx',
      change: (e) => {
        const [release] = e.ledger.releases;
        if (!release?.finished) throw new Error('no release');
        const finished = { ...release.finished, proxyConfig: 'another' };
        return { ledger: { unreadable: 0, releases: [{ ...release, finished }] } };
      },
      status: 'warn',
      value: 1,
      message: /configuration of nginx was changed after release/,
    },
    {
      name: 'an unfinished release',
      change: (e) => ({ ledger: withUnfinished(e.ledger) }),
      status: 'fail',
      value: 1,
      message: /release next was begun and never finished/,
    },
    {
      name: 'a deploy is under way',
      change: () => ({
        lock: {
          state: 'held',
          run: 'r',
          silentSeconds: 1,
          owner: { run: 'r', by: 'ann', at: '', what: 'deploy 1a2b3c4' },
        },
      }),
      status: 'unknown',
      message: /ann is at work \(deploy 1a2b3c4\)/,
    },
    {
      name: 'a deploy whose client went silent',
      change: (e) => ({
        lock: {
          state: 'held',
          run: 'r',
          silentSeconds: 300,
          owner: { run: 'r', by: 'ann', at: '', what: 'deploy 1a2b3c4' },
        },
        ledger: withUnfinished(e.ledger),
      }),
      status: 'fail',
      value: 1,
      message:
        /^release next was begun and never finished \(ann, deploy 1a2b3c4, was last heard from 300 s ago\)\.$/,
    },
    {
      name: 'a lock of nobody, silent for long',
      change: () => ({ lock: { state: 'held', run: '', silentSeconds: 61 } }),
      status: 'pass',
      value: 0,
      message: /as recorded/,
    },
    {
      name: 'a lock that is silent, and not yet for long',
      change: (e) => ({
        lock: { state: 'held', run: 'r', silentSeconds: 60 },
        ledger: withUnfinished(e.ledger),
      }),
      status: 'unknown',
      message: /Somebody holds the lock/,
    },
    {
      name: 'the stack was taken down',
      change: () => ({ containers: [] }),
      status: 'fail',
      value: 1,
      message: /^backend does not run, release 20261123T100000-1a2b3c4 did\.$/,
    },
    {
      name: 'a server of the release was stopped',
      change: (e) => ({
        containers: [...e.containers.filter((one) => one.service !== 'backend'), stopped('backend')],
      }),
      status: 'fail',
      value: 1,
      message: /^backend does not run/,
    },
    {
      name: 'a job of the release has ended well',
      change: (e) => ({
        ...withRecorded(e, 'migrate', service('migrate', { healthcheck: false })),
        containers: [...e.containers, stopped('migrate', { image: 'sha256:migrate' })],
      }),
      status: 'pass',
      value: 0,
      message: /as recorded/,
    },
    {
      name: 'Compose refuses the files, and nothing runs',
      change: () => ({
        compose: { state: 'invalid', message: 'x' },
        containers: [stopped('backend', { exitCode: 137 })],
      }),
      status: 'fail',
      value: 1,
      message: /^backend does not run/,
    },
    {
      name: 'Compose refuses the files, so what has ended well may be a job',
      change: () => ({
        compose: { state: 'invalid', message: 'x' },
        containers: [stopped('backend')],
      }),
      status: 'pass',
      value: 0,
      message: /as recorded/,
    },
    {
      name: 'a service of which the files want no container',
      change: (e) => withRecorded(e, 'spare', service('spare', { replicas: 0 })),
      status: 'pass',
      value: 0,
      message: /as recorded/,
    },
    {
      name: 'no release yet',
      change: () => ({ ledger: { releases: [], unreadable: 0 } }),
      status: 'notApplicable',
      message: /no release yet/,
    },
  ],
};

describe.each(checks)('check $id', (check) => {
  it.each(cases[check.id])('$name: $status', ({ change, thresholds, status, value, message }) => {
    const evidence = healthy();
    const verdict = check.evaluate(
      { ...evidence, ...change?.(evidence) },
      { ...check.defaults, ...thresholds },
    );
    expect(verdict).toMatchObject({ status, message: expect.stringMatching(message) as string });
    expect(verdict.value?.toFixed(6)).toBe(value?.toFixed(6));
  });

  it('passes on a healthy stack and describes itself', () => {
    expect(check.evaluate(healthy(), check.defaults).status).toBe('pass');
    expect(check.describe).toMatch(/\.$/);
    expect(check.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});
