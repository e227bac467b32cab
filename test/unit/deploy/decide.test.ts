import { describe, expect, it } from 'vitest';
import { decide, type DecideOptions } from '../../../src/deploy/decide.ts';
import { buildKey, configHash } from '../../../src/deploy/naming.ts';
import type { HostFacts } from '../../../src/facts/index.ts';
import type { Release } from '../../../src/ledger/ledger.ts';
import type { Wanted } from '../../../src/deploy/wanted.ts';
import {
  commits,
  compose,
  container,
  facts,
  git,
  images,
  proxy,
  release,
  running,
  service,
  services,
  target,
  trees,
  wanted,
} from './stack.ts';

const key = buildKey(compose(), {});
const tag = 'shop-backend:ops-live';
const live = release(1, {
  commit: commits.live,
  tree: trees.live,
  finished: {
    outcome: 'live',
    at: '',
    durationMs: 1,
    buildKey: key,
    proxyConfig: configHash(proxy().config ?? ''),
    images: { backend: { id: 'sha256:backend', tag } },
  },
});
const withLive = (...more: Release[]): Partial<HostFacts> => ({
  ledger: { releases: [live, ...more], unreadable: 0 },
  images: { ...images, [tag]: 'sha256:backend' },
});
const same = (more: Partial<Wanted> = {}) => wanted({ commit: commits.live, tree: trees.live, ...more });

function decided(
  more: Partial<HostFacts> = {},
  want: Wanted = wanted(),
  options: Partial<DecideOptions> = {},
  of = target(),
  head = git(),
) {
  return decide('web1', facts(more), head, want, of, {
    kind: 'deploy',
    force: false,
    rebuild: false,
    ...options,
  });
}

it('tells of containers whose service the files do not have any more, each once', () => {
  const old = [container('worker'), container('worker', { id: 'second' })];
  const { notes, changes } = decided({ ...withLive(), containers: [...running(), ...old] }, same());
  expect(notes).toEqual([expect.stringMatching(/^worker is not among the services .*--remove-orphans/)]);
  expect(changes.map(({ service: { name } }) => name)).not.toContain('worker');
});

describe('nothing to do', () => {
  it('when it all runs as wanted', () => {
    expect(decided(withLive(), same())).toMatchObject({
      nothingToDo: true,
      build: false,
      reload: false,
      certain: true,
    });
    expect(decided(withLive(), same())).not.toHaveProperty('checkout');
  });

  const pinned = proxy({ pins: [{ address: '172.18.0.9', name: 'backend' }] });
  it.each<{
    title: string;
    facts?: Partial<HostFacts>;
    wanted?: Partial<Wanted>;
    options?: Partial<DecideOptions>;
    head?: ReturnType<typeof git>;
  }>([
    { title: 'another commit', wanted: { commit: commits.wanted } },
    { title: 'another branch is checked out', head: git({ branch: 'other' }) },
    { title: 'a container is missing', facts: { containers: running().slice(0, 2) } },
    { title: 'pins are left over', facts: { proxy: pinned } },
    {
      title: 'a release was not finished',
      facts: { ledger: { releases: [live, { ...release(2), finished: undefined as never }], unreadable: 0 } },
    },
    { title: 'the stack was never deployed by ops', facts: { ledger: { releases: [], unreadable: 0 } } },
    {
      title: 'a release of another commit is the live one, though this one is checked out',
      facts: { ledger: { releases: [{ ...live, commit: commits.old }], unreadable: 0 } },
    },
    { title: 'a rebuild is wanted', options: { rebuild: true } },
    { title: 'its image is gone', facts: { images } },
    {
      title: 'the proxy loaded another configuration',
      facts: { proxy: proxy({ config: 'server { return 204; }' }) },
    },
  ])('but not when $title', ({ facts: more, wanted: want, options, head }) => {
    expect(decided({ ...withLive(), ...more }, same(want), options, target(), head).nothingToDo).toBe(false);
  });
});

describe('the checkout', () => {
  it.each([
    {
      title: 'moves the branch',
      want: wanted(),
      head: git(),
      expected: { branch: 'main', keepOld: false, keepHead: false },
    },
    {
      title: 'of another commit is detached',
      want: wanted({ onBranch: false }),
      head: git(),
      expected: { keepOld: false, keepHead: false },
    },
    {
      title: 'is not needed where HEAD is',
      want: same({ onBranch: false }),
      head: git(),
      expected: undefined,
    },
    {
      title: 'takes the branch back',
      want: same(),
      head: git({ branch: 'other' }),
      expected: { branch: 'main', keepOld: false, keepHead: false },
    },
  ])('$title', ({ want, head, expected }) => {
    expect(decided({}, want, {}, target(), head).checkout).toEqual(expected);
  });
});

