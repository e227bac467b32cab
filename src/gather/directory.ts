import type { Dirent } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { UsageError } from '../errors.ts';
import { joinPath, type Files } from '../source/files.ts';
import { addFile, collectedFiles, reasons, type Collected } from './collect.ts';
import { isSkipped, isWanted, maxBytes, maxDepth, maxFiles } from './wanted.ts';

/** Of a directory on this machine; its texts are held in memory. */
const maxDirectoryBytes = 64 * 1024 * 1024;
/** Files that are read at the same time. */
const atOnce = 32;

export interface ReadDirectoryOptions {
  /** Paths relative to the directory that are read whatever they are called. */
  also?: readonly string[];
  signal?: AbortSignal;
}

/**
 * The text files of a project that an audit could need (see `wanted.ts`); paths relative to `root`.
 * Nothing outside of `root` is read. What exists and cannot be read is `unreadable`, with its reason.
 *
 * @throws UsageError `NO_DIRECTORY` when `root` is no directory that can be read
 */
export async function readDirectory(root: string, options: ReadDirectoryOptions = {}): Promise<Files> {
  const top = await realpath(resolve(root)).catch((error: unknown) => {
    throw noDirectory(root, error);
  });
  const collected: Collected = { texts: new Map(), unreadable: new Map() };
  const asked = new Set(
    (options.also ?? [])
      .flatMap((path) => joinPath('', path.replaceAll('\\', '/')) ?? [])
      .filter((path) => path !== ''),
  );
  const found = new Set<string>();

  const visit = async (directory: string, depth: number): Promise<void> => {
    options.signal?.throwIfAborted();
    let entries: Dirent[];
    try {
      entries = await readdir(join(top, directory), { withFileTypes: true });
    } catch (error) {
      if (directory === '') throw noDirectory(root, error);
      collected.unreadable.set(directory, reasonOf(error));
      return;
    }
    const below: Promise<void>[] = [];
    for (const entry of entries) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (isSkipped(entry.name)) continue;
        if (depth < maxDepth) below.push(visit(path, depth + 1));
        else collected.unreadable.set(path, reasons.tooDeep);
      } else if (entry.isSymbolicLink()) below.push(visitLink(path));
      else if (entry.isFile()) {
        if (isWanted(path) !== 'no') found.add(path);
      } else if (isWanted(path) === 'yes') collected.unreadable.set(path, reasons.special);
    }
    await Promise.all(below);
  };

  const visitLink = async (path: string, want = isWanted(path)): Promise<void> => {
    let reason: string;
    try {
      const target = await realpath(join(top, path));
      const what = await stat(target);
      const inside = target === top || target.startsWith(top.endsWith(sep) ? top : top + sep);
      if (what.isFile() && inside) {
        if (want !== 'no') found.add(path);
        return;
      }
      if (what.isDirectory() && isSkipped(path.split('/').at(-1) ?? '')) return;
      if (!what.isDirectory() && want !== 'yes') return;
      reason = inside ? (what.isDirectory() ? reasons.linkedDirectory : reasons.special) : reasons.outside;
    } catch (error) {
      if (want !== 'yes') return;
      reason = isMissing(error) ? reasons.brokenLink : reasonOf(error);
    }
    collected.unreadable.set(path, reason);
  };

  await visit('', 1);
  for (const path of asked) {
    // A directory on the way may be a link too.
    const exists = await lstat(join(top, path)).catch(() => undefined);
    if (exists !== undefined) await visitLink(path, 'yes');
  }

  const paths = [...found].sort();
  for (const path of paths.splice(maxFiles)) collected.unreadable.set(path, reasons.tooMany);
  let total = 0;
  const readNext = async (): Promise<void> => {
    for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
      options.signal?.throwIfAborted();
      const isAsked = asked.has(path);
      try {
        const bytes = await readSmall(join(top, path), maxBytes(isAsked ? 'yes' : isWanted(path)));
        if (bytes === undefined) {
          if (isAsked || isWanted(path) === 'yes') collected.unreadable.set(path, reasons.tooLarge);
          continue;
        }
        total += bytes.length;
        if (total > maxDirectoryBytes) collected.unreadable.set(path, reasons.tooMuch);
        else addFile(collected, path, bytes, isAsked);
      } catch (error) {
        if (isAsked || isWanted(path) === 'yes') collected.unreadable.set(path, reasonOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, readNext));
  return collectedFiles(collected);
}

/** Undefined: it is larger. */
async function readSmall(path: string, limit: number): Promise<Uint8Array | undefined> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(Math.min(limit, (await file.stat()).size) + 1);
    let length = 0;
    // A file may grow while it is read; never more than the limit is kept.
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    return length > limit ? undefined : buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') return reasons.permission;
  return `cannot be read: ${code === '' ? String(error) : code}`;
}

function noDirectory(root: string, cause: unknown): UsageError {
  const why = isMissing(cause) ? 'does not exist' : `cannot be read (${codeOf(cause)})`;
  return new UsageError('NO_DIRECTORY', `The directory ${root} ${why}.`, {
    cause,
    next: ['Name the directory that holds the Compose file.'],
  });
}
