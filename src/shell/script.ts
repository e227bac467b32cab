import { lockDir } from './ops-dir.ts';
import { quote } from './quote.ts';

/** Exit code of a step that found the lock in other hands: somebody else deploys now. */
export const lockLostCode = 97;

/** A shell that a signal ends runs no EXIT trap, and leaves its temporary files; with this it does. */
export const exitOnSignal = "trap 'exit 143' HUP INT PIPE TERM";

export interface ScriptContext {
  appDir: string;
  /** Words and flags of Compose, quoted: `docker compose -f docker-compose.prod.yml`. */
  compose: string;
  /** Token of the lock's owner; every step that changes something proves that it still holds it. */
  run?: string | undefined;
}

/**
 * A whole step for `sh -s`: stops at the first error, inside the app directory, only while we hold the lock.
 * The body may use the function `dc`, Compose with its flags.
 */
export function stepScript({ appDir, compose, run }: ScriptContext, ...body: readonly string[]): string {
  return [
    'set -eu',
    exitOnSignal,
    'LC_ALL=C; export LC_ALL',
    `cd ${quote(appDir)}`,
    ...(run === undefined
      ? []
      : [
          `[ "$(cat ${lockDir}/run 2>/dev/null)" = ${quote(run)} ] || { echo "The lock is not ours any more." >&2; exit ${lockLostCode}; }`,
        ]),
    `dc() { ${compose} "$@" </dev/null; }`,
    ...body,
  ].join('\n');
}