it('a service that names the image which another builds gets it as well', () => {
  const worker = service('worker', { builds: false, image: 'shop-backend' });
  const want = wanted({ compose: compose({ ...services, worker }) });
  const containers = [...running(), container('worker', { image: 'sha256:backend' })];
  const { changes, build } = decided({ ...withLive(), containers }, want);
  expect(build).toBe(true);
  expect(
    changes
      .filter(({ action }) => action === 'roll')
      .map(({ service: { name } }) => name)
      .toSorted(),
  ).toEqual(['backend', 'worker']);
});

describe('commits that only the server has', () => {
  const local = [{ commit: 'd'.repeat(40), subject: 'Quick fix' }];
  const made: Release = release(2, { kind: 'rollback', made: ['d'.repeat(40)] });

  it('are refused', () => {
    expect(() => decided({}, wanted({ localOnly: local }))).toThrow(
      expect.objectContaining({
        code: 'LOCAL_COMMITS',
        reason: 'unchanged',
        message: 'The branch main on web1 has commits that origin/main has not, so it cannot fast-forward.',
        place: { host: 'web1', step: 'preflight', output: ['ddddddd Quick fix'] },
        next: [
          'Push them from the server: git push origin main',
          expect.stringContaining('--force') as string,
        ],
      }),
    );
  });

  it.each([
    { title: 'by force', options: { force: true }, releases: [], keepOld: true },
    { title: 'made by a rollback of ops', options: {}, releases: [made], keepOld: true },
  ])('may go out of sight $title, and are kept', ({ options, releases, keepOld }) => {
    expect(
      decided({ ledger: { releases, unreadable: 0 } }, wanted({ localOnly: local }), options).checkout,
    ).toEqual({ branch: 'main', keepOld, keepHead: false });
  });

  it('do not stand in the way of a detached checkout, which leaves the branch', () => {
    const { checkout, notes } = decided({}, wanted({ localOnly: local, onBranch: false }));
    expect(checkout).toEqual({ keepOld: false, keepHead: false });
    expect(notes).toEqual([]);
  });

  it('do not stand in the way of a rollback, but are kept, and it says so', () => {
    const { checkout, notes } = decided({}, wanted({ localOnly: local }), { kind: 'rollback' });
    expect(checkout).toEqual({ branch: 'main', keepOld: true, keepHead: false });
    expect(notes).toEqual([
      'Commits that only this server has stay under refs/ops/kept/: ddddddd Quick fix.',
    ]);
  });

  describe('on a detached HEAD', () => {
    const released = { commit: 'e'.repeat(40), subject: 'Released by its hash' };
    const older = { commit: 'f'.repeat(40), subject: 'Before it' };
    const known: Release = release(2, { commit: released.commit });

    it('are refused', () => {
      expect(() => decided({}, wanted({ loose: local, onBranch: false }))).toThrow(
        expect.objectContaining({
          code: 'LOCAL_COMMITS',
          message: expect.stringContaining('detached HEAD'),
          place: expect.objectContaining({ output: ['ddddddd Quick fix'] }),
          next: [
            expect.stringContaining('git push origin HEAD:refs/heads/NAME'),
            expect.stringContaining('--force'),
          ],
        }),
      );
    });

    it('may go out of sight by force, and are kept', () => {
      const { checkout, notes } = decided({}, wanted({ loose: local }), { force: true });
      expect(checkout).toMatchObject({ keepOld: false, keepHead: true });
      expect(notes).toEqual([expect.stringContaining('ddddddd Quick fix')]);
    });

    it('a release whose branch is gone since is nobody’s work', () => {
      const ledger = { releases: [known], unreadable: 0 };
      const { checkout, notes } = decided({ ledger }, wanted({ loose: [released, older] }));
      expect(checkout).toMatchObject({ keepHead: true });
      expect(notes).toEqual([]);
    });

    it('on top of such a release only they are told', () => {
      const ledger = { releases: [known], unreadable: 0 };
      expect(() => decided({ ledger }, wanted({ loose: [...local, released, older] }))).toThrow(
        expect.objectContaining({ place: expect.objectContaining({ output: ['ddddddd Quick fix'] }) }),
      );
    });
  });
});

