import type { ContainerFiles } from '../readers/container-files.ts';
import { splitDump } from '../readers/nginx/dump.ts';
import { officialNginxConf } from '../readers/nginx/official.ts';

export const nginxMain = '/etc/nginx/nginx.conf';

/** What `Files` calls a file that only the server has. */
export function serverPath(service: string, containerPath: string): string {
  return `server:${service}:${containerPath}`;
}

/** … and whether it is one: nothing can be edited there. */
export function isServerPath(path: string): boolean {
  return path.startsWith('server:');
}

/**
 * The files of an nginx container: the official image's own main file where the project has none, and
 * `/etc/nginx/templates/NAME.template`, of which the official image makes `/etc/nginx/conf.d/NAME`.
 *
 * @param official whether the image is nginx's own or made from it
 * @param mounted container paths that something lies over: a main file there is not the image's, also if it is missing
 */
export function nginxFiles(
  files: ContainerFiles,
  { official, mounted = [] }: { official: boolean; mounted?: readonly string[] },
): ContainerFiles {
  const hidden = mounted.some((path) => [nginxMain, '/etc/nginx'].includes(path.replace(/\/$/, '')));
  const templates = '/etc/nginx/templates';
  const made = '/etc/nginx/conf.d';
  const templateOf = (path: string): string | undefined =>
    official && path.startsWith(`${made}/`) ? `${templates}${path.slice(made.length)}.template` : undefined;
  return {
    read(path) {
      const template = templateOf(path);
      const found = (template === undefined ? undefined : files.read(template)) ?? files.read(path);
      if (found || path !== nginxMain || !official || hidden) return found;
      return { path: `image:${nginxMain}`, text: officialNginxConf };
    },
    list(directory) {
      const own = files.list(directory);
      if (!official || directory.replace(/\/$/, '') !== made) return own;
      const rendered = files
        .list(templates)
        .filter((path) => path.endsWith('.template'))
        .map((path) => `${made}${path.slice(templates.length, -'.template'.length)}`);
      return [...new Set([...own, ...rendered])].sort();
    },
    unreadable: (path) => files.unreadable?.(path),
  };
}

/**
 * The configuration that a running nginx has loaded, as `nginx -T` prints it. Files that are the same in the project
 * keep the project's names, so that a finding points to what can be edited.
 *
 * @returns `texts`: those that the project does not have, by the path that spans use
 */
export function loadedFiles(
  service: string,
  dump: string,
  project: ContainerFiles,
): { files: ContainerFiles; main: string; texts: ReadonlyMap<string, string> } {
  const printed = splitDump(dump);
  const texts = new Map<string, string>();
  const found = new Map<string, { path: string; text: string }>();
  for (const [containerPath, text] of printed) {
    const own = project.read(containerPath);
    if (own?.text.trimEnd() === text.trimEnd()) found.set(containerPath, own);
    else {
      const path = serverPath(service, containerPath);
      texts.set(path, text);
      found.set(containerPath, { path, text });
    }
  }
  const [main = nginxMain] = printed.keys();
  return {
    files: {
      read: (path) => found.get(path),
      list: (directory) => {
        const base = directory.replace(/\/$/, '');
        return [...found.keys()].filter((path) => path.slice(0, path.lastIndexOf('/')) === base).sort();
      },
    },
    main,
    texts,
  };
}
