import { describe, expect, it } from 'vitest';
import { buildKey } from '../../../src/deploy/naming.ts';
import {
  checkoutStep,
  finishStep,
  keptImages,
  mountedFiles,
  planBuild,
  planReleaseCommand,
  servesWhole,
  snapshot,
  startedStep,
  superfluousTags,
} from '../../../src/deploy/plan-release.ts';
import type { Step } from '../../../src/plan/step.ts';
import type { Release } from '../../../src/ledger/ledger.ts';
import {
  compose,
  container,
  git,
  images,
  release,
  running,
  script,
  service,
  services,
  target,
} from './stack.ts';

const text = (step: Step | undefined): string => (step?.kind === 'script' ? step.script : '');
const tagOf = (one: Release): string => one.finished?.images?.['backend']?.tag ?? '';
const ledger = (...releases: Release[]) => ({ releases, unreadable: 0 });
const [one, two, three, four] = [release(1), release(2), release(3), release(4)];

describe('images that are there already', () => {
  const there = { [tagOf(one)]: 'sha256:1', [tagOf(two)]: 'sha256:2' };
  const key = buildKey(compose(), {});
  const keyed = {
    ...one,
    finished: { ...one.finished, outcome: 'live', at: '', durationMs: 1, buildKey: key },
  } as Release;

  it.each([
    { title: 'the same tree', releases: [one, two], tree: 'tree1', found: 'sha256:1' },
    { title: 'another tree', releases: [one, two], tree: 'tree9', found: undefined },
    {
      title: 'the same tree twice: the newest',
      releases: [one, { ...two, tree: 'tree1' }],
      tree: 'tree1',
      found: 'sha256:2',
    },
    { title: 'the image is gone', releases: [three], tree: 'tree3', found: undefined },
    {
      title: 'the name means another image now',
      releases: [one],
      tree: 'tree1',
      images: { [tagOf(one)]: 'sha256:x' },
      found: undefined,
    },
    { title: 'no key was recorded', releases: [one], tree: 'tree1', key, found: undefined },
    { title: 'the same key', releases: [keyed], tree: 'tree1', key, found: 'sha256:1' },
    { title: 'another key', releases: [keyed], tree: 'tree1', key: 'other', found: undefined },
  ])('$title', ({ releases, tree, images: others, key: wanted, found }) => {
    expect(keptImages(ledger(...releases), others ?? there, compose(), tree, wanted)?.['backend']?.id).toBe(
      found,
    );
  });

  describe('of two services that are built', () => {
    const two = compose({ ...services, worker: service('worker') });
    const worker = { id: 'sha256:worker', tag: 'shop-worker:ops-1' };
    const both = {
      ...one,
      finished: { ...one.finished, images: { ...one.finished?.images, worker } },
    } as Release;

    it('are taken when both are there', () => {
      const all = { ...there, [worker.tag]: worker.id };
      expect(keptImages(ledger(both), all, two, 'tree1')).toEqual(both.finished?.images);
    });

    it.each([
      ['one is gone', both, there],
      ['one was never kept', one, { ...there, [worker.tag]: worker.id }],
      ['no list was recorded', { ...one, finished: { ...one.finished, images: undefined } } as never, there],
      ['the release never ended', { ...one, finished: undefined } as never, there],
    ])('are built when %s', (_title, from: Release, all) => {
      expect(keptImages(ledger(from), all, two, 'tree1')).toBeUndefined();
      expect(keptImages(ledger(from), all, two, 'tree1', key)).toBeUndefined();
    });
  });

  it('nothing is built, nothing is kept', () => {
    expect(keptImages(ledger(one), there, compose({ db: services.db }), 'tree1')).toBeUndefined();
  });
});

