import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../../../src/readers/compose/limits.ts';
import { nodeText, type ComposeNode } from '../../../../src/readers/compose/node.ts';
import type { ComposeProject, ComposeServiceModel } from '../../../../src/readers/compose/project.ts';
import { readCompose } from '../../../../src/readers/compose/read.ts';
import { filesOf, type Files } from '../../../../src/source/files.ts';
import { defaultComposePaths } from '../../../../src/readers/compose/default-paths.ts';

const fixtures = new URL('../../../fixtures/compose/', import.meta.url);

interface Case {
  files: string[];
  env?: Record<string, string>;
}

/** What `docker compose config --format json` printed, its directory written as `.`. */
interface Resolved {
  services: Record<string, ResolvedService>;
}

interface ResolvedService {
  image?: string;
  command?: string[] | null;
  entrypoint?: string[] | null;
  environment?: Record<string, string | null>;
  build?: { context: string; dockerfile: string; target?: string; args?: Record<string, string> };
  ports?: { host_ip?: string; published?: string; target: number; protocol: string }[];
  volumes?: { type: string; source?: string; target: string; read_only?: boolean }[];
  tmpfs?: string[];
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas?: number; resources?: { limits?: { cpus?: number; memory?: string } } };
  scale?: number;
  cpus?: number;
  mem_limit?: string;
  restart?: string;
  healthcheck?: { test?: string[]; retries?: number; interval?: string };
  logging?: { driver?: string; options?: Record<string, string> };
  labels?: Record<string, string>;
}

