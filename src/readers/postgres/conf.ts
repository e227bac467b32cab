import type { Span } from '../../source/span.ts';
import type { ContainerFiles } from '../container-files.ts';

/** A line `name = value`. */
export interface ConfSetting {
  name: string;
  value: string;
  /** The value as it is written, quotes and all. */
  at: Span;
}

export interface Conf {
  /** In the order in which they are read; the last of a name wins. */
  settings: readonly ConfSetting[];
  /** Files that were read, the main one first. */
  paths: readonly string[];
  /** A file that is named could not be read. */
  unseen: boolean;
}

/** PostgreSQL itself stops at ten. */
const deepest = 10;
const mostFiles = 200;

/** `name = 'value' # comment`; the equals sign may be missing. */
const line =
  /^[ \t]*([A-Za-z_][\w.]*)[ \t]*(?:=[ \t]*)?('(?:[^'\\\n]|''|\\[^\n])*'|[^\s#'"=][^\s#]*)[ \t]*(?:#.*)?$/;

/**
 * A postgresql.conf with what it includes (`include`, `include_if_exists`, `include_dir`).
 * https://www.postgresql.org/docs/current/config-setting.html#CONFIG-INCLUDES
 */
export function readConf(files: ContainerFiles, path: string): Conf {
  const settings: ConfSetting[] = [];
  const paths: string[] = [];
  let unseen = false;

  const read = (containerPath: string, optional: boolean, depth: number): void => {
    const file = files.read(containerPath);
    if (!file) {
      if (!optional || files.unreadable?.(containerPath) !== undefined) unseen = true;
      return;
    }
    if (depth > deepest || paths.length >= mostFiles) {
      unseen = true;
      return;
    }
    if (!paths.includes(file.path)) paths.push(file.path);
    const directory = containerPath.slice(0, containerPath.lastIndexOf('/'));
    let start = 0;
    for (const text of file.text.split('\n')) {
      const match = line.exec(text.replace(/\r$/, ''));
      const [whole, name, written] = match ?? [];
      if (whole !== undefined && name !== undefined && written !== undefined) {
        const offset = start + text.indexOf(written, text.indexOf(name) + name.length);
        const value = unquoted(written);
        const key = name.toLowerCase();
        if (key === 'include' || key === 'include_if_exists')
          read(absolute(directory, value), key === 'include_if_exists', depth + 1);
        else if (key === 'include_dir') readDirectory(absolute(directory, value), depth + 1);
        else
          settings.push({
            name: key,
            value,
            at: { path: file.path, start: offset, end: offset + written.length },
          });
      }
      start += text.length + 1;
    }
  };
  const readDirectory = (directory: string, depth: number): void => {
    const names = files.list(directory);
    if (names.length === 0) unseen = true;
    for (const name of [...names].sort()) if (/\/[^./][^/]*\.conf$/.test(name)) read(name, false, depth);
  };

  read(path, false, 0);
  return { settings, paths, unseen };
}

function absolute(directory: string, path: string): string {
  return path.startsWith('/') ? path : `${directory}/${path}`;
}

function unquoted(value: string): string {
  return value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'").replaceAll("\\'", "'") : value;
}