describe('names of images that are not kept', () => {
  const names = [one, two, three].map(tagOf);
  const all = (...more: string[]) =>
    Object.fromEntries([...names, ...more].map((name) => [name, 'sha256:x']));
  const current = `shop-backend:ops-${four.id}`;

  it.each([
    { keep: 10, gone: [] },
    { keep: 4, gone: [] },
    { keep: 3, gone: [0] },
    { keep: 2, gone: [0, 1] },
  ])('$keep releases stay, the new one counted', ({ keep, gone }) => {
    const superfluous = superfluousTags(ledger(one, two, three), all(current), compose(), keep, four.id);
    expect(superfluous).toEqual(gone.map((index) => names[index]));
  });

  it('a failed release keeps nothing', () => {
    const failed = { ...two, finished: { outcome: 'failed' as const, at: '', durationMs: 1 } };
    expect(superfluousTags(ledger(one, failed, three), all(), compose(), 3, four.id)).toEqual([names[1]]);
  });

  it('neither does one that recorded no images, nor one that never ended', () => {
    const silent = { ...two, finished: { outcome: 'live' as const, at: '', durationMs: 1 } };
    const endless = { ...two, finished: undefined } as never;
    for (const other of [silent, endless]) {
      const found = superfluousTags(ledger(one, other, three), all(), compose(), 3, four.id);
      expect(found).toEqual([names[1]]);
    }
  });

  it('what stood here before ops may go, too', () => {
    expect(
      superfluousTags(ledger(one), { 'shop-backend:ops-before-1a2b3c4': 'x' }, compose(), 3, four.id),
    ).toEqual(['shop-backend:ops-before-1a2b3c4']);
  });

  it.each([
    'shop-backend:latest',
    'shop-backend:ops-team',
    'shop-backend:ops-2',
    'shop-backend:ops-before-launch',
    'other:ops-20261123T100001-1111111',
    'registry:5000/shop-backend:ops-20261123T100001-1111111',
    'postgres:ops-20261123T100001-1111111',
    'shop-backend:xops-20261123T100001-1111111',
    'shop-backend:ops-20261123T100001-1111111-mine',
  ])('%s was not made by ops, or not for this stack', (name) => {
    expect(superfluousTags(ledger(), { [name]: 'x' }, compose(), 1, four.id)).toEqual([]);
  });
});

describe('what is live', () => {
  it('nothing runs', () => {
    expect(
      snapshot(undefined, git(), [container('backend', { state: 'exited' })], compose()),
    ).toBeUndefined();
  });

  it('a stack that ops did not start', () => {
    expect(snapshot(undefined, git(), running(), compose())).toEqual({
      commit: 'b'.repeat(40),
      tree: '2'.repeat(40),
      branch: 'main',
      images: {
        backend: {
          id: 'sha256:backend',
          tag: 'shop-backend:ops-before-bbbbbbb',
          name: 'shop-backend:latest',
        },
      },
      services: ['backend', 'db', 'nginx'],
    });
  });

  it('knows what does not run as well', () => {
    const more = [container('worker', { state: 'exited' }), container('backend', { id: 'second' })];
    expect(snapshot(undefined, git(), [...running(), ...more], compose())?.services).toEqual([
      'backend',
      'db',
      'nginx',
      'worker',
    ]);
  });

  it.each([
    ['all of it runs', running(), true],
    ['a service is missing', running().slice(1), false],
    ['one never got healthy', running().map((one) => ({ ...one, health: 'unhealthy' as const })), false],
    ['one is still starting', running().map((one) => ({ ...one, health: 'starting' as const })), false],
    [
      'one has done its work',
      [container('nginx'), container('backend', { state: 'exited', exitCode: 0 }), container('db')],
      true,
    ],
    [
      'one has failed',
      [container('nginx'), container('backend', { state: 'exited', exitCode: 1 }), container('db')],
      false,
    ],
  ])('left by a first deploy that was cut short: %s', (_, containers, expected) => {
    expect(servesWhole(containers, compose())).toBe(expected);
  });

  it('a release of ops, on a detached HEAD', () => {
    const { branch: _, ...detached } = git({ commit: one.commit });
    const found = snapshot(one, detached, running(), compose());
    expect(found).toMatchObject({ release: one.id, images: { backend: { tag: tagOf(one) } } });
    expect(found).not.toHaveProperty('branch');
  });

  it('somebody moved the tree since: the release has no part in it', () => {
    expect(snapshot(one, git(), running(), compose())).not.toHaveProperty('release');
  });

  it('without Compose’s view no image is known to be built', () => {
    expect(snapshot(undefined, git(), running(), undefined)?.images).toEqual({});
  });
});

