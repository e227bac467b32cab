import { UsageError } from '../errors.ts';

/** One file or symbolic link of an archive. */
export interface TarEntry {
  /** Relative, with `/`. */
  path: string;
  content?: Uint8Array;
  executable?: boolean;
  /** What a symbolic link points to. */
  link?: string;
}

const block = 512;

/**
 * A tar archive (ustar) of a few small files, the same bytes for the same files.
 *
 * @throws UsageError when a path is longer than the format can hold
 */
export function tar(entries: readonly TarEntry[]): Uint8Array {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? new Uint8Array();
    const padding = new Uint8Array((block - (content.length % block)) % block);
    return [header(entry, content.length), content, padding];
  });
  return Buffer.concat([...parts, new Uint8Array(2 * block)]);
}

function header({ path, executable, link }: TarEntry, size: number): Uint8Array {
  const { name, prefix } = splitPath(path);
  if (link !== undefined && Buffer.byteLength(link) > 100) throw tooLong(path);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  const fields: readonly [offset: number, text: string][] = [
    [0, name],
    [100, octal(executable === true ? 0o755 : 0o644, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(0, 11)],
    // The sum of all bytes counts these eight as spaces.
    [148, ' '.repeat(8)],
    [156, link === undefined ? '0' : '2'],
    [157, link ?? ''],
    [257, 'ustar\x0000'],
    [345, prefix],
  ];
  for (const [offset, text] of fields) bytes.write(text, offset, 'utf8');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

/** Up to 100 bytes of name behind up to 155 bytes of directories. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw tooLong(path);
}

function tooLong(path: string): UsageError {
  return new UsageError('PATH_TOO_LONG', `The path ${path} is too long for an archive.`, {
    next: ['Shorten the names of its folders.'],
  });
}
