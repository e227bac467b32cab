import type { ContainerFiles } from '../readers/container-files.ts';
import type { ComposeServiceModel } from '../readers/compose/project.ts';
import type { DockerImage } from '../readers/dockerfile/dockerfile.ts';
import { joinPath, type Files } from '../source/files.ts';

/** A path in the container that stands for a file or a directory of the project. */
interface Mapping {
  container: string;
  /** '' is the project itself. */
  project: string;
}

/**
 * The files of a container that the project tells of: what is mounted, and under it what its image's COPY and ADD
 * bring from the build context. What other stages and the base image bring is not known.
 *
 * @param context the build context, relative to the project; undefined: none, or outside of it
 */
export function containerFiles(
  files: Files,
  service: Pick<ComposeServiceModel, 'mounts'>,
  image?: Pick<DockerImage, 'copies' | 'workdir'>,
  context?: string,
): ContainerFiles {
  const mappings = [...copied(files, image, context), ...mounted(service)];
  const projectPath = (containerPath: string): string | undefined => {
    const path = normalize(containerPath);
    // The last mapping wins among equals; a mount of a longer path lies over one of a shorter.
    let found: { length: number; path: string } | undefined;
    for (const { container, project } of mappings) {
      if (path !== container && !path.startsWith(container === '/' ? '/' : `${container}/`)) continue;
      const rest = path.slice(container.length).replace(/^\//, '');
      const candidate = [project, rest].filter((part) => part !== '').join('/');
      if (files.read(candidate) === undefined && !files.unreadable.has(candidate)) continue;
      if (found === undefined || container.length >= found.length)
        found = { length: container.length, path: candidate };
    }
    return found?.path;
  };
  return {
    read(containerPath) {
      const path = projectPath(containerPath);
      const text = path === undefined ? undefined : files.read(path);
      return path === undefined || text === undefined ? undefined : { path, text };
    },
    list(directory) {
      const wanted = normalize(directory);
      const found = new Set<string>();
      for (const { container, project } of mappings) {
        if (parentOf(container) === wanted && files.read(project) !== undefined) found.add(container);
        if (wanted !== container && !wanted.startsWith(container === '/' ? '/' : `${container}/`)) continue;
        const rest = wanted.slice(container.length).replace(/^\//, '');
        const base = [project, rest].filter((part) => part !== '').join('/');
        for (const path of files.paths) {
          const name = base === '' ? path : path.startsWith(`${base}/`) ? path.slice(base.length + 1) : '';
          if (name !== '' && !name.includes('/')) found.add(`${wanted === '/' ? '' : wanted}/${name}`);
        }
      }
      return [...found].sort();
    },
    unreadable(containerPath) {
      const path = projectPath(containerPath);
      return path === undefined ? undefined : files.unreadable.get(path);
    },
  };
}

function mounted({ mounts }: Pick<ComposeServiceModel, 'mounts'>): Mapping[] {
  return mounts.flatMap(({ sourcePath, target }) =>
    sourcePath === undefined ? [] : [{ container: normalize(target), project: sourcePath }],
  );
}

/** Directories that images of nginx and PostgreSQL bring along: a file that is copied there keeps its name. */
const imageDirectories: ReadonlySet<string> = new Set([
  '/etc/nginx',
  '/etc/nginx/conf.d',
  '/etc/nginx/templates',
  '/etc/nginx/sites-enabled',
  '/etc/nginx/sites-available',
  '/etc/nginx/snippets',
  '/docker-entrypoint-initdb.d',
  '/docker-entrypoint.d',
  '/usr/share/nginx/html',
  '/usr/local/bin',
  '/',
]);

function copied(
  files: Files,
  image: Pick<DockerImage, 'copies' | 'workdir'> | undefined,
  context: string | undefined,
): Mapping[] {
  if (!image || context === undefined) return [];
  return image.copies.flatMap(({ sources, destination }) => {
    const target = destination.startsWith('/') ? destination : `${image.workdir?.value ?? ''}/${destination}`;
    return sources.flatMap((source): Mapping[] => {
      const project = joinPath(context, source.replace(/^\/+/, ''));
      if (project === undefined) return [];
      // A directory's content is copied; a file gets its own name where the destination is a directory.
      if (files.read(project) === undefined && !files.unreadable.has(project))
        return matching(files, project).length > 0
          ? matching(files, project).map((path) => ({
              container: normalize(`${target}/${path.slice(path.lastIndexOf('/') + 1)}`),
              project: path,
            }))
          : [{ container: normalize(target), project }];
      const name = project.slice(project.lastIndexOf('/') + 1);
      const directory =
        /(^|\/)\.?$/.test(target) || sources.length > 1 || imageDirectories.has(normalize(target));
      return [{ container: normalize(directory ? `${target}/${name}` : target), project }];
    });
  });
}

/** Files that a COPY with `*` in its last part names. */
function matching(files: Files, pattern: string): string[] {
  if (!pattern.includes('*')) return [];
  const [before = '', ...rest] = pattern.split('*');
  const after = rest.at(-1) ?? '';
  return files.paths.filter(
    (path) =>
      path.length >= before.length + after.length &&
      path.startsWith(before) &&
      path.endsWith(after) &&
      !path.slice(before.length).includes('/'),
  );
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function parentOf(path: string): string {
  return normalize(path.slice(0, path.lastIndexOf('/')));
}
