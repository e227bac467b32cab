import type { ContainerFiles } from '../container-files.ts';
import type { ReadProblem } from '../problem.ts';
import { parseNginx } from './parse.ts';
import { isPattern, matchesPattern } from './pattern.ts';
import type { NginxConfig, NginxDirective } from './tree.ts';

/** Bounds for files that include each other over and over. */
const maximumDepth = 20;
const maximumFiles = 1000;

/**
 * Files that packages of nginx and certbot bring along, and that hold nothing but types, parameters of FastCGI and
 * its kin, and TLS settings. They are in the image, not in the project, and nobody misses them here.
 */
const wellKnown = new Set([
  'mime.types',
  'fastcgi_params',
  'fastcgi.conf',
  'uwsgi_params',
  'scgi_params',
  'koi-utf',
  'koi-win',
  'win-utf',
  'options-ssl-nginx.conf',
]);

/**
 * Reads a configuration with what it includes. As nginx does, paths are relative to the main file's directory and
 * files that a pattern matches come sorted; a pattern that matches nothing is fine.
 */
export function readNginx(source: ContainerFiles, mainPath: string): NginxConfig {
  const problems: ReadProblem[] = [];
  const paths: string[] = [];
  const prefix = mainPath.slice(0, mainPath.lastIndexOf('/'));
  let files = 0;

  const readFile = (
    containerPath: string,
    by: NginxDirective | undefined,
    depth: number,
    open: readonly string[],
  ): readonly NginxDirective[] => {
    const wrong = (kind: ReadProblem['kind'], message: string): readonly NginxDirective[] => {
      problems.push({ kind, path: containerPath, ...(by && { at: by.at }), message });
      return [];
    };
    if (open.includes(containerPath)) return wrong('syntax', `${containerPath} includes itself.`);
    if (open.length >= maximumDepth)
      return wrong('unsupported', `Files include each other more than ${maximumDepth} deep.`);
    const file = source.read(containerPath);
    if (!file) {
      const reason = source.unreadable?.(containerPath);
      if (reason !== undefined) return wrong('unreadable', `${containerPath} cannot be read: ${reason}`);
      if (wellKnown.has(containerPath.slice(containerPath.lastIndexOf('/') + 1))) return [];
      return wrong('missing', `${containerPath} is not among the project's files.`);
    }
    files += 1;
    if (files > maximumFiles) {
      if (files > maximumFiles + 1) return [];
      return wrong('unsupported', `More than ${maximumFiles} files are included; the rest is not read.`);
    }
    if (!paths.includes(file.path)) paths.push(file.path);
    const parsed = parseNginx(file.text, file.path, {
      ...(by?.parent && { parent: by.parent }),
      depth,
      include: (directive, inner) => include(directive, inner, [...open, containerPath]),
    });
    problems.push(...parsed.problems);
    return parsed.directives;
  };

  const include = (
    directive: NginxDirective,
    depth: number,
    open: readonly string[],
  ): readonly NginxDirective[] => {
    const written = directive.args[0]?.value ?? '';
    const path = normalise(written.startsWith('/') ? written : `${prefix}/${written}`);
    if (!isPattern(path)) return readFile(path, directive, depth, open);
    const slash = path.lastIndexOf('/');
    const directory = path.slice(0, slash);
    if (isPattern(directory)) {
      problems.push({
        kind: 'unsupported',
        path,
        at: directive.at,
        message: 'A pattern in the name of a directory is not followed.',
      });
      return [];
    }
    const pattern = path.slice(slash + 1);
    return source
      .list(directory)
      .filter((file) => matchesPattern(pattern, file.slice(file.lastIndexOf('/') + 1)))
      .toSorted()
      .flatMap((file) => readFile(file, directive, depth, open));
  };

  return { directives: readFile(mainPath, undefined, 0, []), paths, problems };
}

/** `/etc/nginx/./a/../b` → `/etc/nginx/b`. */
function normalise(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}
