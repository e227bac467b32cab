/** One regular file of an archive. */
export interface ArchivedFile {
  path: string;
  bytes: Uint8Array;
}

const block = 512;
const decoder = new TextDecoder();

/**
 * The regular files of tar archives that follow one another (GNU, ustar, pax), as `find -exec tar` prints them.
 * An archive that was cut off gives the files that are whole.
 */
export function untar(archive: Uint8Array): ArchivedFile[] {
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let offset = 0; offset + block <= archive.length;) {
    const header = archive.subarray(offset, offset + block);
    // The end of an archive; another one may follow.
    if (header.every((byte) => byte === 0)) {
      offset += block;
      continue;
    }
    const size = sizeOf(header.subarray(124, 136));
    const type = String.fromCharCode(header[156] ?? 0);
    const start = offset + block;
    if (size === undefined || start + size > archive.length) break;
    const bytes = archive.subarray(start, start + size);
    offset = start + Math.ceil(size / block) * block;
    if (type === 'L') longName = terminated(bytes);
    else if (type === 'K') longLink = terminated(bytes);
    else if (type === 'x') {
      longName = paxValue(bytes, 'path') ?? longName;
      longLink = paxValue(bytes, 'linkpath') ?? longLink;
    } else {
      const path = plain(longName ?? nameOf(header));
      if (type === '0' || type === '\0' || type === '7') files.set(path, bytes);
      // Another name of a file that is in the archive already.
      else if (type === '1') {
        const first = files.get(plain(longLink ?? terminated(header.subarray(157, 257))));
        if (first) files.set(path, first);
      }
      longName = undefined;
      longLink = undefined;
    }
  }
  return [...files].map(([path, bytes]) => ({ path, bytes }));
}

function terminated(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end === -1 ? bytes : bytes.subarray(0, end));
}

function plain(path: string): string {
  return path.replace(/^\.\//, '');
}

/** Octal digits, or with the first bit set a binary number. */
function sizeOf(field: Uint8Array): number | undefined {
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(4).reduce((value, byte) => value * 256 + byte, 0);
  const text = terminated(field).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function nameOf(header: Uint8Array): string {
  const name = terminated(header.subarray(0, 100));
  // GNU's own format has `ustar  ` and other things where ustar has a prefix.
  const ustar = decoder.decode(header.subarray(257, 263)) === 'ustar\0';
  const prefix = ustar ? terminated(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts the bytes of all of it. */
function paxValue(bytes: Uint8Array, key: string): string | undefined {
  let found: string | undefined;
  for (let offset = 0; offset < bytes.length;) {
    const space = bytes.indexOf(0x20, offset);
    if (space === -1) break;
    const length = Number(decoder.decode(bytes.subarray(offset, space)));
    if (!Number.isInteger(length) || length <= space - offset) break;
    const record = decoder.decode(bytes.subarray(space + 1, offset + length - 1));
    if (record.startsWith(`${key}=`)) found = record.slice(key.length + 1);
    offset += length;
  }
  return found;
}
