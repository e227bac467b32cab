import { gunzipSync } from 'node:zlib';
import { RemoteCommandError } from '../errors.ts';
import type { FactScope } from '../facts/fact.ts';
import { gather } from '../facts/gather.ts';
import { projectFiles, type ListedKind, type ProjectFilesFact } from '../facts/project-files.ts';
import type { Host } from '../host/host.ts';
import type { Files } from '../source/files.ts';
import { addFile, collectedFiles, reasons, type Collected } from './collect.ts';
import { untar } from './untar.ts';
import { findRules, isWanted, maxBytes, maxFiles, maxTotalBytes } from './wanted.ts';

export interface HostFilesOptions {
  /** A string that the host cannot foresee. */
  nonce: string;
  /** Paths relative to the app directory that are read whatever they are called. */
  also?: readonly string[];
  signal?: AbortSignal;
}

/** The fact behind `hostFiles`, to be gathered together with others. */
export function filesFact(also: readonly string[] = []): ReturnType<typeof projectFiles> {
  return projectFiles(findRules, { also, maxArchiveBytes: maxTotalBytes });
}

/**
 * The same files of the app directory on a server as `readDirectory` reads here, in one round trip.
 *
 * @throws RemoteCommandError `NO_APP_DIRECTORY`, `NO_TAR`
 */
export async function hostFiles(host: Host, scope: FactScope, options: HostFilesOptions): Promise<Files> {
  const { also = [], nonce, signal } = options;
  const { files } = await gather(host, { files: filesFact(also) }, scope, nonce, signal ? { signal } : {});
  if (files.state === 'ok') return filesOfFact(files, also);
  const [code, message] =
    files.state === 'no-directory'
      ? ([
          'NO_APP_DIRECTORY',
          `${host.name} has no directory ${scope.appDir}, or it may not be entered.`,
        ] as const)
      : (['NO_TAR', `${host.name} has no tar, which reading its files needs.`] as const);
  throw new RemoteCommandError(code, message, { place: { host: host.name } });
}

const kinds: Readonly<Record<Exclude<ListedKind, 'file'>, string>> = {
  denied: reasons.permission,
  large: reasons.tooLarge,
  deep: reasons.tooDeep,
  outside: reasons.outside,
  broken: reasons.brokenLink,
  linkeddir: reasons.linkedDirectory,
  special: reasons.special,
};

/** The files that were listed and archived on a server. */
export function filesOfFact(
  fact: Extract<ProjectFilesFact, { state: 'ok' }>,
  also: readonly string[] = [],
): Files {
  const archive = fact.compressed
    ? gunzipSync(fact.archive, { maxOutputLength: 2 * maxTotalBytes })
    : fact.archive;
  const collected: Collected = { texts: new Map(), unreadable: new Map() };
  const listed = fact.listed.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  const beyond = new Set(listed.toSorted().slice(maxFiles));
  for (const { path, bytes } of untar(archive)) {
    const asked = also.includes(path);
    // Of a link only the target tells how large it is.
    if (bytes.length > maxBytes(asked ? 'yes' : isWanted(path)))
      collected.unreadable.set(path, reasons.tooLarge);
    else if (!beyond.has(path)) addFile(collected, path, bytes, asked);
  }
  const cut = archive.length >= maxTotalBytes;
  for (const { kind, path } of fact.listed) {
    if (kind in kinds) collected.unreadable.set(path, kinds[kind as keyof typeof kinds]);
    else if (beyond.has(path)) collected.unreadable.set(path, reasons.tooMany);
    else if (!collected.texts.has(path) && !collected.unreadable.has(path))
      collected.unreadable.set(path, cut ? reasons.tooMuch : 'cannot be read: it went away');
  }
  return collectedFiles(collected);
}
