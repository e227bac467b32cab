import { describe, expect, it } from 'vitest';
import {
  removeAddedSteps,
  restoreSourceSteps,
  stopStartedStep,
  type RestoreInput,
} from '../../../src/deploy/plan-restore.ts';
import type { HostFacts } from '../../../src/facts/index.ts';
import type { Step } from '../../../src/plan/step.ts';
import {
  commits,
  compose,
  container,
  facts,
  git,
  images,
  proxy,
  running,
  script,
  service,
  services,
  target,
  trees,
} from './stack.ts';

const text = (step: Step | undefined): string => (step?.kind === 'script' ? step.script : '');
const before = {
  commit: commits.live,
  tree: trees.live,
  branch: 'main',
  images: { backend: { id: 'sha256:backend', tag: 'shop-backend:ops-1', name: 'shop-backend:latest' } },
};
const steps = (more: Partial<RestoreInput> = {}) =>
  restoreSourceSteps({
    script,
    facts: facts({ git: git({ commit: commits.wanted }) }),
    target: target(),
    previous: before,
    checkedOut: { commit: commits.old, branch: 'main' },
    ...more,
  });
const ids = (more?: Partial<RestoreInput>) => steps(more).map(({ id }) => id);

describe('putting the source back', () => {
  it('tree and image names', () => {
    expect(ids()).toEqual(['end-leftovers', 'checkout', 'retag']);
    expect(text(steps()[0])).toContain('label=dev.ops.run=run1');
    expect(text(steps()[1])).toContain(`go -B main ${commits.live}`);
    expect(text(steps()[2])).toContain('docker tag sha256:backend shop-backend:latest');
  });

  it.each<{ title: string; more: Partial<RestoreInput>; expected: string[] }>([
    { title: 'HEAD never moved', more: { facts: facts() }, expected: ['end-leftovers', 'retag'] },
    {
      title: 'only the branch changed',
      more: { facts: facts({ git: git({ branch: 'other' }) }) },
      expected: ['end-leftovers', 'checkout', 'retag'],
    },
    {
      title: 'its checkout was ended in its middle',
      more: { facts: facts({ git: git({ interrupted: true, changes: [' M app.py'] }) }) },
      expected: ['end-leftovers', 'settle-checkout', 'retag'],
    },
    {
      title: 'local changes were stashed',
      more: { stash: 'ops R', checkedOut: { commit: commits.live, branch: 'main' } },
      expected: ['end-leftovers', 'checkout', 'unstash', 'retag'],
    },
    {
      title: 'the stash belongs to another commit',
      more: { stash: 'ops R' },
      expected: ['end-leftovers', 'checkout', 'retag'],
    },
    {
      title: 'there is no clone any more',
      more: { facts: facts({ git: { state: 'no-repository' } }) },
      expected: ['end-leftovers', 'retag'],
    },
    {
      title: 'Compose refuses the files: the images have their names all the same',
      more: { facts: facts({ compose: { state: 'invalid', message: 'no' } }) },
      expected: ['end-leftovers', 'retag'],
    },
    { title: 'the image is gone', more: { facts: facts({ images: {} }) }, expected: ['end-leftovers'] },
    {
      title: 'nothing ran before: only the tree',
      more: { previous: undefined },
      expected: ['end-leftovers', 'checkout'],
    },
    {
      title: 'nothing ran before, and HEAD is there',
      more: { previous: undefined, checkedOut: { commit: commits.live, branch: 'main' }, facts: facts() },
      expected: ['end-leftovers'],
    },
  ])('$title', ({ more, expected }) => {
    expect(ids(more)).toEqual(expected);
  });

  it('a detached HEAD is detached again', () => {
    const { branch: _, ...detached } = before;
    const [, checkout] = steps({ previous: detached });
    expect(text(checkout)).toContain(`go --detach ${commits.live}`);
  });

  it('mounted files keep their inode', () => {
    const nginx = container('nginx', {
      binds: [{ source: '/srv/app/nginx.conf', destination: '/etc/nginx/nginx.conf' }],
    });
    const now = facts({ git: git({ commit: commits.wanted }), containers: [nginx] });
    expect(text(steps({ facts: now })[1])).toContain('for file in nginx.conf; do');
    const elsewhere = container('nginx', {
      binds: [{ source: '/etc/ssl/site.pem', destination: '/etc/nginx/site.pem' }],
    });
    expect(text(steps({ facts: { ...now, containers: [elsewhere] } })[1])).not.toContain('site.pem');
    const slashed = { ...target(), appDir: '/srv/app//' };
    expect(text(steps({ facts: now, target: slashed })[1])).toContain('for file in nginx.conf; do');
  });

  it.each([
    { title: 'an older ledger has no such name', name: undefined, services, expected: 'shop-backend:latest' },
    { title: 'nor has Compose', name: undefined, services: {}, expected: 'shop-backend:ops-1' },
    {
      title: 'the name is another one since',
      name: 'registry:5000/app',
      services,
      expected: 'registry:5000/app:latest',
    },
  ])('an image gets the name that it ran by: $title', ({ name, services: all, expected }) => {
    const image = {
      id: 'sha256:backend',
      tag: 'shop-backend:ops-1',
      ...(name === undefined ? {} : { name }),
    };
    const found = steps({
      previous: { ...before, images: { backend: image } },
      facts: facts({ compose: compose(all), images }),
    });
    expect(text(found.find(({ id }) => id === 'retag'))).toContain(`docker tag sha256:backend ${expected}`);
  });
});