describe('what was rolled back', () => {
  const back = release(3, { kind: 'rollback', undone: [commits.wanted], at: '2026-11-23T11:00:00Z' });

  it('does not come back by accident', () => {
    expect(() => decided({ ledger: { releases: [live, back], unreadable: 0 } })).toThrow(
      expect.objectContaining({
        code: 'ROLLED_BACK',
        message: 'ccccccc (Wanted) was rolled back on 2026-11-23T11:00:00Z and would come back unmended.',
        place: { host: 'web1', step: 'preflight' },
        next: [expect.stringContaining('Push a commit'), expect.stringContaining('--force')],
      }),
    );
  });

  it.each([
    { title: 'by force', options: { force: true }, releases: [live, back] },
    { title: 'another commit', options: {}, releases: [live, { ...back, undone: [commits.old] }] },
    { title: 'by a rollback', options: { kind: 'rollback' as const }, releases: [live, back] },
    { title: 'once something else served', options: {}, releases: [back, live] },
  ])('but $title', ({ options, releases }) => {
    expect(() => decided({ ledger: { releases, unreadable: 0 } }, wanted(), options)).not.toThrow();
  });
});

describe('images', () => {
  const before = release(2, {
    tree: trees.wanted,
    finished: {
      outcome: 'live',
      at: '',
      durationMs: 1,
      buildKey: key,
      images: { backend: { id: 'sha256:before', tag: 'shop-backend:ops-2' } },
    },
  });
  const kept = {
    ledger: { releases: [before, live], unreadable: 0 },
    images: { ...images, 'shop-backend:ops-2': 'sha256:before' },
  };

  it('are built where the tree is new', () => {
    const found = decided(withLive());
    expect(found).toMatchObject({ build: true, kept: undefined });
    expect(found.changes.find((one) => one.service.name === 'backend')).toMatchObject({
      action: 'roll',
      why: 'new image',
    });
  });

  it('of the same tree are taken', () => {
    expect(decided(kept)).toMatchObject({ build: false, kept: { backend: { id: 'sha256:before' } } });
  });

  it('but not where the build would be another one', () => {
    expect(decided(kept, wanted(), {}, target({ build: { args: { A: '1' } } })).build).toBe(true);
  });

  it('but a rollback takes them however they were built', () => {
    expect(decided(kept, wanted(), { kind: 'rollback' }, target({ build: { args: { A: '1' } } })).build).toBe(
      false,
    );
  });

  it('may be all that comes back', () => {
    const found = decided(kept, same({ onBranch: false }), { kind: 'rollback', imagesOf: before });
    expect(found).toMatchObject({ build: false, kept: { backend: { id: 'sha256:before' } } });
    expect(found.checkout).toBeUndefined();
    expect(found.changes.find((one) => one.service.name === 'backend')).toMatchObject({
      action: 'roll',
      why: 'new image',
    });
  });

  it('is refused when its images are not kept any more', () => {
    const gone = { ...kept, images: {} };
    expect(() => decided(gone, same({ onBranch: false }), { kind: 'rollback', imagesOf: before })).toThrow(
      expect.objectContaining({ code: 'IMAGES_GONE', reason: 'unchanged' }),
    );
  });

  it.each([
    ['one of two is gone', { worker: { id: 'sha256:worker', tag: 'shop-worker:ops-2' } }],
    ['one of two has been made anew', { db: { id: 'sha256:other', tag: 'postgres:16' } }],
  ])('is refused when %s', (_title, more) => {
    const imagesOf = {
      ...before,
      finished: { ...before.finished, images: { ...before.finished?.images, ...more } },
    } as Release;
    expect(() => decided(kept, same({ onBranch: false }), { kind: 'rollback', imagesOf })).toThrow(
      expect.objectContaining({
        code: 'IMAGES_GONE',
        message: `The images of ${before.id} are not kept on web1 any more.`,
        place: {
          host: 'web1',
          step: 'preflight',
          output: ['shop-backend:ops-2', ...Object.values(more).map(({ tag: of }) => of)],
        },
        next: [expect.stringContaining('ops rollback --to'), expect.stringContaining('deploy.keep')],
      }) as Error,
    );
  });

  it.each([
    ['kept none', { ...before, finished: { outcome: 'live', at: '', durationMs: 1, images: {} } }],
    ['has no list of them', { ...before, finished: { outcome: 'live', at: '', durationMs: 1 } }],
    ['never ended', { ...before, finished: undefined }],
  ])('is refused for a release that %s', (_title, imagesOf) => {
    const options = { kind: 'rollback', imagesOf: imagesOf as Release } as const;
    expect(() => decided(kept, same({ onBranch: false }), options)).toThrow(
      expect.objectContaining({ code: 'IMAGES_GONE' }) as Error,
    );
  });

  it('nothing is built', () => {
    expect(decided({}, wanted({ compose: compose({ db: services.db }) })).build).toBe(false);
  });
});

