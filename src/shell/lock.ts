import type { LockOwner } from '../facts/lock.ts';
import { lockDir, logDir, opsDir } from './ops-dir.ts';
import { quote } from './quote.ts';

/** How often the client is heard from, and after which silence its lock may be taken over. */
export const heartbeatMs = 5_000;
export const staleSeconds = 60;

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
    `mkdir -p ${opsDir} ${logDir} || exit 1`,
    ...(stale === undefined
      ? []
      : [
          // A rename has one winner; if the lock changed hands since we looked, it goes back.
          `if [ "$(cat ${lockDir}/run 2>/dev/null)" = ${quote(stale)} ] && mv ${lockDir} ${lockDir}.${owner.run} 2>/dev/null; then`,
          `  if [ "$(cat ${lockDir}.${owner.run}/run 2>/dev/null)" = ${quote(stale)} ]; then rm -rf ${lockDir}.${owner.run}; else mv ${lockDir}.${owner.run} ${lockDir}; fi`,
          'fi',
        ]),
    `mkdir ${lockDir} 2>/dev/null || { [ -d ${lockDir} ] && { echo held; exit 0; }; echo "cannot create ${lockDir}" >&2; exit 1; }`,
    `printf '%s\\n' ${quote(owner.run)} > ${lockDir}/run && printf '%s\\n' ${quote(JSON.stringify(owner))} > ${lockDir}/owner.json || { rm -rf ${lockDir}; exit 1; }`,
    `: > ${lockDir}/heartbeat`,
    // Kept out of git without touching the user's files; `git status` and a checkout never see it.
    `exclude=$(git rev-parse --git-path info/exclude 2>/dev/null) && { grep -qx '/${opsDir}/' "$exclude" 2>/dev/null || { mkdir -p "\${exclude%/*}"; [ ! -s "$exclude" ] || [ -z "$(tail -c 1 "$exclude")" ] || echo >> "$exclude"; echo '/${opsDir}/' >> "$exclude"; }; }`,
    'echo acquired',
    `ours() { [ "$(cat ${lockDir}/run 2>/dev/null)" = ${quote(owner.run)} ]; }`,
    // The connection's end must not end us before the lock is released.
    "trap '' HUP PIPE INT TERM",
    `while IFS= read -r line; do ours || { echo lost; exit 0; }; : > ${lockDir}/heartbeat; done`,
    `ours && rm -rf ${lockDir}`,
    'exit 0',
  ].join('\n');
  return `sh -c ${quote(script)}`;
}

/** Removes the lock, whoever holds it, if its token is still `run` (or, without one, if it has none). */
export function releaseLock(appDir: string, run: string | undefined): string {
  return [
    `cd ${quote(appDir)} || exit 1`,
    `[ -d ${lockDir} ] || { echo free; exit 0; }`,
    `[ "$(cat ${lockDir}/run 2>/dev/null)" = ${quote(run ?? '')} ] || { echo changed; exit 0; }`,
    `rm -rf ${lockDir} && echo released`,
  ].join('\n');
}
