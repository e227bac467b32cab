import { readAppServer } from '../../src/readers/commands/read.ts';
import type { AppServer } from '../../src/readers/commands/app-server.ts';
import { readCompose } from '../../src/readers/compose/read.ts';
import { imageOf } from '../../src/readers/dockerfile/image.ts';
import { parseDockerfile } from '../../src/readers/dockerfile/parse.ts';
import { pythonNames } from '../../src/readers/python/names.ts';
import { parsePython } from '../../src/readers/python/parse.ts';
import { filesOf, joinPath } from '../../src/source/files.ts';
import type { Files } from '../../src/source/files.ts';
import { containerFiles } from '../../src/stack/container-files.ts';

export interface AppProject {
  files: Files;
  server: AppServer | undefined;
}

const compose = 'services:\n  app:\n    build: .\n';

/** The app server of the service `app` of a small project; `compose.yml` has a default. */
export function appProject(texts: Readonly<Record<string, string>>): AppProject {
  const files = filesOf(new Map(Object.entries({ 'compose.yml': compose, ...texts })));
  const [service] = readCompose(files, { paths: ['compose.yml'], env: {} }).services;
  if (!service) throw new Error('The Compose file has no service.');
  const { build } = service;
  const path =
    build?.context === undefined ? undefined : joinPath(build.context, build.dockerfile ?? 'Dockerfile');
  const text = path === undefined ? undefined : files.read(path);
  const image =
    path !== undefined && text !== undefined
      ? imageOf(parseDockerfile(path, text), build?.target === undefined ? {} : { target: build.target })
      : undefined;
  const python = files.paths
    .filter((name) => name.endsWith('.py'))
    .map((name) => parsePython(name, files.read(name) ?? '', pythonNames));
  return {
    files,
    server: readAppServer({
      service,
      ...(image ? { image } : {}),
      files: containerFiles(files, service, image, build?.context),
      environment: service.environment,
      python,
      sources: files,
    }),
  };
}
