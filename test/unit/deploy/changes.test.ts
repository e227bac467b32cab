import { describe, expect, it } from 'vitest';
import {
  hasDoneItsWork,
  dependenciesOf,
  isStateful,
  serviceChanges,
  startOrder,
  type ChangesInput,
} from '../../../src/deploy/changes.ts';
import { compose, container, images, proxy, running, service, services, target } from './stack.ts';

function changesOf(change: Partial<ChangesInput> = {}) {
  return serviceChanges({
    compose: compose(),
    images,
    containers: running(),
    proxy: proxy(),
    target: target(),
    ...change,
  });
}

function changeOf(name: string, change: Partial<ChangesInput> = {}) {
  const found = changesOf(change).find((one) => one.service.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** The stack with `backend` changed, and everything else as it runs. */
function withBackend(
  change: Parameters<typeof service>[1],
  containers = running(),
  more: Partial<ChangesInput> = {},
) {
  return changeOf('backend', {
    compose: compose({ ...services, backend: { ...services.backend, ...change } }),
    containers,
    ...more,
  });
}

const others = running().filter(({ service: name }) => name !== 'backend');

describe('what becomes of a service', () => {
  it('keeps what runs as wanted', () => {
    expect(changesOf().map(({ action }) => action)).toEqual(['keep', 'keep', 'keep']);
  });

  const cases: {
    title: string;
    containers: ReturnType<typeof running>;
    service?: Parameters<typeof service>[1];
    more?: Partial<ChangesInput>;
    expected: Partial<ReturnType<typeof changeOf>>;
  }[] = [
    {
      title: 'nothing of it runs',
      containers: others,
      expected: { action: 'create', why: 'not running', add: 1, leaving: [] },
    },
    {
      title: 'another image',
      containers: [...others, container('backend', { image: 'sha256:before' })],
      expected: { action: 'roll', why: 'new image', add: 1, leaving: ['backend-id'], broken: [] },
    },
    {
      title: 'another configuration',
      containers: [...others, container('backend', { configHash: 'before' })],
      expected: { action: 'roll', why: 'changed configuration', leaving: ['backend-id'] },
    },
    {
      title: 'its image is not built yet',
      containers: running(),
      more: { unbuilt: new Set(['backend']) },
      expected: { action: 'roll', why: 'new image', leaving: ['backend-id'], matching: [] },
    },
    {
      title: 'unhealthy',
      containers: [...others, container('backend', { health: 'unhealthy' })],
      expected: { action: 'roll', why: 'not healthy', leaving: ['backend-id'], broken: ['backend-id'] },
    },
    {
      title: 'it was restarted by Docker',
      containers: [...others, container('backend', { restarts: 1 })],
      expected: { action: 'roll', why: 'not healthy', leaving: ['backend-id'] },
    },
    {
      title: 'it was restarted by Docker, and a new one would need downtime',
      containers: [...others, container('backend', { restarts: 1 })],
      service: { containerName: 'backend' },
      expected: { action: 'keep' },
    },
    {
      title: 'it is restarted again and again',
      containers: [...others, container('backend', { state: 'restarting' })],
      expected: { action: 'create', leaving: ['backend-id'], broken: ['backend-id'] },
    },
    {
      title: 'one more is wanted',
      containers: running(),
      service: { replicas: 2 },
      expected: { action: 'roll', why: '1 of 2 containers', add: 1, leaving: [], matching: ['backend-id'] },
    },
    {
      title: 'one less is wanted',
      containers: [...running(), container('backend', { id: 'second' })],
      expected: { action: 'roll', why: '2 of 1 containers', add: 0, leaving: ['second'] },
    },
    {
      title: 'a new one stands beside the old one: a release that was not finished',
      containers: [
        ...others,
        container('backend', { id: 'old', image: 'sha256:before' }),
        container('backend'),
      ],
      expected: { action: 'roll', add: 0, matching: ['backend-id'], leaving: ['old'] },
    },
    {
      title: 'a dead one lies beside the one that runs',
      containers: [...running(), container('backend', { id: 'dead', state: 'exited', exitCode: 1 })],
      expected: { action: 'roll', add: 0, leaving: ['dead'], broken: ['dead'] },
    },
    {
      title: 'a stopped server is not a finished job',
      containers: [...others, container('backend', { state: 'exited', restartPolicy: 'no' })],
      expected: { action: 'create', leaving: ['backend-id'] },
    },
    {
      title: 'the image is not on the host: the configuration decides',
      containers: running(),
      more: { images: {} },
      expected: { action: 'keep' },
    },
  ];
  it.each(cases)('$title', ({ containers, service: changed, more, expected }) => {
    expect(withBackend(changed, containers, more)).toMatchObject(expected);
  });

  const job = service('migrate', { healthcheck: false });
  const ended = { state: 'exited', restartPolicy: 'no', exitCode: 0, health: 'none' } as const;
  it.each([
    { title: 'done', container: container('migrate', ended), action: 'keep' },
    { title: 'failed', container: container('migrate', { ...ended, exitCode: 1 }), action: 'create' },
    {
      title: 'done with older code',
      container: container('migrate', { ...ended, configHash: 'x' }),
      action: 'create',
    },
    {
      title: 'a server that ended',
      container: container('migrate', { ...ended, restartPolicy: 'always' }),
      action: 'create',
    },
  ])('one-shot job: $title', ({ container: one, action }) => {
    expect(changeOf('migrate', { compose: compose({ migrate: job }), containers: [one] }).action).toBe(
      action,
    );
  });
});

const { config: _config, nginxVersion: _version, ...notNginx } = proxy();
const { config: _invalid, ...invalid } = proxy();

describe('what has done its work', () => {
  const job = service('migrate', { healthcheck: false, aliases: ['task'] });
  const ended = container('migrate', { state: 'exited', restartPolicy: 'no', health: 'none' });
  const missing = (name: string) => ({
    ...invalid,
    invalid: `nginx: [emerg] host not found in upstream "${name}" in /etc/nginx/nginx.conf:9`,
  });
  it.each([
    ['a job that nginx does not know', invalid, true],
    ['without a proxy', { state: 'none' } as const, true],
    ['another server is missed by nginx', missing('backend:8000'), true],
    ['not a server that nginx misses', missing('migrate:8000'), false],
    ['nor one that it knows by another name', missing('task'), false],
  ])('%s', (_title, proxy, expected) => {
    expect(hasDoneItsWork(job, ended, proxy)).toBe(expected);
  });

  it.each([
    ['it has a health check', { healthcheck: true }],
    ['it publishes a port', { published: ['9000'] }],
    ['nginx sends to it', { name: 'backend' }],
  ])('not what serves: %s', (_title, more) => {
    expect(hasDoneItsWork(service('migrate', { ...job, ...more }), ended, proxy())).toBe(false);
  });

  it.each([
    ['runs', { state: 'running' }],
    ['failed', { exitCode: 1 }],
    ['is to be started again', { restartPolicy: 'unless-stopped' }],
  ] as const)('not a container that %s', (_title, more) => {
    expect(hasDoneItsWork(job, { ...ended, ...more }, invalid)).toBe(false);
  });
});

describe('what cannot be rolled', () => {
  const old = [...others, container('backend', { configHash: 'before' })];
  it.each([
    { title: 'a fixed port', service: { published: ['8000'] }, reason: /publishes port 8000/ },
    { title: 'a container name', service: { containerName: 'web' }, reason: /container_name: web/ },
    { title: 'the network of the host', service: { networkMode: 'host' }, reason: /network_mode: host/ },
    { title: 'a database', service: { builds: false, image: 'postgres:16' }, reason: /keeps state/ },
    {
      title: 'the proxy',
      more: { target: target({ services: { proxy: 'backend' } }) },
      reason: /the proxy itself/,
    },
    {
      title: 'named as stateful',
      more: { target: target({ services: { stateful: ['backend'] } }) },
      reason: /keeps state/,
    },
    {
      title: 'not among the ones to roll',
      more: { target: target({ services: { roll: ['web'] } }) },
      reason: /services\.roll/,
    },
    {
      title: 'nginx sends to the container by name',
      more: { proxy: proxy({ config: 'server { location / { proxy_pass http://shop-backend-1:8000; } }' }) },
      reason: /container's own name, shop-backend-1/,
    },
    {
      title: 'nginx resolves at run time',
      more: { proxy: proxy({ config: 'resolver 127.0.0.11; set $up backend:8000; proxy_pass http://$up;' }) },
      reason: /resolver/,
    },
    { title: 'the proxy is not nginx', more: { proxy: notNginx }, reason: /not an nginx/ },
    { title: 'the proxy’s configuration is not valid', more: { proxy: invalid }, reason: /not valid/ },
    {
      title: 'the hosts file cannot be written',
      more: { proxy: proxy({ writable: false }) },
      reason: /cannot be written/,
    },
  ])('$title', ({ service: changed, more, reason }) => {
    const found = withBackend(changed, old, more);
    expect(found.action).toBe('recreate');
    expect(found.downtime).toMatch(reason);
  });

  it.each([
    { title: 'a free port', service: { published: [''] } },
    { title: 'a range of ports', service: { published: ['8000-8010'] } },
    { title: 'no proxy', more: { proxy: { state: 'none' as const } } },
    {
      title: 'a service that the read-only proxy does not know',
      more: { proxy: proxy({ config: 'server { return 204; }', writable: false }) },
    },
  ])('but can be: $title', ({ service: changed, more }) => {
    expect(withBackend(changed, old, more)).toMatchObject({ action: 'roll' });
  });

  it('says why nginx itself cannot', () => {
    const nginx = container('nginx', { configHash: 'before' });
    expect(changeOf('nginx', { containers: [nginx, ...running().slice(1)] })).toMatchObject({
      action: 'recreate',
      downtime: 'it is the proxy itself: while it restarts nobody is served',
    });
  });
});

it('knows a service by its aliases too', () => {
  expect(
    withBackend({ aliases: ['api'] }, undefined, {
      proxy: proxy({ config: 'upstream u { server api:8000; server backend:8000; }' }),
    }).names,
  ).toEqual(['backend', 'api']);
});

describe('what keeps state', () => {
  it.each([
    ['postgres:16', true],
    ['bitnami/postgresql:16', true],
    ['registry:5000/team/redis', true],
    ['valkey/valkey:8-alpine', true],
    ['mynats', false],
    ['shop-backend', false],
    ['nginx:1.26', false],
  ])('%s: %s', (image, expected) => {
    expect(isStateful({ name: 'x', image, builds: false }, target())).toBe(expected);
  });

  it('what is built here is an app, whatever its name', () => {
    expect(isStateful({ name: 'x', image: 'redis-proxy', builds: true }, target())).toBe(false);
  });
});

describe('starting order', () => {
  const on = (...names: string[]) => ({
    dependsOn: Object.fromEntries(names.map((name) => [name, 'service_started'])),
  });
  const graph = {
    web: service('web', on('api', 'cache')),
    api: service('api', on('db')),
    cache: service('cache'),
    db: service('db'),
  };

  it('puts dependencies first, and keeps the order of the file otherwise', () => {
    expect(startOrder(graph).map(({ name }) => name)).toEqual(['db', 'api', 'cache', 'web']);
  });

  it('cuts a cycle, and ignores what is not there', () => {
    const cycle = { one: service('one', on('two', 'gone')), two: service('two', on('one')) };
    expect(startOrder(cycle).map(({ name }) => name)).toEqual(['two', 'one']);
  });

  it('knows all that a service needs', () => {
    expect(dependenciesOf('web', graph)).toEqual(['db', 'api', 'cache']);
    expect(dependenciesOf('db', graph)).toEqual([]);
    expect(dependenciesOf('gone', graph)).toEqual([]);
    const cycle = { one: service('one', on('two')), two: service('two', on('one')) };
    expect(dependenciesOf('one', cycle)).toEqual(['two']);
    expect(dependenciesOf('x', { x: service('x', on('gone')) })).toEqual([]);
  });
});
