import { describe, expect, it } from 'vitest';
import type { ServiceChange } from '../../../src/deploy/changes.ts';
import { downtimeReasons, planRoll, startMissed, type RollInput } from '../../../src/deploy/plan-roll.ts';
import type { ReachStep } from '../../../src/plan/step.ts';
import { change, proxy, script, service, services, target } from './stack.ts';

function plan(changes: readonly ServiceChange[], more: Partial<RollInput> = {}) {
  return planRoll({
    host: 'web1',
    script,
    project: 'shop',
    changes,
    proxy: proxy(),
    target: target(),
    reload: false,
    ...more,
  });
}

const ids = (...given: Parameters<typeof plan>) => plan(...given).steps.map(({ id }) => id);
const scriptOf = (id: string, ...given: Parameters<typeof plan>): string => {
  const found = plan(...given).steps.find((step) => step.id === id);
  return found?.kind === 'script' ? found.script : '';
};

const { backend, nginx, db } = services;
const worker = service('worker', { healthcheck: true });
const keep = [change(nginx, { matching: ['n1'] }), change(db, { matching: ['d1'] })];
const roll = change(backend, {
  action: 'roll',
  why: 'new image',
  leaving: ['old1'],
  add: 1,
  names: ['backend'],
});
const recreated = (of: typeof backend, more: Partial<ServiceChange> = {}) =>
  change(of, { action: 'recreate', downtime: 'why', leaving: ['x'], add: 1, ...more });
const created = (of: typeof backend, more: Partial<ServiceChange> = {}) =>
  change(of, { action: 'create', add: 1, ...more });
const whole = ['start-backend', 'share', 'watch', 'switch', 'drain', 'retire', 'unpin'];
const noStability = target({ deploy: { stabilityMs: 0 } });

