import { describe, expect, it } from 'vitest';
import { serviceChanges } from '../../../src/deploy/changes.ts';
import {
  planBuild,
  planReleaseCommand,
  servesWhole,
  superfluousTags,
} from '../../../src/deploy/plan-release.ts';
import { stopStartedStep } from '../../../src/deploy/plan-restore.ts';
import { goingBack, planRoll } from '../../../src/deploy/plan-roll.ts';
import type { ServiceChange } from '../../../src/deploy/changes.ts';
import type { Step } from '../../../src/plan/step.ts';
import {
  change,
  compose,
  container,
  facts,
  images,
  proxy,
  release,
  running,
  script,
  service,
  services,
  target,
} from './stack.ts';

/** What a person reads in a dry run, and how long the step may take at most. */
const told = (steps: readonly Step[]) =>
  steps.map((step) => `${step.title}: ${'timeoutMs' in step ? step.timeoutMs / 1000 : '-'} s`);

const roll = (changes: readonly ServiceChange[], more: Partial<Parameters<typeof planRoll>[0]> = {}) =>
  planRoll({
    host: 'web1',
    script,
    project: 'shop',
    changes,
    proxy: proxy(),
    target: target(),
    reload: false,
    ...more,
  });

describe('a roll says what it does, and gives Docker time', () => {
  const rolls = change(services.backend, {
    action: 'roll',
    add: 2,
    leaving: ['old1', 'old2'],
    names: ['backend'],
  });

  it('forwards', () => {
    const plan = roll([rolls]);
    expect(plan).toMatchObject({ host: 'web1', stage: 'roll', downtime: [], notes: [] });
    expect(told(plan.steps)).toEqual([
      'Start 2 new containers of backend and wait until healthy: 180 s',
      'Send traffic to the old and the new containers: 60 s',
      'Watch the new containers for 5 s: 65 s',
      'Send traffic to the new containers only: 60 s',
      'Let the proxy’s old workers finish their requests: 90 s',
      'Stop and remove 2 old containers: 70 s',
      'Take the addresses out of the proxy again: 60 s',
    ]);
    expect(plan.steps.every(({ kind }) => kind === 'script')).toBe(true);
  });

  it('back, and one container only', () => {
    const one = { ...rolls, add: 1, leaving: ['old1'] };
    expect(told(roll([one], { back: true, target: goingBack(target()) }).steps)).toEqual([
      'Start 1 new container of backend and wait until healthy: 180 s',
      'Send traffic to the previous release only: 60 s',
      'Let the proxy’s old workers finish their requests: 90 s',
      'Stop and remove 1 failed container: 70 s',
      'Take the addresses out of the proxy again: 60 s',
    ]);
  });

  it('going back changes nothing but the watching', () => {
    const before = target({ deploy: { keep: 7 } });
    expect(goingBack(before)).toEqual({ ...before, deploy: { ...before.deploy, stabilityMs: 0 } });
  });

  it('asks containers without a health check, on the port that is known', () => {
    const bare = change(service('backend', { healthcheck: false, expose: [9000] }), {
      ...rolls,
      service: service('backend', { healthcheck: false, expose: [9000] }),
    });
    expect(told(roll([bare]).steps)[1]).toBe('Ask the new containers of backend on port 9000: 60 s');
    expect(told(roll([{ ...bare, names: [] }]).steps).join()).not.toContain('Ask');
  });

  it('starts and recreates', () => {
    const steps = roll([
      change(services.db, { action: 'recreate', leaving: ['db'], downtime: 'it keeps state' }),
      change(services.backend, { action: 'create', add: 1 }),
    ]).steps;
    expect(told(steps)).toEqual(['Recreate db: 180 s', 'Start backend: 180 s']);
    expect(steps.map(({ id }) => id)).toEqual(['recreate-db', 'create-backend']);
    const [recreate, create] = steps.map((step) => (step.kind === 'script' ? step.script : ''));
    expect(recreate).toContain('dc up --detach --no-build db');
    expect(create).toContain('dc up --detach --no-build --no-recreate backend');
  });

  it('the plain way', () => {
    const plain = target({ deploy: { strategy: 'recreate' } });
    const plan = roll([rolls, change(services.db, { action: 'recreate' })], { target: plain });
    expect(told(plan.steps)).toEqual([
      'Recreate backend, db: 180 s',
      'Test and reload the proxy’s configuration: 60 s',
    ]);
    expect(plan.downtime).toEqual([]);
    expect(plan.steps[0]).toMatchObject({
      script: expect.stringContaining('--no-build backend db') as string,
    });
    expect(roll([change(services.backend)], { target: plain }).steps).toEqual([]);
    expect(roll([rolls], { target: plain, proxy: { state: 'none' } }).steps).toHaveLength(1);
    expect(told(roll([change(services.backend)], { target: plain, reload: true }).steps)).toEqual([
      'Test and reload the proxy’s configuration: 60 s',
    ]);
  });

  it('reloads after a service behind the proxy was recreated, and only then', () => {
    const recreated = change(services.db, { action: 'recreate', leaving: ['db'], names: ['db'] });
    const ids = (...all: ServiceChange[]) => roll(all).steps.map(({ id }) => id);
    expect(ids(recreated)).toEqual(['recreate-db', 'reload']);
    expect(ids({ ...recreated, names: [] })).toEqual(['recreate-db']);
    expect(ids({ ...recreated, action: 'create' })).toEqual(['create-db']);
  });

  it('waits for the longest grace period of those that stop', () => {
    const slow = change(service('slow', { stopGraceMs: 120_000 }), { action: 'roll', leaving: ['s1'] });
    const quick = change(service('quick', { stopGraceMs: 1000 }), { action: 'roll', leaving: ['q1'] });
    expect(told(roll([slow, quick]).steps)).toEqual(['Stop and remove 2 old containers: 180 s']);
  });
});