it.each([
  { changed: ['nginx.conf', 'app.py'], appDir: '/srv/app', found: ['nginx.conf'] },
  { changed: ['nginx.conf'], appDir: '/srv/app/', found: ['nginx.conf'] },
  { changed: ['other/nginx.conf'], appDir: '/srv/app', found: [] },
  { changed: [], appDir: '/srv/app', found: [] },
])('mounted files of $changed in $appDir: $found', ({ changed, appDir, found }) => {
  const nginx = container('nginx', {
    binds: [
      { source: '/srv/app/nginx.conf', destination: '/etc/nginx/nginx.conf' },
      { source: '/srv/app/static', destination: '/static' },
    ],
  });
  expect(mountedFiles([nginx], appDir, changed)).toEqual(found);
});

describe('the build', () => {
  const plan = (more: Partial<Parameters<typeof planBuild>[0]> = {}) =>
    planBuild({ host: 'web1', script, compose: compose(), images, target: target(), release: 'R', ...more })
      .steps;

  it('builds and keeps', () => {
    const steps = plan();
    expect(steps.map(({ id }) => id)).toEqual(['build', 'keep']);
    expect(text(steps[1])).toContain('docker tag shop-backend:latest shop-backend:ops-R');
  });

  const proxied = { ...services, nginx: service('nginx') };

  it('leaves out what keeps its image, and keeps that for this release too', () => {
    const steps = plan({ compose: compose(proxied), carried: new Set(['nginx']) });
    expect(steps.map(({ title }) => title)).toEqual(['Build backend', 'Keep the new images']);
    expect(text(steps[0])).toMatch(/build backend /);
    expect(text(steps[1])).toContain('docker tag shop-nginx:latest shop-nginx:ops-R');
  });

  it('builds nothing where all keep their images', () => {
    const steps = plan({ compose: compose(proxied), carried: new Set(['nginx', 'backend']) });
    expect(steps.map(({ title }) => title)).toEqual(['Keep the images']);
    expect(text(steps[0])).toContain('docker tag shop-backend:latest shop-backend:ops-R');
  });

  it('pulls what is missing, each image once', () => {
    const services2 = { ...services, other: { ...services.db, name: 'other' } };
    const [pull] = plan({ compose: compose(services2), images: { 'nginx:1.26': 'x' } });
    expect(pull).toMatchObject({ id: 'pull', title: 'Pull postgres:16' });
  });

  it.each([
    { title: 'to be built', ids: ['build', 'keep'] },
    {
      title: 'by another name of the same image',
      worker: 'shop:latest',
      web: 'shop',
      ids: ['build', 'keep'],
    },
    {
      title: 'built and kept',
      kept: { web: { id: 'sha256:1', tag: 'shop:ops-1' } },
      ids: ['reuse'],
    },
  ])('does not pull what another service builds: $title', ({ web, worker, kept, ids }) => {
    const steps = plan({
      compose: compose({
        web: service('web', { image: web ?? 'shop:1.3' }),
        worker: service('worker', { builds: false, image: worker ?? 'shop:1.3' }),
        db: services.db,
      }),
      images: {},
      kept,
    });
    expect(steps.map(({ id }) => id)).toEqual(['pull', ...ids]);
    expect(steps[0]?.title).toBe('Pull postgres:16');
  });

  it('takes kept images instead', () => {
    const steps = plan({ kept: { backend: { id: 'sha256:1', tag: 'shop-backend:ops-1' } } });
    expect(steps.map(({ id }) => id)).toEqual(['reuse']);
    expect(text(steps[0])).toMatch(
      /docker tag sha256:1 shop-backend:latest\ndocker tag shop-backend:latest shop-backend:ops-R/,
    );
  });

  it('has nothing to do', () => {
    expect(plan({ compose: compose({ db: services.db }) })).toEqual([]);
  });

  it('says when the cache is not used', () => {
    const [build] = plan({ target: target({ build: { cache: false, pull: true, args: { A: 'b c' } } }) });
    expect(build?.title).toBe('Build backend without cache');
    expect(text(build)).toContain("dc build --no-cache --pull --build-arg 'A=b c' backend");
  });

  it('hands the values of build arguments over in a file, where Compose is told its files', () => {
    const [build] = plan({
      target: {
        ...target({ build: { cache: true, pull: false, args: { A: 'b c' } } }),
        compose: { files: ['compose.yml'], profiles: [], envFiles: [] },
      },
    });
    expect(text(build)).toContain('dc -f "$args" build backend');
    expect(text(build)).toContain('{"services":{"backend":{"build":{"args":{"A":"b c"}}}}}');
  });
});