describe('what only the failed release has', () => {
  const had = { ...before, services: ['nginx', 'backend', 'db'] };
  const remove = (containers: HostFacts['containers'], more: Partial<RestoreInput> = {}) =>
    removeAddedSteps({
      script,
      facts: facts({ containers: [...running(), ...containers] }),
      target: target(),
      previous: had,
      ...more,
    } as Parameters<typeof removeAddedSteps>[0]);
  const worker = container('worker', { id: 'worker-1', imageName: 'shop-worker' });

  it('is stopped and removed, all of it', () => {
    const [step, ...rest] = remove([worker, container('worker', { id: 'worker-2', state: 'exited' })]);
    expect(rest).toEqual([]);
    expect(step).toMatchObject({
      id: 'remove-added',
      title: 'Stop and remove what only the failed release has: worker',
    });
    expect(text(step)).toContain('docker rm --force worker-1');
    expect(text(step)).toContain('docker rm --force worker-2');
    expect(text(step)).not.toContain('backend');
  });

  it.each<[string, HostFacts['containers'], Partial<RestoreInput>]>([
    ['a store', [container('cache', { imageName: 'redis:7' })], {}],
    [
      'a service that is named as a store',
      [worker],
      { target: target({ services: { stateful: ['worker'] } }) },
    ],
    [
      'what was there before, as forgotten as it is',
      [worker],
      { previous: { ...had, services: ['worker'] } },
    ],
    ['what an older ledger does not tell of', [worker], { previous: before }],
    [
      'what the previous files have, though it did not run',
      [worker],
      {
        facts: facts({
          containers: [...running(), worker],
          compose: compose({ ...services, worker: service('worker') }),
        }),
      },
    ],
    [
      'what nobody can tell apart, for Compose refuses the files',
      [worker],
      {
        facts: facts({
          containers: [...running(), worker],
          compose: { state: 'invalid', message: 'no' },
        }),
      },
    ],
  ])('but not %s', (_what, containers, more) => {
    expect(remove(containers, more)).toEqual([]);
  });
});

describe('after a first deploy that failed', () => {
  const stop = (more: Parameters<typeof facts>[0] = {}) =>
    text(stopStartedStep({ script, facts: facts(more), target: target() }));

  it('all but the stores is stopped', () => {
    expect(stop()).toContain('dc stop nginx backend 2>&1');
  });

  it('or nothing is', () => {
    expect(stop({ compose: { state: 'invalid', message: 'x' } })).not.toContain('dc stop');
    expect(stop({ compose: compose({ db: services.db }), proxy: proxy() })).not.toContain('dc stop');
  });
});