const cases: { title: string; given: Parameters<typeof plan>; steps: string[] }[] = [
  { title: 'nothing', given: [keep], steps: [] },
  { title: 'a normal roll', given: [[...keep, roll]], steps: whole },
  {
    title: 'without time to watch',
    given: [[roll], { target: noStability }],
    steps: ['start-backend', 'switch', 'drain', 'retire', 'unpin'],
  },
  {
    title: 'back to containers that still run',
    given: [[change(backend, { ...roll, add: 0, matching: ['m1'] })]],
    steps: ['switch', 'drain', 'retire', 'unpin'],
  },
  {
    title: 'only more containers',
    given: [[change(backend, { ...roll, leaving: [] })]],
    steps: ['start-backend', 'share', 'watch', 'switch', 'unpin'],
  },
  {
    title: 'no proxy',
    given: [[change(backend, { ...roll, names: [] })], { proxy: { state: 'none' } }],
    steps: ['start-backend', 'watch', 'retire'],
  },
  {
    title: 'a service that the proxy does not know',
    given: [[change(worker, { ...roll, service: worker, names: [] })]],
    steps: ['start-worker', 'watch', 'retire'],
  },
  {
    title: 'several services move together',
    given: [[roll, change(worker, { ...roll, service: worker, leaving: ['old2'], names: [] })]],
    steps: ['start-backend', 'start-worker', 'share', 'watch', 'switch', 'drain', 'retire', 'unpin'],
  },
  {
    title: 'what is missing comes before what needs it',
    given: [[created(db), roll]],
    steps: ['create-db', ...whole],
  },
  {
    title: 'a fresh service that needs the rolled one can start first, too',
    given: [[roll, created(service('cron', { dependsOn: { backend: 'service_healthy' } }))]],
    steps: ['create-cron', ...whole],
  },
  {
    title: 'a stopped service that needs the rolled one waits: Compose would recreate that',
    given: [
      [roll, created(service('cron', { dependsOn: { backend: 'service_healthy' } }), { leaving: ['dead'] })],
    ],
    steps: [...whole, 'create-cron'],
  },
  {
    title: 'a database with downtime comes first',
    given: [[recreated(db), roll]],
    steps: ['recreate-db', ...whole],
  },
  {
    title: 'what needs the rolled service is recreated after it',
    given: [[roll, recreated(service('cron', { dependsOn: { backend: 'service_healthy' } }))]],
    steps: [...whole, 'recreate-cron'],
  },
  {
    title: 'the proxy itself comes last',
    given: [[roll, recreated(nginx)]],
    steps: [...whole, 'recreate-nginx'],
  },
  {
    title: 'the named proxy, which does not run, comes last too',
    given: [
      [created(nginx), roll],
      { proxy: { state: 'none' }, target: target({ services: { proxy: 'nginx' } }) },
    ],
    steps: ['start-backend', 'watch', 'retire', 'create-nginx'],
  },
  { title: 'only a reload', given: [keep, { reload: true }], steps: ['reload'] },
  { title: 'a reload is part of a switch', given: [[roll], { reload: true }], steps: whole },
  {
    title: 'a new proxy needs no reload',
    given: [[recreated(nginx)], { reload: true }],
    steps: ['recreate-nginx'],
  },
  {
    title: 'pins that a dead client left',
    given: [keep, { proxy: proxy({ pins: [{ address: '172.18.0.9', name: 'backend' }] }) }],
    steps: ['reload'],
  },
  {
    title: 'a recreated service has a new address',
    given: [[recreated(backend, { names: ['backend'] })]],
    steps: ['recreate-backend', 'reload'],
  },
  {
    title: 'no proxy, nothing to reload',
    given: [keep, { reload: true, proxy: { state: 'none' } }],
    steps: [],
  },
  {
    title: 'strategy recreate',
    given: [[roll, created(worker)], { target: target({ deploy: { strategy: 'recreate' } }) }],
    steps: ['recreate-all', 'reload'],
  },
  {
    title: 'strategy recreate, the proxy too',
    given: [[roll, recreated(nginx)], { target: target({ deploy: { strategy: 'recreate' } }) }],
    steps: ['recreate-all'],
  },
  {
    title: 'strategy recreate, only a reload',
    given: [keep, { reload: true, target: target({ deploy: { strategy: 'recreate' } }) }],
    steps: ['reload'],
  },
];

describe('the steps of a roll', () => {
  it.each(cases)('$title', ({ given, steps }) => {
    expect(ids(...given)).toEqual(steps);
  });

  it('has unique ids and a time limit for every step', () => {
    const { steps } = plan([created(db), roll, recreated(nginx)]);
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
    for (const step of steps) expect(step).toHaveProperty('timeoutMs', expect.any(Number));
  });
});

describe('which containers get traffic', () => {
  const given = [[change(backend, { ...roll, leaving: ['old1', 'sick1'], broken: ['sick1'] })]] as const;

  it('all but broken ones share it', () => {
    expect(scriptOf('share', ...given)).toContain("' sick1 '");
    expect(scriptOf('share', ...given)).not.toContain('old1');
  });

  it('then the ones that go have none', () => {
    expect(scriptOf('switch', ...given)).toContain("' old1 sick1 '");
  });

  it('all that go are stopped', () => {
    expect(scriptOf('retire', ...given)).toMatch(/docker stop old1 [^]*docker stop sick1 /);
  });
});