describe('a build', () => {
  const plan = (more: Partial<Parameters<typeof planBuild>[0]> = {}) =>
    planBuild({ host: 'web1', script, compose: compose(), images, target: target(), release: 'R', ...more });

  it('says what it builds, and how', () => {
    const two = compose({ ...services, worker: service('worker') });
    expect(told(plan({ compose: two }).steps)).toEqual([
      'Build backend, worker: 600 s',
      'Keep the new images: 120 s',
    ]);
    expect(told(plan({ target: target({ build: { cache: false } }) }).steps)[0]).toBe(
      'Build backend without cache: 600 s',
    );
    expect(plan()).toMatchObject({ host: 'web1', stage: 'build', downtime: [], notes: [] });
  });

  it('pulls what is missing, each once', () => {
    const { steps } = plan({ images: {} });
    expect(steps[0]).toMatchObject({
      kind: 'script',
      title: 'Pull nginx:1.26, postgres:16',
      timeoutMs: 600_000,
    });
  });

  it('takes kept images where there are some', () => {
    const kept = { backend: { id: 'sha256:1', tag: 'shop-backend:ops-1' } };
    const { steps } = plan({ kept, compose: compose({ ...services, worker: service('worker') }) });
    expect(told(steps)).toEqual([
      'Take the kept images of backend, worker (this tree is built already): 120 s',
    ]);
    expect(steps[0]).toMatchObject({
      script: expect.stringMatching(/docker tag sha256:1 shop-backend:latest\n/) as string,
    });
    expect(plan({ kept, compose: compose({ db: services.db }) }).steps).toEqual([]);
  });
});

it('a release command starts only what does not run, and has time for it', () => {
  const of = (containers = running()) =>
    planReleaseCommand(
      'web1',
      script,
      compose({
        ...services,
        backend: service('backend', { dependsOn: { db: 'x', cache: 'x' } }),
        cache: service('cache'),
      }),
      containers,
      target({ release: { command: 'migrate' } }),
    );
  expect(told(of([container('db', { state: 'exited' })]).steps)).toEqual([
    'Start db, cache: 180 s',
    'Run the release command in the new image of backend: 300 s',
  ]);
  expect(of([]).steps[0]).toMatchObject({
    script: expect.stringContaining('--no-recreate db cache') as string,
  });
  expect(of()).toMatchObject({ stage: 'release', downtime: [], notes: [] });
  expect(planReleaseCommand('web1', script, compose(), [], target())).toEqual({
    host: 'web1',
    stage: 'release',
    steps: [],
    downtime: [],
    notes: [],
  });
});

