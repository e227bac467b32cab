import type { Evidence, HttpSample } from '../../../src/check/evidence.ts';
import { configHash } from '../../../src/deploy/naming.ts';
import type { ContainerFact } from '../../../src/facts/containers.ts';
import type { ComposeService } from '../../../src/facts/compose.ts';
import type { Process } from '../../../src/facts/processes.ts';

const commit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';

export function container(service: string, change: Partial<ContainerFact> = {}): ContainerFact {
  return {
    id: `${service}-id`,
    name: `shop-${service}-1`,
    service,
    image: `sha256:${service}`,
    imageName: `shop-${service}`,
    configHash: `${service}-hash`,
    state: 'running',
    health: 'healthy',
    startedAt: '2026-11-23T10:00:00Z',
    exitCode: 0,
    oomKilled: false,
    restarts: 0,
    restartPolicy: 'unless-stopped',
    addresses: { shop_default: '172.18.0.2' },
    ports: [],
    binds: [],
    memoryLimit: 0,
    cpuLimit: 0,
    ...change,
  };
}

export function service(name: string, change: Partial<ComposeService> = {}): ComposeService {
  return {
    name,
    hash: `${name}-hash`,
    image: `shop-${name}`,
    builds: true,
    replicas: 1,
    dependsOn: {},
    published: [],
    networks: ['default'],
    aliases: [],
    healthcheck: true,
    binds: [],
    volumes: [],
    expose: [],
    ...change,
  };
}

export function gunicorn(workers: number, flags = `--workers ${workers}`, first = 100): Process[] {
  const args = `/usr/bin/python3 /usr/bin/gunicorn main:app ${flags}`.trim().split(' ');
  return [
    { pid: first, parent: 1, args },
    ...Array.from({ length: workers }, (_, index) => ({ pid: first + 1 + index, parent: first, args })),
  ];
}

export function sample(ms: number, change: Partial<HttpSample> = {}): HttpSample {
  return { status: 200, firstByteMs: ms - 1, totalMs: ms, ...change };
}

export const cachedConfig = `
http {
  log_format timed '$remote_addr [$time_local] "$request" $status '
                   'cs=$upstream_cache_status';
  access_log /var/log/nginx/access.log timed;
  proxy_cache_path /var/cache/nginx keys_zone=api:10m;
  server { location /api/ { proxy_cache api; proxy_pass http://backend; } }
}`;

/** The same, and its log tells who has asked. */
export const agentConfig = cachedConfig.replace('$status ', '$status "$http_user_agent" ');

export function agentLine(agent: string, status = 200, cache = 'HIT'): string {
  return logLine(status, cache).replace(` ${status} `, ` ${status} "${agent}" `);
}

export function logLine(status = 200, cache = 'HIT'): string {
  return `10.0.0.1 [23/Nov/2026:10:00:00 +0000] "GET /api/products HTTP/1.1" ${status} cs=${cache}`;
}

export function logOf(...lines: readonly [count: number, status: number, cache: string][]): string[] {
  return lines.flatMap(([count, status, cache]) =>
    Array.from({ length: count }, () => logLine(status, cache)),
  );
}

/** A stack in which every check passes. */
export function healthy(): Evidence {
  const release = { id: '20261123T100000-1a2b3c4', commit, tree: 'f'.repeat(40) };
  return {
    engine: {
      docker: { state: 'ok', version: '26.1.5' },
      compose: { state: 'ok', flavor: 'plugin', version: '2.26.1' },
    },
    system: {
      user: 'deploy',
      hostname: 'shop',
      cpus: 2,
      memory: { totalKb: 4_000_000, availableKb: 3_000_000, swapKb: 0 },
      disk: {
        appFreeKb: 60_000_000,
        appTotalKb: 100_000_000,
        dockerFreeKb: 50_000_000,
        dockerTotalKb: 100_000_000,
      },
      now: 1_795_435_200,
    },
    git: {
      state: 'ok',
      commit,
      tree: release.tree,
      subject: 'Faster',
      branch: 'main',
      changes: [],
      interrupted: false,
      shallow: false,
    },
    lock: { state: 'free' },
    ledger: {
      unreadable: 0,
      releases: [
        {
          ...release,
          kind: 'deploy',
          subject: 'Faster',
          ref: 'main',
          by: 'ann@laptop',
          at: '2026-11-23T10:00:00.000Z',
          run: 'abc',
          finished: {
            outcome: 'live',
            at: '2026-11-23T10:01:00.000Z',
            durationMs: 60_000,
            proxyConfig: configHash(cachedConfig),
            images: { backend: { id: 'sha256:backend', tag: 'shop-backend:ops-1' } },
          },
        },
      ],
    },
    compose: {
      state: 'ok',
      project: 'shop',
      services: { nginx: service('nginx'), backend: service('backend'), db: service('db') },
    },
    images: {},
    containers: [container('nginx'), container('backend'), container('db')],
    proxy: {
      state: 'ok',
      service: 'nginx',
      container: 'nginx-id',
      nginxVersion: '1.26.3',
      config: cachedConfig,
      pins: [],
      staleMounts: [],
      writable: true,
    },
    cpu: {
      windowSeconds: 3,
      hostBusy: 0.2,
      containers: { 'nginx-id': 0.1, 'backend-id': 0.5, 'db-id': 0.3 },
    },
    memory: {
      'nginx-id': { usedBytes: 10_000_000, oomKills: 0 },
      'backend-id': { usedBytes: 200_000_000, oomKills: 0 },
      'db-id': { usedBytes: 100_000_000, oomKills: 0 },
    },
    processes: {
      'nginx-id': { processes: [{ pid: 10, parent: 1, args: ['nginx:', 'master', 'process'] }], env: {} },
      'backend-id': { processes: gunicorn(4), env: {} },
      'db-id': { processes: [{ pid: 20, parent: 1, args: ['postgres'] }], env: {} },
    },
    postgres: {
      'db-id': {
        state: 'ok',
        connections: 20,
        active: 1,
        idleInTransaction: 0,
        maxConnections: 100,
        reserved: 3,
      },
    },
    accessLog: { state: 'ok', source: 'docker logs', lines: logOf([90, 200, 'HIT'], [10, 200, 'MISS']) },
    http: {
      from: 'port 80 of the server, through SSH',
      path: '/api/products',
      warmUp: sample(90),
      samples: Array.from({ length: 20 }, (_, index) => sample(5 + index, { cache: 'HIT' })),
      tunnelMs: 1,
    },
    health: { path: '/health', sample: sample(4) },
    certificate: {
      state: 'ok',
      host: 'shop.example',
      validTo: '2027-02-21T00:00:00.000Z',
      days: 90,
    },
    settings: { appDir: '/srv/app', healthPath: '/health' },
  };
}
