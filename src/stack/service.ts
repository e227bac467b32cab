import { readAppServer } from '../readers/commands/read.ts';
import { limitsOf } from '../readers/compose/limits.ts';
import type { ComposeServiceModel } from '../readers/compose/project.ts';
import type { DockerImage, Dockerfile } from '../readers/dockerfile/dockerfile.ts';
import { imageOf } from '../readers/dockerfile/image.ts';
import { parseDockerfile } from '../readers/dockerfile/parse.ts';
import { readNginx } from '../readers/nginx/read.ts';
import { majorVersionOf, readPostgres } from '../readers/postgres/read.ts';
import type { ReadProblem } from '../readers/problem.ts';
import { pythonNames, worthReading } from '../readers/python/names.ts';
import { parsePython } from '../readers/python/parse.ts';
import { readPools } from '../readers/python/pools.ts';
import type { PythonModule } from '../readers/python/settings.ts';
import { joinPath, type Files } from '../source/files.ts';
import type { Located } from '../source/span.ts';
import { containerFiles } from './container-files.ts';
import type { LiveService } from './live.ts';
import { loadedFiles, nginxFiles, nginxMain } from './nginx-files.ts';
import { madeAtStart } from './nginx-made.ts';
import { pythonSources } from './python-files.ts';
import { isOfficialNginx, roleOf } from './roles.ts';
import type { Service } from './stack.ts';

/** Modules that were parsed before, by path: services share build contexts, and a fix changes few files. */
export type PythonModules = Map<string, { text: string; module: PythonModule }>;

export interface BuiltService {
  service: Service;
  problems: readonly ReadProblem[];
  /** Files that only the server has, by the path that spans use. */
  texts: ReadonlyMap<string, string>;
}

/** One service with all that its files, its image and its running containers tell. */
export function buildService(
  files: Files,
  compose: ComposeServiceModel,
  modules: PythonModules,
  live?: LiveService,
): BuiltService {
  const problems: ReadProblem[] = [];
  const dockerfile = readDockerfile(files, compose, problems);
  const image = dockerfile && imageFor(dockerfile, compose);
  const inside = containerFiles(files, compose, image, compose.build?.context);
  const python = readPython(files, compose, modules);
  const app = readAppServer({
    service: compose,
    ...(image ? { image } : {}),
    files: inside,
    sources: files,
    environment: compose.environment,
    python,
  });
  const environment = new Map<string, Located<string | undefined>>([
    ...(image?.env ?? []),
    ...compose.environment,
  ]);
  const imageName = compose.build ? image?.base.value : compose.image?.value;
  const role = roleOf({
    ...(compose.image ? { image: compose.image.value } : {}),
    ...(image ? { baseImage: image.base.value } : {}),
    ...(app ? { app } : {}),
    words: [...(compose.entrypoint?.value ?? []), ...(compose.command?.value ?? [])],
    builds: compose.build !== undefined,
  });
  const own: Service = {
    name: compose.name,
    role,
    compose,
    replicas: compose.replicas,
    limits: limitsOf(compose),
    ...(dockerfile ? { dockerfile } : {}),
    ...(image ? { image } : {}),
    ...(app && (role === 'app' || role === 'worker') ? { app } : {}),
    pools: role === 'app' || role === 'worker' ? readPools(python, environment) : [],
    python,
    ...(live ? { live } : {}),
  };
  let texts: ReadonlyMap<string, string> = new Map();
  if (role === 'proxy') {
    const project = nginxFiles(inside, {
      official: imageName !== undefined && isOfficialNginx(imageName),
      mounted: compose.mounts.map(({ target }) => target),
    });
    const loaded =
      live?.nginx?.dump === undefined ? undefined : loadedFiles(compose.name, live.nginx.dump, project);
    if (loaded) ({ texts } = loaded);
    const read = readNginx(loaded?.files ?? project, loaded?.main ?? mainPath(compose, image));
    const nginx = {
      ...read,
      problems: [...read.problems, ...(loaded ? [] : madeAtStart(read, inside, compose, image))],
    };
    problems.push(...nginx.problems);
    const version = live?.nginx?.version ?? nginxVersionOf(imageName);
    Object.assign(own, { nginx, ...(version === undefined ? {} : { nginxVersion: version }) });
  }
  if (role === 'postgres') {
    const majorVersion =
      live?.postgres?.majorVersion ?? (imageName === undefined ? undefined : majorVersionOf(imageName));
    Object.assign(own, {
      postgres: readPostgres({
        service: compose,
        files: inside,
        ...(image ? { image } : {}),
        ...(majorVersion === undefined ? {} : { majorVersion }),
      }),
    });
  }
  return { service: own, problems, texts };
}

function readDockerfile(
  files: Files,
  { build, nameAt }: ComposeServiceModel,
  problems: ReadProblem[],
): Dockerfile | undefined {
  if (!build) return undefined;
  if (build.inlineDockerfile)
    // Its offsets are not those of the Compose file.
    return parseDockerfile(
      `${build.inlineDockerfile.at.path}:dockerfile_inline`,
      build.inlineDockerfile.value,
    );
  if (build.context === undefined) {
    problems.push({
      kind: 'unreadable',
      path: nameAt.path,
      at: build.at,
      message: 'The build context lies outside of the project: its Dockerfile is not read.',
    });
    return undefined;
  }
  const path = joinPath(build.context, build.dockerfile ?? 'Dockerfile');
  const text = path === undefined ? undefined : files.read(path);
  if (path !== undefined && text !== undefined) {
    const dockerfile = parseDockerfile(path, text);
    problems.push(...dockerfile.problems);
    return dockerfile;
  }
  const reason = path === undefined ? 'it lies outside of the project' : files.unreadable.get(path);
  problems.push({
    kind: reason === undefined ? 'missing' : 'unreadable',
    path: path ?? build.dockerfile ?? 'Dockerfile',
    at: build.at,
    message:
      reason === undefined
        ? `There is no ${path ?? 'Dockerfile'}.`
        : `The Dockerfile cannot be read: ${reason}.`,
  });
  return undefined;
}

function imageFor(dockerfile: Dockerfile, { build }: ComposeServiceModel): DockerImage | undefined {
  return imageOf(dockerfile, {
    args: build?.args ?? new Map(),
    ...(build?.target === undefined ? {} : { target: build.target }),
  });
}

function readPython(files: Files, compose: ComposeServiceModel, modules: PythonModules): PythonModule[] {
  return pythonSources(files, compose).flatMap(({ path, text }) => {
    if (!worthReading(text, pythonNames)) return [];
    const known = modules.get(path);
    if (known?.text === text) return [known.module];
    const module = parsePython(path, text, pythonNames);
    modules.set(path, { text, module });
    return [module];
  });
}

/** `nginx -c FILE`, else the package's own; `-c` of a shell is another. */
function mainPath({ command }: ComposeServiceModel, image: DockerImage | undefined): string {
  const words = command?.value ?? image?.cmd?.words ?? [];
  const nginx = words.findIndex((word) => /(?:^|\/)(?:nginx|openresty)(?:-debug)?$/.test(word));
  const index = nginx === -1 ? -1 : words.indexOf('-c', nginx);
  return (index === -1 ? undefined : words[index + 1]) ?? nginxMain;
}

/** `1.27.3` or `1.27` of `nginx:1.27.3-alpine`; undefined: `latest`, `stable`, no tag. */
function nginxVersionOf(image: string | undefined): string | undefined {
  return image === undefined ? undefined : /:(\d+\.\d+(?:\.\d+)?)(?:-[\w.-]*)?(?:@|$)/.exec(image)?.[1];
}
