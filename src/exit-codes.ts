/**
 * The one table of exit codes. `ops --help`, docs/exit-codes.md and every error use it;
 * a script that calls `ops` may rely on the numbers.
 */
export const exitCodes = {
  ok: { code: 0, meaning: 'Done, or nothing to do' },
  checksFailed: { code: 1, meaning: 'A check, an audit or a threshold failed, or no plan fits' },
  usage: { code: 2, meaning: 'Wrong flags, configuration or answer; nothing was done' },
  connection: { code: 3, meaning: 'No connection to a host, or its key is not trusted; nothing was done' },
  unchanged: { code: 4, meaning: 'Failed; what serves on the server is as it was before' },
  rolledBack: {
    code: 5,
    meaning: 'Failed after traffic moved; the previous release was put back and serves',
  },
  needsHuman: { code: 6, meaning: 'Failed, and the server needs a person: the message says what and where' },
  locked: { code: 7, meaning: 'Another deploy holds the lock' },
  internal: { code: 70, meaning: 'A bug in ops itself' },
  interrupted: { code: 130, meaning: 'Interrupted (Ctrl+C, SIGTERM); the site serves, the lock is released' },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitReason = keyof typeof exitCodes;

/**
 * Several failures (one a host) have one exit code, that of the first of these among them. First what a script must not
 * miss: a server that needs a person, a bug, visitors who met another release; then what has to be mended before the
 * next try, and last what may be over by then or has done nothing.
 */
export const bySeverity: readonly Exclude<ExitReason, 'ok'>[] = [
  'needsHuman',
  'internal',
  'rolledBack',
  'unchanged',
  'interrupted',
  'locked',
  'connection',
  'usage',
  'checksFailed',
];

/** The reason that a caller must know of first; undefined: nothing failed. */
export function mostSevere(reasons: readonly ExitReason[]): ExitReason | undefined {
  return bySeverity.find((reason) => reasons.includes(reason));
}
