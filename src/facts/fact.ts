import type { ComposeProgram } from '../shell/compose.ts';

/** Output of one fact's script, as gathered. */
export interface FactOutput {
  stdout: string;
  stderr: string;
  /** Exit code of the fact's own script. */
  code: number;
}

/** What a fact's script may depend on; all of it is known before the connection. */
export interface FactScope {
  appDir: string;
  /** Quoted flags of `docker compose`: files, project, profiles. */
  composeFlags: string;
  remote: string;
  branch: string;
  proxy?: string;
  /** Of an earlier look, which saves half of the work: how Compose is called here, and what it calls the project. */
  known?: { compose: ComposeProgram; project: string };
}

/**
 * Read-only state of a host: a script for POSIX sh and a pure parser of what it prints.
 *
 * Scripts run in subshells inside `appDir`, with standard input closed, and may use `$dc`, the words of
 * Compose (`docker compose` or `docker-compose`), which is empty when there is none.
 * A parser throws only on output that it cannot explain; "not installed" and "not running" are values. Where a value
 * would be taken for something that was seen, it throws `UnreadableError`.
 */
export interface Fact<Id extends string, Value> {
  id: Id;
  /** The script uses what `listing` leaves. */
  needs?: 'listing';
  script: (scope: FactScope) => string;
  parse: (output: FactOutput) => Value;
}

/** The state could not be looked at; the message says why, without a full stop. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Of a list that Docker refused: `stderr` is what it said. */
export function dockerSilent(stderr: string): UnreadableError {
  const why = stderr.trim().split('\n').at(-1) ?? '';
  return new UnreadableError(`Docker cannot list them${why === '' ? '' : `: ${why.replace(/\.$/, '')}`}`);
}
