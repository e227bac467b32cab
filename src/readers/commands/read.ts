import type { Files } from '../../source/files.ts';
import type { Located, Span } from '../../source/span.ts';
import type { ComposeServiceModel } from '../compose/project.ts';
import type { ContainerFiles } from '../container-files.ts';
import type { DockerImage } from '../dockerfile/dockerfile.ts';
import type { PythonModule } from '../python/settings.ts';
import type { AppServer } from './app-server.ts';
import { resolvePrograms } from './resolve.ts';
import type { Program, ResolveContext } from './resolve.ts';
import { isServer, serverOf } from './servers.ts';
import type { Environment } from './settings.ts';
import { startWords } from './start.ts';
import { isTiangoloImage, tiangoloServer } from './tiangolo.ts';

export interface AppServerInput {
  service: ComposeServiceModel;
  image?: DockerImage;
  files: ContainerFiles;
  /** Of the service in Compose; the image's own is looked up behind it. */
  environment: ReadonlyMap<string, Located<string | undefined>>;
  python: readonly PythonModule[];
  /** The project's files, for the place of each word of a command in Compose; without them nothing there can be changed. */
  sources?: Files;
}

/**
 * The server process that a service starts: from Compose's command and entry point, over those of the image, through
 * shells and the project's own scripts. Undefined: none that is known.
 */
export function readAppServer(input: AppServerInput): AppServer | undefined {
  const { service, image, files } = input;
  const environment = allVariables(input);
  const workdir = workingDirectory(service, image);
  const unknown: string[] = [];
  const context: ResolveContext = {
    files,
    workdir,
    unknown,
    variable(name) {
      const found = environment.get(name);
      if (!found) return undefined;
      return found.value === undefined
        ? { text: `\${${name}}`, resolved: false }
        : { text: found.value, resolved: true };
    },
  };
  const { entrypoint, command } = startWords(service, image, input.sources);
  let programs = resolvePrograms([...entrypoint, ...command], context, isServer);
  // An entry point that is not to be seen starts the command sooner or later.
  if (programs.length === 0 && entrypoint.length > 0 && command.length > 0)
    programs = resolvePrograms(command, context, isServer);
  const base = image?.base ?? service.image;
  const program = lastServer(programs);
  if (!program) {
    const own = [...entrypoint, ...command].map(({ text }) => text);
    const untouched = own.length === 0 || own.some((text) => /^\/start(?:-reload)?\.sh$/.test(text));
    if (!base || !isTiangoloImage(base.value) || !untouched) return undefined;
    const server = tiangoloServer(base, environment);
    return server && own.some((text) => text.includes('start-reload'))
      ? { ...server, reload: { value: true, source: { at: server.at, by: 'command' } } }
      : server;
  }
  return serverOf(program, {
    files,
    environment,
    workdir,
    unknown,
    at: commandAt(program, service),
    python: input.python,
  });
}

function allVariables({ environment, image }: AppServerInput): Environment {
  const all = new Map<string, Located<string | undefined>>(image?.env);
  for (const [name, value] of environment) all.set(name, value);
  return all;
}

function workingDirectory(service: ComposeServiceModel, image: DockerImage | undefined): string {
  const node = service.get('working_dir');
  return node?.kind === 'scalar' && typeof node.value === 'string'
    ? node.value
    : (image?.workdir?.value ?? '/');
}

/** The last one that surely runs; a server that a condition decides about only where there is no other. */
function lastServer(programs: readonly Program[]): Program | undefined {
  return programs.findLast(({ conditional }) => !conditional) ?? programs.at(-1);
}

function commandAt({ words }: Program, service: ComposeServiceModel): Span {
  return words.find(({ command }) => command && command.path !== '')?.command ?? service.nameAt;
}
