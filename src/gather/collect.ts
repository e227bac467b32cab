import { filesOf, type Files } from '../source/files.ts';
import { isWanted } from './wanted.ts';

/** Why a file that exists is not among the texts. A sentence that goes on after the file's name. */
export const reasons = {
  tooLarge: 'is larger than 512 KB',
  tooMany: 'is one of more than 5,000 files',
  tooMuch: 'is beyond the total size that is read',
  tooDeep: 'is a directory deeper than 12 levels',
  outside: 'is a link that leads out of the project',
  brokenLink: 'is a link to nothing',
  linkedDirectory: 'is a link to a directory, and links are not followed',
  permission: 'may not be read: permission denied',
  special: 'is no regular file',
  binary: 'is binary',
  encoding: 'is not UTF-8',
} as const;

/** What is gathered from a directory, wherever it is. */
export interface Collected {
  texts: Map<string, string>;
  unreadable: Map<string, string>;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Adds a file's content, unless it is not text or turns out not to be wanted. Every character stays, a byte order mark too. */
export function addFile(
  { texts, unreadable }: Collected,
  path: string,
  bytes: Uint8Array,
  asked = false,
): void {
  const want = asked ? 'yes' : isWanted(path);
  if (want === 'no' || (want === 'script' && !(bytes[0] === 0x23 && bytes[1] === 0x21))) return;
  if (bytes.includes(0)) unreadable.set(path, reasons.binary);
  else {
    try {
      texts.set(path, decoder.decode(bytes));
    } catch {
      unreadable.set(path, reasons.encoding);
    }
  }
}

/** The files of a project, without those of virtual environments, which only their `pyvenv.cfg` gives away. */
export function collectedFiles({ texts, unreadable }: Collected): Files {
  const environments = [...texts.keys()]
    .filter((path) => path === 'pyvenv.cfg' || path.endsWith('/pyvenv.cfg'))
    .map((path) => path.slice(0, -'pyvenv.cfg'.length))
    .filter((directory) => directory !== '');
  if (environments.length === 0) return filesOf(texts, unreadable);
  const own = <Value>(map: ReadonlyMap<string, Value>): Map<string, Value> =>
    new Map([...map].filter(([path]) => !environments.some((directory) => path.startsWith(directory))));
  return filesOf(own(texts), own(unreadable));
}
