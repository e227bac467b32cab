/**
 * The text files of a project, read before anything is decided: from a directory, from a server, or from saved evidence.
 * Paths are relative to the project, with forward slashes and without `.` or `..` segments.
 */
export interface Files {
  /** Undefined: there is no such file, or it could not be read (then `unreadable` says why). */
  read(path: string): string | undefined;
  /** Every path, sorted. */
  readonly paths: readonly string[];
  /** Files that exist and could not be read, with the reason: too large, binary, no permission, outside the project. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Files held in memory. */
export function filesOf(
  texts: ReadonlyMap<string, string>,
  unreadable: ReadonlyMap<string, string> = new Map(),
): Files {
  return { read: (path) => texts.get(path), paths: [...texts.keys()].sort(), unreadable };
}

/**
 * `base` (a file's directory, '' for the project) joined with a path as a configuration file writes it.
 * Undefined: it is absolute or leads out of the project.
 */
export function joinPath(base: string, path: string): string | undefined {
  if (path.startsWith('/') || /^[a-z]:[\\/]/i.test(path)) return undefined;
  const segments: string[] = [];
  for (const segment of `${base}/${path}`.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      if (segments.length === 0) return undefined;
      segments.pop();
    } else segments.push(segment);
  }
  return segments.join('/');
}

/** The directory of a path, '' for one at the top. */
export function directoryOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