describe('waiting', () => {
  it.each([
    { title: 'the grace period of the service', stopGraceMs: 90_000, stopMs: undefined, timeoutMs: 150_000 },
    { title: 'Docker’s ten seconds', stopGraceMs: undefined, stopMs: undefined, timeoutMs: 70_000 },
    { title: 'the one that is set', stopGraceMs: 90_000, stopMs: 5000, timeoutMs: 65_000 },
  ])('an old container has $title', ({ stopGraceMs, stopMs, timeoutMs }) => {
    const { steps } = plan(
      [
        change(
          { ...backend, ...(stopGraceMs === undefined ? {} : { stopGraceMs }) },
          { ...roll, service: { ...backend, ...(stopGraceMs === undefined ? {} : { stopGraceMs }) } },
        ),
      ],
      { target: target({ deploy: stopMs === undefined ? {} : { stopMs } }) },
    );
    expect(steps.find(({ id }) => id === 'retire')).toMatchObject({ timeoutMs });
  });

  const unchecked = { ...backend, healthcheck: false };
  const reach = (of: typeof backend, health: Parameters<typeof target>[0] = {}) =>
    plan([change(of, { ...roll, service: of, matching: ['same1'] })], { target: target(health) }).steps.find(
      (step): step is ReachStep => step.kind === 'reach',
    );

  it('asks a service without a health check itself: only its new containers', () => {
    const step = reach(unchecked);
    expect(step).toMatchObject({ id: 'reach-backend', timeoutMs: 60_000 });
    expect(step?.addresses).toContain("' same1 old1 '");
    expect(step).not.toHaveProperty('path');
  });

  it('with the path where the port is set', () => {
    expect(reach(unchecked, { health: { port: 9000 } })).toMatchObject({ path: '/health' });
  });

  it('where Docker checks it too, an error of the server is what it must not answer', () => {
    expect(reach(backend, { health: { port: 9000 } })).toMatchObject({
      path: '/health',
      refuses: 'server-error',
    });
    expect(reach(unchecked, { health: { port: 9000 } })).not.toHaveProperty('refuses');
  });

  it('not where Docker checks it, or no port is known', () => {
    expect(reach(backend)).toBeUndefined();
    expect(reach({ ...unchecked, expose: [] })).toBeUndefined();
  });
});

describe('a service that does not run', () => {
  it('is started', () => {
    expect(scriptOf('create-nginx', [created(nginx)])).toContain('--no-recreate');
  });

  it('is made anew where a stopped container may be of another configuration', () => {
    expect(scriptOf('create-nginx', [created(nginx, { leaving: ['n1'] })])).not.toContain('--no-recreate');
  });
});

describe('what the proxy misses', () => {
  const invalid = 'nginx: [emerg] host not found in upstream "cron:8000" in /etc/nginx/nginx.conf:43';
  const { config: _, ...unread } = proxy();
  const missed = (changes: readonly ServiceChange[], text: string) =>
    startMissed({
      host: 'web1',
      script,
      project: 'shop',
      changes,
      proxy: { ...unread, invalid: text },
      target: target(),
      reload: true,
    }).map(({ id }) => id);
  const cron = service('cron');

  it('is started before anything is moved', () => {
    expect(missed([roll, created(cron), created(worker)], invalid)).toEqual(['create-cron']);
    expect(missed([created(service('jobs', { aliases: ['cron'] }))], invalid)).toEqual(['create-jobs']);
  });

  it('is nothing where it runs, or the configuration is wrong otherwise', () => {
    expect(missed([roll, change(cron)], invalid)).toEqual([]);
    expect(missed([created(cron)], 'unknown directive "x"')).toEqual([]);
  });
});

describe('words', () => {
  it.each([
    { back: undefined, texts: ['new containers only', '1 old container'] },
    { back: true, texts: ['previous release only', '1 failed container'] },
  ])('going back: $back', ({ back, texts }) => {
    const titles = plan([roll], back === undefined ? {} : { back })
      .steps.map(({ title }) => title)
      .join('\n');
    for (const text of texts) expect(titles).toContain(text);
  });

  it('says what needs downtime', () => {
    expect(plan([roll, recreated(db)]).downtime).toEqual([{ service: 'db', reason: 'why' }]);
    expect(downtimeReasons([roll])).toEqual([]);
    expect(
      plan([recreated(db)], { target: target({ deploy: { strategy: 'recreate' } }) }).downtime,
      'who chose to recreate has chosen downtime',
    ).toEqual([]);
  });
});