describe('the proxy’s configuration', () => {
  const nginx = container('nginx', {
    binds: [
      { source: '/srv/app/nginx.conf', destination: '/etc/nginx/nginx.conf' },
      { source: '/srv/app/conf.d', destination: '/etc/nginx/conf.d' },
    ],
  });
  const mounted = { containers: [nginx, ...running().slice(1)] };

  it.each([
    { changed: ['nginx.conf'], reload: true },
    { changed: ['conf.d/site.conf'], reload: true },
    { changed: ['conf.db'], reload: false },
    { changed: ['app.py'], reload: false },
    { changed: [], reload: false },
  ])('$changed touches it: $reload', ({ changed, reload }) => {
    expect(decided(mounted, wanted({ changed })).reload).toBe(reload);
  });

  it.each([
    ['of another container', { containers: [running()[0], container('db', { binds: nginx.binds })] }],
    ['of a container that is gone', { containers: running().slice(1) }],
    ['where there is no proxy', { ...mounted, proxy: { state: 'none' } }],
  ])('is not touched by what is mounted %s', (_title, more) => {
    expect(decided(more as Partial<HostFacts>, wanted({ changed: ['nginx.conf'] })).reload).toBe(false);
  });

  it('is another one than was loaded with the release that is live', () => {
    expect(decided(withLive(), same()).reload).toBe(false);
    expect(decided({ ...withLive(), proxy: proxy({ config: 'events {}' }) }, same()).reload).toBe(true);
    expect(decided({ ...withLive(), proxy: { state: 'none' } }, same()).reload).toBe(false);
  });
});

it('says that Compose’s view is not known, and goes by the present one', () => {
  const { compose: _, ...unknown } = wanted();
  expect(decided({}, unknown)).toMatchObject({
    certain: false,
    notes: [expect.stringContaining('after the checkout')],
  });
  expect(decided({ compose: { state: 'invalid', message: 'no' } }, unknown)).toMatchObject({
    changes: [],
    build: false,
  });
});

it('names what needs downtime, unless downtime was chosen', () => {
  const fixed = { ...services, backend: service('backend', { ...services.backend, containerName: 'web' }) };
  const want = wanted({ compose: compose(fixed) });
  expect(decided({}, want).downtime).toEqual([
    { service: 'backend', reason: expect.stringContaining('container_name') },
  ]);
  expect(decided({}, want, {}, target({ deploy: { strategy: 'recreate' } })).downtime).toEqual([]);
});

describe('a release command whose service the wanted commit does not have', () => {
  const of = (service?: string) =>
    target({ release: { command: 'migrate', ...(service === undefined ? {} : { service }) } });

  it('is refused with the names that there are', () => {
    expect(() => decided({}, wanted(), {}, of('api'))).toThrow(
      expect.objectContaining({
        code: 'NO_SUCH_SERVICE',
        reason: 'usage',
        message: 'release.service is api, and the Compose files of the wanted commit have no such service.',
        place: { host: 'web1', step: 'plan' },
        next: ['Set release.service (OPS_RELEASE_SERVICE) to one of: backend, db, nginx.'],
      }) as Error,
    );
  });

  it('does not matter to a rollback, without a command, or where the service is there', () => {
    expect(() => decided({}, wanted(), { kind: 'rollback' }, of('api'))).not.toThrow();
    expect(() => decided({}, wanted(), {}, target({ release: { service: 'api' } }))).not.toThrow();
    expect(() => decided({}, wanted(), {}, of('backend'))).not.toThrow();
    expect(() => decided({}, wanted(), {}, of())).not.toThrow();
  });
});
