import { directoryOf, joinPath, type Files } from '../../source/files.ts';
import { Loader } from './load.ts';
import { MergeBudget, withoutResets } from './merge.ts';
import type { ComposeProject } from './project.ts';
import { Reading, type Scope } from './scope.ts';
import { nodeText } from './node.ts';
import { nodeAt, serviceModel } from './service.ts';

export interface ReadComposeOptions {
  /** As `-f` would name them, relative to the root of the files; later ones over earlier ones. */
  paths: readonly string[];
  /** The operator's environment; it wins over `.env`. */
  env: Readonly<Record<string, string>>;
  /** Active profiles; undefined: those of `COMPOSE_PROFILES`. */
  profiles?: readonly string[];
  /** The project's directory, relative to the root of the files; undefined: that of the first path. */
  directory?: string;
}

/**
 * Reads a Compose project as `docker compose config` resolves it, each value with its place: variables and `.env`,
 * anchors, several files, `extends`, `include`, profiles, env files. Never throws.
 */
export function readCompose(files: Files, options: ReadComposeOptions): ComposeProject {
  const directory = options.directory ?? directoryOf(options.paths[0] ?? '');
  const reading = new Reading(files);
  for (const path of options.paths) if (files.read(path) !== undefined) reading.paths.add(path);
  const budget = new MergeBudget();
  const scope = projectScope(reading, directory, options.env);
  const loader = new Loader(reading, budget);
  const start = (path: string) => ({ path, start: 0, end: 0 });
  const loaded = loader.load(
    options.paths.map((path) => ({ value: relative(directory, path), at: start(path) })),
    scope,
    [],
  );
  const model = withoutResets(loaded);
  if (budget.exceeded)
    reading.problems.push({
      kind: 'unsupported',
      path: options.paths[0] ?? '',
      message: 'The files stand for more values than can be merged.',
    });
  const services = nodeAt(model, ['services']);
  const [first] = options.paths;
  if (services === undefined && first !== undefined && reading.problems.length === 0)
    reading.problems.push({
      kind: 'unsupported',
      path: first,
      at: start(first),
      message: 'There are no `services` in it: nothing can be looked at.',
    });
  const active = options.profiles ?? splitProfiles(scope.lookup('COMPOSE_PROFILES'));
  const all = services?.kind === 'map' ? [...services.entries] : [];
  const isActive = ([, { node }]: (typeof all)[number]) => {
    const wanted = profilesOf(nodeAt(node, ['profiles']));
    return wanted.length === 0 || active.includes('*') || wanted.some((profile) => active.includes(profile));
  };
  const models = all
    .filter(isActive)
    .map(([name, { node, keyAt }]) =>
      serviceModel(name, node, loader.definitions.get(name) ?? [{ keyAt, node }], { reading, scope, model }),
    );
  const name = scope.lookup('COMPOSE_PROJECT_NAME') ?? nodeText(nodeAt(model, ['name']));
  return {
    paths: [...reading.paths],
    directory,
    ...(name ? { name } : {}),
    services: models,
    inactive: all.filter((entry) => !isActive(entry)).map(([service]) => service),
    problems: reading.problems,
  };
}

/** The variables that the files of a project see: the operator's own, then those of `.env` beside them. */
function projectScope(reading: Reading, directory: string, env: Readonly<Record<string, string>>): Scope {
  const outer = {
    base: directory,
    lookup: (name: string) => (Object.hasOwn(env, name) ? env[name] : undefined),
  };
  const path = joinPath(directory, '.env') ?? '.env';
  return reading.withEnv(outer, directory, [{ value: '.env', at: { path, start: 0, end: 0 } }], false);
}

function splitProfiles(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((profile) => profile.trim() || []);
}

function profilesOf(node: ReturnType<typeof nodeAt>): string[] {
  return node?.kind === 'list' ? node.items.flatMap((item) => nodeText(item) ?? []) : [];
}

/** A path seen from a directory; both are relative to the root. */
function relative(directory: string, path: string): string {
  if (directory === '') return path;
  if (path.startsWith(`${directory}/`)) return path.slice(directory.length + 1);
  return `${directory
    .split('/')
    .map(() => '..')
    .join('/')}/${path}`;
}
