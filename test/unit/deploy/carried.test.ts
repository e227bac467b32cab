import { describe, expect, it } from 'vitest';
import { decide, type DecideOptions } from '../../../src/deploy/decide.ts';
import { buildKey } from '../../../src/deploy/naming.ts';
import type { ComposeService } from '../../../src/facts/compose.ts';
import type { ContainerFact } from '../../../src/facts/containers.ts';
import type { HostFacts } from '../../../src/facts/index.ts';
import type { Release } from '../../../src/ledger/ledger.ts';
import {
  commits,
  compose,
  container,
  facts,
  git,
  images as usual,
  release,
  service,
  services as plain,
  target,
  trees,
  wanted,
} from './stack.ts';

type Services = Readonly<Record<string, ComposeService>>;

const build = { context: '/srv/app/nginx', dockerfile: 'Dockerfile' };
/** As `plain`, with a proxy that the project builds. */
const services: Services = {
  ...plain,
  nginx: service('nginx', { ...plain.nginx, builds: true, image: 'shop-nginx', build }),
  backend: { ...plain.backend, build: { context: '/srv/app/backend', dockerfile: 'Dockerfile' } },
};
const images = { ...usual, 'shop-nginx:latest': 'sha256:nginx' };
const running = [container('nginx'), container('backend'), container('db')];

interface Given {
  changed?: readonly string[];
  /** Of the work tree, and of the wanted commit where that differs. */
  present?: Services;
  next?: Services;
  containers?: readonly ContainerFact[];
  images?: HostFacts['images'];
  live?: Partial<Release> | null;
  key?: string;
  args?: Readonly<Record<string, string>>;
  options?: Partial<DecideOptions>;
  stateful?: string[];
  uncertain?: boolean;
}

function decided({ changed = ['backend/main.py'], present = services, next = present, ...more }: Given = {}) {
  const finished = {
    outcome: 'live' as const,
    at: '',
    durationMs: 1,
    images: {},
    buildKey: more.key ?? buildKey(compose(present), {}),
  };
  const live = release(1, { commit: commits.live, tree: trees.live, finished, ...more.live });
  const { compose: view, ...want } = wanted({ changed, compose: compose(next) });
  return decide(
    'web1',
    facts({
      compose: compose(present),
      images: more.images ?? images,
      containers: [...(more.containers ?? running)],
      ledger: { releases: more.live === null ? [] : [live], unreadable: 0 },
    }),
    git(),
    more.uncertain === true || view === undefined ? want : { ...want, compose: view },
    target({ services: { stateful: more.stateful ?? [] }, build: { args: more.args ?? {} } }),
    { kind: 'deploy', force: false, rebuild: false, ...more.options },
  );
}

const carried = (given: Given = {}): string[] => [...decided(given).carried];

