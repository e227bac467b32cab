import type { LockOwner } from '../facts/lock.ts';
import { lockDir, logDir, opsDir } from './ops-dir.ts';
import { quote } from './quote.ts';

/** How often the client is heard from, and after which silence its lock may be taken over. */
export const heartbeatMs = 5_000;
export const staleSeconds = 60;

/** Who has made it may take a silent owner's lock away; there for moments only. */
const takeOverDir = `${lockDir}.taking`;

/**
 * Makes our directory, or refuses it: neither a link, nor another user, nor a commit may say where our files are,
 * what is in them and who reads them. Ours is also what belongs to the owner of the app directory.
 */
const ownDirectory = [
  `refuse() { echo "${opsDir} $1" >&2; exit 1; }`,
  `[ ! -L ${opsDir} ] || refuse "is a link; remove it."`,
  `mkdir -p ${opsDir} || exit 1`,
  `owner=$(stat -c %u ${opsDir}); [ "$owner" = "$(id -u)" ] || [ "$owner" = "$(stat -c %u .)" ] || refuse "belongs to another user."`,
  `[ -z "$(git ls-files -- ${opsDir} 2>/dev/null)" ] || refuse "is in git; take it out of the repository."`,
  `chmod 0700 ${opsDir} || exit 1`,
  `mkdir -p ${logDir} || exit 1`,
].join('\n');

/**
 * Takes the lock and keeps it for as long as standard input is open and lines come in: the connection IS the lock.
 * A client that dies closes its input, and the lock is released by the host itself; one whose network swallows
 * packets goes silent, and its lock can be taken over after `staleSeconds`.
 *
 * Prints `acquired`, or `held`; and `lost` when somebody took the lock over.
 *
 * @param stale token of a silent owner whose lock may be taken over
 */
export function holdLock(appDir: string, owner: LockOwner, stale?: string): string {
  const script = [
    `cd ${quote(appDir)} || exit 1`,
    'umask 077',
    ownDirectory,
    // From before there is a lock: the connection's end must not end us before it is released.
    "trap '' HUP PIPE INT TERM",
    'taking=',
    ...(stale === undefined
      ? []
      : [
          // One at a time: whoever looked before another took it over must not take the new lock away.
          `if mkdir ${takeOverDir} 2>/dev/null; then`,
          '  taking=yes',
          `  if [ "$(cat ${lockDir}/run 2>/dev/null)" = ${quote(stale)} ]; then mv ${lockDir} ${lockDir}.${owner.run} 2>/dev/null; rm -rf ${lockDir}.${owner.run}; fi`,
          'fi',
        ]),
    `taken() { [ -z "$taking" ] || rmdir ${takeOverDir}; }`,
    // It may go away between the two looks: then it is tried again, and not for ever.
    `n=0; until mkdir ${lockDir} 2>/dev/null; do`,
    `  if [ -d ${lockDir} ]; then taken; echo held; exit 0; fi`,
    `  n=$((n + 1)); if [ "$n" -ge 5 ]; then taken; echo "cannot create ${lockDir}" >&2; exit 1; fi`,
    'done',
    `printf '%s\\n' ${quote(owner.run)} > ${lockDir}/run && printf '%s\\n' ${quote(JSON.stringify(owner))} > ${lockDir}/owner.json || { taken; rm -rf ${lockDir}; exit 1; }`,
    'taken',
    `: > ${lockDir}/heartbeat`,
    // Kept out of git without touching the user's files; `git status` and a checkout never see it.
    `exclude=$(git rev-parse --git-path info/exclude 2>/dev/null) && { grep -qx '/${opsDir}/' "$exclude" 2>/dev/null || { mkdir -p "\${exclude%/*}"; [ ! -s "$exclude" ] || [ -z "$(tail -c 1 "$exclude")" ] || echo >> "$exclude"; echo '/${opsDir}/' >> "$exclude"; }; }`,
    'echo acquired',
    `ours() { [ "$(cat ${lockDir}/run 2>/dev/null)" = ${quote(owner.run)} ]; }`,
    `while IFS= read -r line; do ours || { echo lost; exit 0; }; : > ${lockDir}/heartbeat; done`,
    `ours && rm -rf ${lockDir}`,
    'exit 0',
  ].join('\n');
  return `sh -c ${quote(script)}`;
}

/** Removes the lock, whoever holds it, if its token is still `run` (empty: if it has none). */
export function releaseLock(appDir: string, run: string): string {
  return [
    `cd ${quote(appDir)} || exit 1`,
    `[ -d ${lockDir} ] || { echo free; exit 0; }`,
    `[ "$(cat ${lockDir}/run 2>/dev/null)" = ${quote(run)} ] || { echo changed; exit 0; }`,
    `rm -rf ${takeOverDir} ${lockDir} && echo released`,
  ].join('\n');
}