function filesIn(directory: URL): Files {
  const texts = new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`)
      .map((path) => [path.slice(directory.pathname.length).replace(/^\//, ''), readFileSync(path, 'utf8')]),
  );
  return filesOf(texts);
}

describe.each(readdirSync(fixtures))('the project %s', (name) => {
  const directory = new URL(`${name}/`, fixtures);
  const json = (file: string) => JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as unknown;
  const { files: paths, env = {} } = json('case.json') as Case;
  const files = filesIn(directory);
  const project = readCompose(files, { paths, env });

  it('is read as docker compose reads it', () => {
    const { services } = unescape(json('resolved.json')) as Resolved;
    const expected = Object.fromEntries(
      Object.entries(services).map(([service, resolved]) => [service, ofCompose(resolved)]),
    );
    expect(Object.fromEntries(project.services.map((model) => [model.name, ofModel(model)]))).toEqual(
      expected,
    );
    expect(project.problems).toEqual([]);
  });

  it('knows the place of every value', () => {
    const numbers: string[] = [];
    for (const service of project.services) {
      expect(textAt(files, service.nameAt)?.replaceAll('"', '')).toBe(service.name);
      const walk = (node: ComposeNode) => {
        if (node.kind === 'list') node.items.forEach(walk);
        if (node.kind === 'map') for (const { node: value } of node.entries.values()) walk(value);
        if (node.kind === 'scalar' && typeof node.value === 'number')
          numbers.push(textAt(files, node.at) ?? '');
      };
      const whole = service.get();
      if (whole) walk(whole);
    }
    expect(numbers.filter((text) => !/^[-+]?[.\d][\w.]*$/.test(text))).toEqual([]);
  });
});

function textAt(files: Files, { path, start, end }: { path: string; start: number; end: number }) {
  return files.read(path)?.slice(start, end);
}

/** Compose prints a dollar as it would have to be written. */
function unescape(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$$', '$');
  if (Array.isArray(value)) return value.map(unescape);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unescape(inner)]));
}

function ofCompose(service: ResolvedService) {
  const limits = service.deploy?.resources?.limits;
  const memory = limits?.memory ?? service.mem_limit;
  return {
    image: service.image,
    command: service.command ?? undefined,
    entrypoint: service.entrypoint ?? undefined,
    environment: Object.fromEntries(
      Object.entries(service.environment ?? {}).map(([key, value]) => [key, value ?? undefined]),
    ),
    build: service.build && {
      args: {},
      ...service.build,
      context: service.build.context.replace(/^\.\/?/, ''),
    },
    ports: (service.ports ?? []).map(({ host_ip, published, target, protocol }) => ({
      ...(host_ip ? { address: host_ip } : {}),
      ...(published ? { published } : {}),
      target,
      protocol: protocol ?? 'tcp',
    })),
    mounts: [
      ...(service.volumes ?? []).map(({ type, source, target, read_only }) => ({
        type,
        source: source?.startsWith('./') ? source.slice(2) : type === 'bind' ? undefined : source,
        target,
        readOnly: read_only ?? false,
      })),
      ...(service.tmpfs ?? []).map((target) => ({
        type: 'tmpfs',
        source: undefined,
        target,
        readOnly: false,
      })),
    ],
    dependsOn: Object.fromEntries(
      Object.entries(service.depends_on ?? {}).map(([name, { condition }]) => [name, condition]),
    ),
    replicas: service.deploy?.replicas ?? service.scale ?? 1,
    memory: memory === undefined ? undefined : Number(memory),
    cpus: limits?.cpus ?? service.cpus,
    restart: service.restart,
    interval: service.healthcheck?.interval,
    retries: service.healthcheck?.retries,
    driver: service.logging?.driver,
    maxSize: service.logging?.options?.['max-size'],
    labels: Object.keys(service.labels ?? {}).toSorted(),
  };
}

function ofModel(service: ComposeServiceModel): ReturnType<typeof ofCompose> {
  const labels = service.get('labels');
  const limits = limitsOf(service);
  const retries = nodeText(service.get('healthcheck', 'retries'));
  return {
    image: service.image?.value,
    command: service.command && [...service.command.value],
    entrypoint: service.entrypoint && [...service.entrypoint.value],
    environment: Object.fromEntries([...service.environment].map(([key, { value }]) => [key, value])),
    build: service.build && {
      context: service.build.context ?? 'outside',
      dockerfile: service.build.dockerfile ?? 'Dockerfile',
      ...(service.build.target ? { target: service.build.target } : {}),
      args: Object.fromEntries(service.build.args),
    },
    ports: service.ports.map(({ address, published, target, protocol }) => ({
      ...(address ? { address } : {}),
      ...(published ? { published } : {}),
      target,
      protocol,
    })),
    mounts: service.mounts
      .filter(({ type }) => type !== 'config' && type !== 'secret')
      .map(({ type, source, sourcePath, target, readOnly }) => ({
        type,
        source: type === 'bind' ? sourcePath : source,
        target,
        readOnly,
      })),
    dependsOn: Object.fromEntries([...service.dependsOn].map(([name, { condition }]) => [name, condition])),
    replicas: service.replicas,
    memory: limits.memoryBytes?.value,
    cpus: limits.cpus?.value,
    restart: nodeText(service.get('restart')),
    interval: nodeText(service.get('healthcheck', 'interval')),
    retries: retries === undefined ? undefined : Number(retries),
    driver: nodeText(service.get('logging', 'driver')),
    maxSize: nodeText(service.get('logging', 'options', 'max-size')),
    labels: labels?.kind === 'map' ? [...labels.entries.keys()].toSorted() : [],
  };
}

function project(texts: Record<string, string>, paths = Object.keys(texts)): ComposeProject {
  return readCompose(filesOf(new Map(Object.entries(texts))), { paths, env: {} });
}

describe('what is wrong with a project', () => {
  it('names a file that is missing, and where it is named', () => {
    const text = 'services:\n  app:\n    image: a\n    env_file: app.env\n';
    expect(project({ 'compose.yml': text }).problems).toEqual([
      {
        kind: 'missing',
        path: 'app.env',
        at: { path: 'compose.yml', start: 44, end: 51 },
        message: "`app.env` is not among the project's files.",
      },
    ]);
    expect(project({}, ['other.yml']).problems).toMatchObject([{ kind: 'missing', path: 'other.yml' }]);
  });

  it('reads nothing of a file that is no YAML, and says where it stops to be', () => {
    const { services, problems } = project({ 'a.yml': 'services:\n  app:\n    image: "a\n' });
    expect(services).toEqual([]);
    expect(problems).toMatchObject([{ kind: 'syntax', path: 'a.yml' }]);
  });

  it.each([
    ['a key twice', 'services:\n  app:\n    image: a\n    image: b\n', /already defined/],
    ['an alias without an anchor', 'services:\n  app: *none\n', /no anchor/],
    ['an anchor in itself', 'services:\n  app: &a {image: x, y: *a}\n', /stands in what it names/],
    ['a lonely dollar', 'services:\n  app:\n    command: echo $1\n', /literal one/],
    ['what extends itself', 'services:\n  app:\n    extends: app\n', /extends itself/],
    ['what extends nothing', 'services:\n  app:\n    extends: nobody\n', /no service `nobody`/],
    ['what includes itself', 'include: [compose.yml]\nservices: {a: {image: a}}\n', /includes itself/],
    ['a list', '- a\n', /is a mapping/],
    ['too deep a nest', `a: ${'['.repeat(5000)}`, /levels deep/],
  ])('%s', (_, text, message) => {
    const { problems } = project({ 'compose.yml': text });
    expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
  });

  it('takes a circle of files as far as it goes', () => {
    const service = (file: string) => `services: {x: {image: i, extends: {file: ${file}, service: x}}}`;
    const { services, problems } = project({ 'a.yml': service('b.yml'), 'b.yml': service('a.yml') }, [
      'a.yml',
    ]);
    expect(services.map(({ image }) => image?.value)).toEqual(['i']);
    expect(problems).toMatchObject([{ message: '`x` extends itself.' }]);
  });

  it('does not unfold aliases of aliases', () => {
    const levels = Array.from({ length: 30 }, (_, index) =>
      index === 0 ? 'x0: &x0 [a, b]' : `x${index}: &x${index} [*x${index - 1}, *x${index - 1}]`,
    );
    const text = `${levels.join('\n')}\nservices: {app: {image: a, labels: *x29, deploy: *x29}}\n`;
    const over = 'services: {app: {labels: {a: b}, deploy: {labels: [a]}}}';
    expect(project({ 'a.yml': text, 'b.yml': over }).services).toHaveLength(1);
    const maps = levels.map((line) => line.replace('[', '{k: ').replace(', ', ', l: ').replace(']', '}'));
    const bomb = `${maps.join('\n')}\nservices: {app: {image: a, x: *x29}}\n`;
    expect(project({ 'a.yml': bomb, 'b.yml': bomb }).problems).toMatchObject([{ kind: 'unsupported' }]);
  });
});

describe('defaultComposePaths', () => {
  const paths = (names: readonly string[], directory = '', env = '') =>
    defaultComposePaths(
      filesOf(new Map([...names.map((name) => [name, ''] as const), ['.env', env]])),
      directory,
    );

  it.each([
    [['docker-compose.yml', 'compose.yaml'], ['compose.yaml']],
    [
      ['docker-compose.yml', 'docker-compose.override.yml', 'docker-compose.prod.yml'],
      ['docker-compose.yml', 'docker-compose.override.yml'],
    ],
    [['docker-compose.prod.yml', 'docker-compose.override.yml'], ['docker-compose.prod.yml']],
    [['compose.production.yaml'], ['compose.production.yaml']],
    [['sub/compose.yml', 'other.yml'], []],
  ])('%j → %j', (names, expected) => {
    expect(paths(names)).toEqual(expected);
  });

  it('looks in a directory, and listens to COMPOSE_FILE', () => {
    expect(paths(['sub/compose.yml', 'compose.yml'], 'sub')).toEqual(['sub/compose.yml']);
    expect(paths(['compose.yml'], '', 'COMPOSE_FILE=a.yml:b.yml')).toEqual(['a.yml', 'b.yml']);
  });
});