describe('a proxy that the project builds', () => {
  it('keeps its image and runs on while the app is released', () => {
    const decision = decided();
    expect([...decision.carried]).toEqual(['nginx']);
    expect(decision.changes.map(({ service: { name }, action }) => [name, action])).toEqual([
      ['db', 'keep'],
      ['backend', 'roll'],
      ['nginx', 'keep'],
    ]);
    expect(decision.downtime).toEqual([]);
    expect(decision.notes).toContainEqual(expect.stringMatching(/^Not built again.*: nginx\..*--rebuild/));
  });

  it.each([
    ['a file of its context', 'nginx/nginx.conf'],
    ['its Dockerfile', 'nginx/Dockerfile'],
    ['its context, which became a file', 'nginx'],
    ['a name that git quotes', String.raw`"nginx/a\tb"`],
  ])('is built when there is a change of %s', (_what, path) => {
    const decision = decided({ changed: ['backend/main.py', path] });
    expect([...decision.carried]).toEqual([]);
    expect(decision.downtime).toEqual([
      { service: 'nginx', reason: expect.stringContaining('proxy') as string },
    ]);
    expect(decision.notes).toEqual([]);
  });

  it('keeps it though a neighbour changes whose name begins alike', () => {
    expect(carried({ changed: ['nginx-old/nginx.conf', 'nginx.md'] })).toEqual(['nginx']);
  });

  it('is built when a Dockerfile outside its context changes', () => {
    const present = {
      ...services,
      nginx: service('nginx', {
        ...services['nginx'],
        build: { ...build, dockerfile: '../docker/nginx.Dockerfile' },
      }),
    };
    expect(carried({ present })).toEqual(['nginx']);
    expect(carried({ present, changed: ['docker/nginx.Dockerfile'] })).toEqual([]);
  });

  const odd: Record<string, unknown> = {
    'the whole app': { ...build, context: '/srv/app' },
    'a folder that is not the app’s': { ...build, context: '/srv/other' },
    'the folder above the app': { ...build, context: '/srv' },
    'a remote': { ...build, context: 'https://example.com/nginx.git' },
    'several places': { ...build, additional_contexts: { base: '/srv/base' } },
    'a Dockerfile elsewhere': { ...build, dockerfile: '/etc/Dockerfile' },
    'no build section': undefined,
  };
  it.each(Object.entries(odd))('is built when it is made from %s', (_where, of) => {
    const present = { ...services, nginx: service('nginx', { ...services['nginx'], build: of }) };
    expect(carried({ present, changed: [] })).toEqual([]);
  });

  it('is built when its build section changes, or the section is new', () => {
    const other = service('nginx', { ...services['nginx'], build: { ...build, target: 'small' } });
    expect(carried({ next: { ...services, nginx: other } })).toEqual([]);
    const { nginx: _, ...without } = services;
    expect(carried({ present: without, next: services })).toEqual([]);
  });

  it.each<[string, Given]>([
    [
      'another image was built under its name since',
      { images: { ...images, 'shop-nginx:latest': 'sha256:x' } },
    ],
    ['its image is gone', { images: usual, containers: [container('nginx', { image: 'sha256:x' })] }],
    ['it does not run', { containers: running.slice(1) }],
    [
      'its configuration changes',
      { containers: [container('nginx', { configHash: 'old' }), ...running.slice(1)] },
    ],
    ['what serves was built with other arguments', { args: { NODE_ENV: 'production' } }],
    ['what serves was built from another configuration', { key: 'another' }],
    ['another commit is live than is checked out', { live: { commit: commits.old } }],
    ['nothing was released yet', { live: null }],
    ['a build of everything is wanted', { options: { rebuild: true } }],
    ['what Compose makes of the commit is not known', { uncertain: true }],
  ])('is built when %s', (_when, given) => {
    expect(carried(given)).toEqual([]);
  });

  it('keeps it in a rollback that has to build', () => {
    expect(carried({ options: { kind: 'rollback' } })).toEqual(['nginx']);
  });
});

it('a database that the project builds keeps its image, too', () => {
  const present = {
    ...services,
    db: service('db', { build: { context: '/srv/app/postgres', dockerfile: 'Dockerfile' } }),
  };
  const own = { present, stateful: ['db'], images: { ...images, 'shop-db:latest': 'sha256:db' } };
  expect(carried(own).toSorted()).toEqual(['db', 'nginx']);
  expect(carried({ ...own, changed: ['postgres/init.sql'] })).toEqual(['nginx']);
});

describe('an image that two services build', () => {
  const worker = service('worker', {
    ...services['nginx'],
    name: 'worker',
    hash: 'worker-hash',
    published: [],
  });
  const present = { ...services, worker };
  const both = [...running, container('worker', { image: 'sha256:nginx' })];

  it('is built for both when one of them can be rolled', () => {
    expect(carried({ present, containers: both })).toEqual([]);
  });

  it('is kept for both when neither can', () => {
    const fixed = { ...present, worker: { ...worker, containerName: 'worker' } };
    expect(carried({ present: fixed, containers: both })).toEqual(['nginx', 'worker']);
  });
});
