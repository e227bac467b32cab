import type { Target } from '../../../src/config/config.ts';
import type { ServiceChange } from '../../../src/deploy/changes.ts';
import type { Wanted } from '../../../src/deploy/wanted.ts';
import type { ComposeFact, ComposeService } from '../../../src/facts/compose.ts';
import type { ContainerFact } from '../../../src/facts/containers.ts';
import type { HostFacts } from '../../../src/facts/index.ts';
import type { ProxyFact } from '../../../src/facts/proxy.ts';
import type { Release } from '../../../src/ledger/ledger.ts';
import { container, service } from '../check/healthy.ts';

export { container, service };

export type OkCompose = ComposeFact & { state: 'ok' };
export type OkProxy = ProxyFact & { state: 'ok' };
export type OkGit = HostFacts['git'] & { state: 'ok' };

export const commits = { old: 'a'.repeat(40), live: 'b'.repeat(40), wanted: 'c'.repeat(40) };
export const trees = { old: '1'.repeat(40), live: '2'.repeat(40), wanted: '3'.repeat(40) };
export const script = { appDir: '/srv/app', compose: 'docker compose', run: 'run1' };

/** nginx in front of `backend`, which needs `db`. */
export const services = {
  nginx: service('nginx', {
    builds: false,
    image: 'nginx:1.26',
    published: ['80'],
    dependsOn: { backend: 'service_healthy' },
  }),
  backend: service('backend', { expose: [8000], dependsOn: { db: 'service_healthy' } }),
  db: service('db', { builds: false, image: 'postgres:16' }),
};

export function compose(all: Readonly<Record<string, ComposeService>> = services): OkCompose {
  return { state: 'ok', project: 'shop', services: all };
}

export const images = {
  'shop-backend:latest': 'sha256:backend',
  'nginx:1.26': 'sha256:nginx',
  'postgres:16': 'sha256:db',
};

export function proxy(change: Partial<OkProxy> = {}): OkProxy {
  return {
    state: 'ok',
    service: 'nginx',
    container: 'nginx-id',
    nginxVersion: '1.26.3',
    config: 'http { server { listen 80; location / { proxy_pass http://backend:8000; } } }',
    pins: [],
    staleMounts: [],
    writable: true,
    ...change,
  };
}

export function running(): ContainerFact[] {
  return [container('nginx'), container('backend'), container('db')];
}

export function target(
  change: {
    services?: Partial<Target['services']>;
    deploy?: Partial<Target['deploy']>;
    health?: Partial<Target['health']>;
    release?: Partial<Target['release']>;
    build?: Partial<Target['build']>;
  } = {},
): Target {
  return {
    name: 'production',
    production: true,
    hosts: [{ name: 'web1', address: 'web1' }],
    ssh: { connectTimeoutMs: 1000 },
    appDir: '/srv/app',
    branch: 'main',
    remote: 'origin',
    compose: { files: [], profiles: [], envFiles: [] },
    services: { stateful: [], ...change.services },
    health: { path: '/health', timeoutMs: 60_000, ...change.health },
    build: { cache: true, pull: false, args: {}, timeoutMs: 600_000, ...change.build },
    release: { hosts: 'first', timeoutMs: 300_000, ...change.release },
    hooks: { beforeDeploy: [], afterDeploy: [], onFailure: [] },
    deploy: {
      strategy: 'rolling',
      stabilityMs: 5000,
      drainMs: 30_000,
      lockWaitMs: 0,
      keep: 3,
      minDiskMb: 1024,
      ...change.deploy,
    },
    checks: { skip: [], thresholds: {}, requests: 20, cpuWindowMs: 3000 },
    bench: { requests: [], durationMs: 10_000, warmUpMs: 2_000, timeoutMs: 10_000, thresholds: [] },
  };
}

export function change(of: ComposeService, more: Partial<ServiceChange> = {}): ServiceChange {
  return {
    service: of,
    action: 'keep',
    matching: [],
    leaving: [],
    broken: [],
    add: 0,
    names: [],
    ...more,
  };
}

/** `id` is also the second of the release. */
export function release(id: number, more: Partial<Release> = {}): Release {
  const name = `20261123T1000${String(id).padStart(2, '0')}-${String(id).repeat(7).slice(0, 7)}`;
  return {
    id: name,
    kind: 'deploy',
    commit: String(id).repeat(40).slice(0, 40),
    tree: `tree${id}`,
    subject: `Change ${id}`,
    ref: 'main',
    by: 'ann@laptop',
    at: '2026-11-23T10:00:00.000Z',
    run: `run${id}`,
    finished: {
      outcome: 'live',
      at: '2026-11-23T10:01:00.000Z',
      durationMs: 60_000,
      images: { backend: { id: `sha256:${id}`, tag: `shop-backend:ops-${name}` } },
    },
    ...more,
  };
}

export function git(more: Partial<OkGit> = {}): OkGit {
  return {
    state: 'ok',
    commit: commits.live,
    tree: trees.live,
    subject: 'Live',
    branch: 'main',
    changes: [],
    interrupted: false,
    remoteUrl: 'git@example.com:shop.git',
    shallow: false,
    ...more,
  };
}

export function facts(more: Partial<HostFacts> = {}): HostFacts {
  return {
    engine: {
      docker: { state: 'ok', version: '26.1.5' },
      compose: { state: 'ok', flavor: 'plugin', version: '2.26.1' },
    },
    system: {
      user: 'deploy',
      hostname: 'web1',
      cpus: 2,
      memory: { totalKb: 4_000_000, availableKb: 3_000_000, swapKb: 0 },
      disk: { appFreeKb: 60_000_000, appTotalKb: 100_000_000 },
      now: 1_795_435_200,
    },
    git: git(),
    lock: { state: 'free' },
    ledger: { releases: [], unreadable: 0 },
    compose: compose(),
    images,
    containers: running(),
    proxy: proxy(),
    ...more,
  };
}

export function wanted(more: Partial<Wanted> = {}): Wanted {
  return {
    commit: commits.wanted,
    tree: trees.wanted,
    subject: 'Wanted',
    onBranch: true,
    localOnly: [],
    loose: [],
    changed: [],
    undone: [],
    made: [],
    removedLocks: [],
    checkedOut: false,
    compose: compose(),
    ...more,
  };
}