it.each([
  ['healthy or without a check, or a job that is done', running(), true],
  ['no health check', running().map((one) => ({ ...one, health: 'none' as const })), true],
  ['one that starts', [...running().slice(1), container('nginx', { health: 'starting' })], false],
  ['a done job', [...running().slice(1), container('nginx', { state: 'exited' })], true],
  ['a failed job', [...running().slice(1), container('nginx', { state: 'exited', exitCode: 1 })], false],
  ['one that was never started', [...running().slice(1), container('nginx', { state: 'created' })], false],
  ['one that is missing', running().slice(1), false],
])('a stack serves whole: %s', (_, containers, whole) => {
  expect(servesWhole(containers, compose())).toBe(whole);
  expect(servesWhole(running(), compose({ ...services, off: service('off', { replicas: 0 }) }))).toBe(true);
});

it('images of releases that never served are not kept', () => {
  const tag = (id: number) =>
    `shop-backend:ops-20261123T1000${String(id).padStart(2, '0')}-${String(id).repeat(7)}`;
  const names = Object.fromEntries([1, 2, 3].map((id) => [tag(id), `sha256:${id}`]));
  const failed = release(2, {
    finished: {
      outcome: 'failed',
      at: 'x',
      durationMs: 1,
      images: { backend: { id: 'sha256:2', tag: tag(2) } },
    },
  });
  const { finished: _, ...open } = release(3);
  const ledger = { releases: [release(1), failed, open], unreadable: 0 };
  expect(superfluousTags(ledger, names, compose(), 3, 'now')).toEqual([tag(2), tag(3)]);
});

it('what was started is stopped, but not the stores, within their grace period', () => {
  const step = stopStartedStep({ script, facts: facts(), target: target() });
  expect(step).toMatchObject({
    id: 'stop',
    title: 'Stop what was started; nothing served before',
    timeoutMs: 180_000,
  });
  const none = stopStartedStep({
    script,
    facts: facts({ compose: compose({ db: services.db }) }),
    target: target(),
  });
  expect(none).toMatchObject({ script: expect.stringMatching(/\n:$/) as string });
});

describe('why a service changes', () => {
  const why = (containers: ReturnType<typeof running>, more: Partial<typeof services.backend> = {}) =>
    serviceChanges({
      compose: compose({ backend: { ...services.backend, ...more } }),
      images,
      containers,
      proxy: proxy(),
      target: target(),
    })[0]?.why;
  const [old, other] = [container('backend', { id: 'b1' }), container('backend', { id: 'b2' })];

  it.each([
    ['one of two has another image', [{ ...old, image: 'sha256:older' }, other], 'new image'],
    [
      'one of two has another configuration',
      [{ ...old, configHash: 'older' }, other],
      'changed configuration',
    ],
    ['one is missing', [old], '1 of 2 containers'],
    ['one is not healthy', [old, { ...other, health: 'unhealthy' as const }], 'not healthy'],
  ])('%s', (_, containers, expected) => {
    expect(why(containers, { replicas: 2 })).toBe(expected);
  });

  it('a server that ended without an error has not done its work', () => {
    const ended = container('web', { state: 'exited', restartPolicy: 'no' });
    const action = (more: Partial<typeof services.backend>) =>
      serviceChanges({
        compose: compose({ web: service('web', more) }),
        images: {},
        containers: [ended],
        proxy: { state: 'none' },
        target: target(),
      })[0]?.action;
    expect(action({ healthcheck: false })).toBe('keep');
    expect(action({ healthcheck: true })).toBe('create');
    expect(action({ healthcheck: false, published: ['80'] })).toBe('create');
  });
});
