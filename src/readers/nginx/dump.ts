import { readNginx } from './read.ts';
import type { NginxConfig } from './tree.ts';

/** The files that `nginx -T` prints, by container path, main file first. What comes before the first is left out. */
export function splitDump(text: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const headers = [...text.matchAll(/^# configuration file (\S[^\n]*):\r?\n/gm)];
  for (const [index, header] of headers.entries()) {
    const [line, path = ''] = header;
    const body = text.slice(header.index + line.length, headers[index + 1]?.index ?? text.length);
    // nginx puts a line break of its own behind each file.
    if (!files.has(path)) files.set(path, body.replace(/\r?\n$/, ''));
  }
  return files;
}

/** The configuration that `nginx -T` prints, each file in the place that includes it. */
export function readNginxDump(text: string): NginxConfig {
  const files = splitDump(text);
  const [main = ''] = files.keys();
  return readNginx(
    {
      read(path) {
        const found = files.get(path);
        return found === undefined ? undefined : { path, text: found };
      },
      list: (directory) =>
        [...files.keys()].filter((path) => path.slice(0, path.lastIndexOf('/')) === directory),
    },
    main,
  );
}