describe('the release command', () => {
  const plan = (settings: Parameters<typeof target>[0], containers = running()) =>
    planReleaseCommand('web1', script, compose(), containers, target(settings)).steps;

  it('none', () => {
    expect(plan({})).toEqual([]);
    expect(
      planReleaseCommand(
        'web1',
        script,
        compose({ db: services.db }),
        [],
        target({ release: { command: 'x' } }),
      ).steps,
      'no service to run it in',
    ).toEqual([]);
  });

  it('runs in the first service that is built', () => {
    const [step] = plan({ release: { command: 'migrate && echo done' } });
    expect(step).toMatchObject({ id: 'release-command', timeoutMs: 300_000 });
    expect(text(step)).toContain("--entrypoint '' backend sh -c 'migrate && echo done'");
  });

  it('as words, in the service that is named', () => {
    const [step] = plan({
      release: { command: ['migrate', 'a b'], service: 'web' },
      services: { roll: ['x'] },
    });
    expect(text(step)).toContain("--entrypoint '' web migrate 'a b'");
  });

  it('after what it needs', () => {
    const steps = plan({ release: { command: 'x' } }, [container('nginx')]);
    expect(steps.map(({ id }) => id)).toEqual(['dependencies', 'release-command']);
    expect(steps[0]?.title).toBe('Start db');
  });
});

describe('records', () => {
  const started = {
    v: 1,
    event: 'started',
    id: 'R',
    kind: 'deploy',
    commit: 'c',
    tree: 't',
    subject: "it's",
    ref: 'main',
    by: 'a',
    at: 'now',
    run: 'run1',
  } as const;

  it('keeps the running images first, and an image that is gone is no failure', () => {
    const previous = {
      commit: 'p',
      tree: 't',
      images: { backend: { id: 'sha256:1', tag: 'shop-backend:ops-1' } },
    };
    const step = startedStep(script, { ...started, previous }, 'h');
    expect(text(step)).toMatch(
      /docker tag sha256:1 shop-backend:ops-1 2>\/dev\/null \|\| :\n[^]*"event":"started"/,
    );
    expect(text(startedStep(script, started, 'h'))).not.toContain('docker tag');
  });

  it('lets go of what is not kept only after the end is recorded', () => {
    const entry = { v: 1, event: 'finished', id: 'R', outcome: 'live', at: 'now', durationMs: 1 } as const;
    const step = finishStep(script, entry, ['shop-backend:ops-1']);
    expect(step.title).toContain('remove images');
    expect(text(step)).toMatch(/"outcome":"live"[^]*docker image rm shop-backend:ops-1/);
    expect(finishStep(script, entry, []).title).toBe('Record the release');
  });

  it('says what is checked out', () => {
    const options = { commit: '1a2b3c4d', expectedHead: 'x', mounted: [] };
    expect(checkoutStep(script, options, 'Faster').title).toBe('Check out 1a2b3c4 Faster');
    expect(checkoutStep(script, options, '').title).toBe('Check out 1a2b3c4');
  });
});
