import { readdir, readFile, stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';

/** The file system, as far as configuration reads it. */
export interface Files {
  /** Undefined when there is no such file; rejects with `UsageError` when it cannot be read. */
  read: (path: string) => Promise<string | undefined>;
  /** Names of the entries of a directory, sorted; none when there is no such directory. */
  list: (path: string) => Promise<readonly string[]>;
  exists: (path: string) => Promise<boolean>;
}

const missing = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code = '', path } = error as NodeJS.ErrnoException;
    if (missing.has(code)) return undefined;
    throw new UsageError(
      'CONFIG_UNREADABLE',
      `A configuration file cannot be read: ${(error as Error).message}.`,
      {
        ...(path === undefined ? {} : { place: { file: path } }),
        next: ['Mend its permissions, or start ops as the user that owns it.'],
        cause: error,
      },
    );
  }
}

/** UTF-8, or UTF-16 with its byte order mark, as `>` of Windows PowerShell writes it. */
export function decodeText(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}

export const diskFiles: Files = {
  read: async (path) => {
    const bytes = await orUndefined(readFile(path));
    return bytes === undefined ? undefined : decodeText(bytes);
  },
  list: async (path) => ((await orUndefined(readdir(path))) ?? []).toSorted(),
  exists: async (path) => (await orUndefined(stat(path))) !== undefined,
};
