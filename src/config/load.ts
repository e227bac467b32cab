import { join, relative, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { chooseTarget } from './choose-target.ts';
import type { Config } from './config.ts';
import { diskFiles, type Files } from './files.ts';
import { readFlags, type ConfigFlags } from './flags.ts';
import type { Layer } from './layer.ts';
import { mergeLayers } from './merge.ts';
import type { OpsYaml, Reading } from './ops-yaml.ts';
import { ConfigError, type Problem } from './problem.ts';
import { configNames, findRoot, sandboxFolder } from './root.ts';
import { settings, type SettingPath } from './settings.ts';
import { readDotenv, readVariables, type VariableReading } from './variables.ts';

export interface LoadInput {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Parsed flags of a command; those that no setting knows are ignored. */
  flags: object;
  /** By default the disk. */
  files?: Files;
}

export interface Loaded {
  config: Config;
  /** Sentences for the user; nothing is wrong, but something may not be meant. */
  warnings: readonly string[];
  /** Every target that could have been chosen. */
  targets: readonly string[];
}

/** The name of the only target where ops.yaml names none. */
const implicitName = 'production';

interface Sources {
  root: string;
  yaml: OpsYaml;
  sandboxes: ReadonlyMap<string, Layer>;
  dotenv: VariableReading;
  environment: VariableReading;
  /** `.env`, environment, flags. */
  overrides: readonly Layer[];
}

/**
 * The effective configuration: flags > environment > `.env` > ops.yaml > defaults.
 * Rejects with one `UsageError` that lists everything that is wrong.
 */
export async function loadConfig(input: LoadInput): Promise<Loaded> {
  const sources = await readSources(input);
  const { root, yaml, sandboxes, dotenv, environment, overrides } = sources;
  const flags: ConfigFlags = input.flags;
  const own = ownTargets(yaml, overrides);
  const names = [...sandboxes.keys()];
  const wanted = wantedTarget(flags, environment, dotenv, yaml);
  const name = chooseTarget({ own, sandboxes: names, ...(wanted === undefined ? {} : { wanted }) });
  const merged = mergeLayers(name, layersOf(name, own, sources));
  if (merged.target.hosts.length === 0) throw noHosts(name);
  return {
    config: { root, target: merged.target, provenance: merged.provenance },
    warnings: [...environment.unknown.map(({ text }) => `Environment: ${text}`), ...merged.warnings],
    targets: [...own, ...names],
  };
}

/**
 * Host names of every target: of its URL, and the addresses of its servers. Whoever configured them may ask them.
 * Rejects with a `UsageError` where the configuration is wrong.
 */
export async function configuredNames(input: LoadInput): Promise<ReadonlySet<string>> {
  const sources = await readSources(input);
  const own = ownTargets(sources.yaml, sources.overrides);
  const targets = [...own, ...sources.sandboxes.keys()].map(
    (name) => mergeLayers(name, layersOf(name, own, sources)).target,
  );
  return new Set(
    targets.flatMap(({ url, hosts }) => [
      ...(url === undefined ? [] : [new URL(url).hostname]),
      ...hosts.map(({ address }) => address.toLowerCase()),
    ]),
  );
}

async function readSources({ cwd, env, files = diskFiles, flags }: LoadInput): Promise<Sources> {
  const root = await findRoot(files, cwd, env['HOME'] ?? env['USERPROFILE']);
  const yaml = await loadOpsYaml(files, cwd, root);
  const sandboxes = await loadSandboxes(files, cwd, root);
  const dotenv = await loadDotenv(files, cwd, root);
  const environment = readVariables(env, 'environment', 'environment', resolve(cwd));
  const fromFlags = readFlags(flags, resolve(cwd));
  const problems = [
    ...yaml.problems,
    ...sandboxes.problems,
    ...dotenv.problems,
    ...environment.problems,
    ...fromFlags.problems,
    ...twiceDefined(yaml.result, sandboxes.result, cwd),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    root,
    yaml: yaml.result,
    sandboxes: sandboxes.result,
    dotenv,
    environment,
    overrides: [dotenv.layer, environment.layer, fromFlags.layer],
  };
}

function layersOf(
  name: string,
  own: readonly string[],
  { yaml, sandboxes, overrides }: Sources,
): readonly Layer[] {
  const sandbox = own.includes(name) ? undefined : sandboxes.get(name);
  return sandbox === undefined
    ? [yaml.defaults, yaml.targets.get(name), ...overrides].filter((layer) => layer !== undefined)
    : sandboxLayers(yaml.defaults, sandbox, overrides);
}

function display(cwd: string, path: string): string {
  return relative(cwd, path).replaceAll('\\', '/');
}

async function loadOpsYaml(files: Files, cwd: string, root: string): Promise<Reading<OpsYaml>> {
  const found: { path: string; text: string }[] = [];
  for (const name of configNames) {
    const path = join(root, name);
    const text = await files.read(path);
    if (text !== undefined) found.push({ path, text });
  }
  const [first, second] = found;
  if (second !== undefined) {
    throw new UsageError('CONFIG_TWICE', 'There are both ops.yaml and ops.yml.', {
      place: { file: display(cwd, second.path) },
      next: ['Keep one of them.'],
    });
  }
  if (first === undefined) return { result: noYaml(root), problems: [] };
  // A YAML reader is much to load for those who have only a `.env`.
  const { readOpsYaml } = await import('./ops-yaml.ts');
  return readOpsYaml(first.text, display(cwd, first.path), root);
}

function noYaml(root: string): OpsYaml {
  return { defaults: { source: 'ops.yaml', base: root, values: new Map() }, targets: new Map() };
}

async function loadDotenv(files: Files, cwd: string, root: string): Promise<VariableReading> {
  const path = join(root, '.env');
  return readDotenv((await files.read(path)) ?? '', display(cwd, path), root);
}

/** The target files that `ops sandbox up` wrote, below the root and below where the command was started. */
async function loadSandboxes(
  files: Files,
  cwd: string,
  root: string,
): Promise<Reading<ReadonlyMap<string, Layer>>> {
  const result = new Map<string, Layer>();
  const problems: Problem[] = [];
  for (const folder of new Set([root, resolve(cwd)])) {
    const parent = join(folder, sandboxFolder);
    for (const name of await files.list(parent)) {
      const path = join(parent, name, 'target.yaml');
      const text = await files.read(path);
      if (text === undefined || result.has(name)) continue;
      const { readTargetFile } = await import('./ops-yaml.ts');
      const reading = readTargetFile(text, display(cwd, path), join(parent, name));
      problems.push(...reading.problems);
      result.set(name, reading.result);
    }
  }
  return { result, problems };
}

function twiceDefined(yaml: OpsYaml, sandboxes: ReadonlyMap<string, Layer>, cwd: string): Problem[] {
  return [...sandboxes]
    .filter(([name]) => yaml.targets.has(name))
    .map(([name, { base }]) => ({
      where: display(cwd, join(base, 'target.yaml')),
      text: `target "${name}" is defined twice: by this sandbox and in ops.yaml; rename one of them`,
    }));
}

/** Without `targets`, hosts at the top of ops.yaml or in variables make one target. */
function ownTargets({ defaults, targets }: OpsYaml, overrides: readonly Layer[]): string[] {
  if (targets.size > 0) return [...targets.keys()];
  return [defaults, ...overrides].some(({ values }) => values.has('hosts')) ? [implicitName] : [];
}

function wantedTarget(
  flags: ConfigFlags,
  environment: VariableReading,
  dotenv: VariableReading,
  { defaultTarget }: OpsYaml,
): { name: string; where: string } | undefined {
  if (typeof flags.target === 'string') return { name: flags.target, where: '-t' };
  if (environment.target !== undefined) return { name: environment.target, where: 'OPS_TARGET' };
  if (dotenv.target !== undefined) return { name: dotenv.target, where: 'OPS_TARGET of .env' };
  return defaultTarget === undefined ? undefined : { name: defaultTarget.name, where: defaultTarget.detail };
}

/**
 * A sandbox says itself how it is reached. What `.env`, environment and the defaults of ops.yaml say about that is
 * meant for a real server, so it is left out; only flags can override it.
 */
function sandboxLayers(
  defaults: Layer,
  sandbox: Layer,
  [dotenv, environment, flags]: readonly Layer[],
): Layer[] {
  const own: Layer = { source: 'default', base: '', values: new Map([['production', { value: false }]]) };
  const general = [defaults, dotenv, environment]
    .filter((layer) => layer !== undefined)
    .map((layer): Layer => {
      const values = [...layer.values].filter(([path]) => !isOwnOfSandbox(path));
      return { ...layer, values: new Map(values) };
    });
  return [own, ...general, sandbox, ...(flags === undefined ? [] : [flags])];
}

function isOwnOfSandbox(path: SettingPath): boolean {
  return 'ownOfSandbox' in settings[path];
}

function noHosts(name: string): UsageError {
  return new UsageError('TARGET_WITHOUT_HOSTS', `Target ${name} has no hosts.`, {
    next: [`Write \`hosts\` below ${name} in ops.yaml, set OPS_HOST, or give --host.`],
  });
}
