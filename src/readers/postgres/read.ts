import type { Span } from '../../source/span.ts';
import type { OverriddenSetting, PostgresServer } from '../../stack/stack.ts';
import type { Setting } from '../commands/app-server.ts';
import type { ComposeServiceModel } from '../compose/project.ts';
import type { ContainerFiles } from '../container-files.ts';
import type { DockerImage } from '../dockerfile/dockerfile.ts';
import { readCommand, type CommandSettings } from './command.ts';
import { readConf, type Conf } from './conf.ts';
import { environmentSettings, tunesItself } from './images.ts';
import { alterSystem } from './init-scripts.ts';

export { majorVersionOf } from './images.ts';

export interface PostgresInput {
  service: ComposeServiceModel;
  files: ContainerFiles;
  majorVersion?: number;
  /** Of a service with a `build`. */
  image?: DockerImage;
}

interface Candidate {
  name: string;
  setting: Setting<string> & { source: { at: Span } };
}

/**
 * The settings of a PostgreSQL service, as they win: an image's variables, its configuration file, then `ALTER SYSTEM`
 * of the scripts that make the database, then the command line.
 */
export function readPostgres(input: PostgresInput): PostgresServer {
  const { service, files, majorVersion, image } = input;
  const command = readCommand(service, image);
  const conf = configuration(command, input);
  const scripts = alterSystem(files, service.mounts);
  const variables = [...service.environment].flatMap(([variable, { value, at }]): Candidate[] => {
    const name = environmentSettings[variable];
    return name === undefined || value === undefined
      ? []
      : [{ name, setting: { value, source: { at, by: 'environment' } } }];
  });
  const candidates = [
    ...variables,
    ...(conf?.settings ?? []).map(({ name, value, at }) => fromFile(name, value, at)),
    ...scripts.settings.map(({ name, value, at }) => fromFile(name, value, at)),
    ...command.settings.map(({ name, value: { value, at } }): Candidate => ({
      name,
      setting: { value, source: { at, by: 'command' } },
    })),
  ];
  const settings = new Map<string, Setting<string>>();
  const overridden: OverriddenSetting[] = [];
  for (const { name, setting } of candidates.toReversed()) {
    const winner = settings.get(name);
    if (winner === undefined) settings.set(name, setting);
    else overridden.push({ name, value: setting.value, at: setting.source.at, by: winner });
  }
  const imageName = service.build ? image?.base.value : service.image?.value;
  return {
    ...(majorVersion === undefined ? {} : { majorVersion }),
    settings,
    unseenConfig:
      command.unseen ||
      scripts.unseen ||
      conf?.unseen === true ||
      unseenMount(service, files, conf) ||
      (service.build !== undefined && image === undefined) ||
      (imageName !== undefined && tunesItself(imageName, service.environment)),
    configFiles: conf?.paths ?? [],
    overridden: overridden.toReversed(),
  };
}

function fromFile(name: string, value: string, at: Span): Candidate {
  return { name, setting: { value, source: { at, by: 'config-file' } } };
}

/** The configuration file that the server reads, if it is known; undefined: the one that initdb makes. */
function configuration(command: CommandSettings, { service, files }: PostgresInput): Conf | undefined {
  if (command.configFile !== undefined) return readConf(files, command.configFile);
  const directory = command.dataDirectory ?? service.environment.get('PGDATA')?.value;
  const candidates = [
    ...(directory === undefined ? [] : [`${directory}/postgresql.conf`]),
    '/var/lib/postgresql/data/postgresql.conf',
    '/bitnami/postgresql/conf/postgresql.conf',
    '/opt/bitnami/postgresql/conf/postgresql.conf',
  ];
  const found = candidates.find(
    (path) => files.read(path) !== undefined || files.unreadable?.(path) !== undefined,
  );
  const own = found === undefined ? undefined : readConf(files, found);
  const more = ['/bitnami/postgresql/conf/conf.d', '/opt/bitnami/postgresql/conf/conf.d']
    .flatMap((path) => files.list(path))
    .filter((path) => path.endsWith('.conf'))
    .map((path) => readConf(files, path));
  if (!own && more.length === 0) return undefined;
  const all = [...(own ? [own] : []), ...more];
  return {
    settings: all.flatMap(({ settings }) => settings),
    paths: all.flatMap(({ paths }) => paths),
    unseen: all.some(({ unseen }) => unseen),
  };
}

/** Something that looks like a configuration is mounted from where nothing can be read. */
function unseenMount(
  { mounts }: ComposeServiceModel,
  files: ContainerFiles,
  conf: Conf | undefined,
): boolean {
  return mounts.some(
    ({ type, target }) =>
      (type === 'config' || type === 'bind') &&
      /\/(?:postgresql(?:\.auto)?\.conf|conf\.d)$/.test(target) &&
      conf === undefined &&
      files.read(target) === undefined &&
      files.list(target).length === 0,
  );
}
