import { InterruptedError, OpsError, reasonOf, UsageError } from '../errors.ts';
import { exitCodes, mostSevere, type ExitReason } from '../exit-codes.ts';
import { nearest } from '../config/nearest.ts';

/** What a thrown value means for the user: one exit code, one or more errors to show. */
export interface Failure {
  reason: ExitReason;
  exitCode: number;
  /** Never empty. What is no `OpsError` is a bug of ours. */
  errors: readonly Error[];
}

/** The parts of oclif's errors that we use; named here so that oclif need not be loaded. */
interface ParseError extends Error {
  oclif: object;
  flags?: readonly string[];
}

/** We throw none of oclif's errors ourselves, so one of them is always about the words of the command line. */
function isParseError(error: Error): error is ParseError {
  return 'oclif' in error;
}

function fromParser(error: ParseError, command: string, flagNames: readonly string[]): UsageError {
  const message = error.message
    .split('\n')
    .filter((line) => !line.startsWith('See more help with'))
    .join('\n')
    .trim()
    .replace(/^Parsing (--\S+)\s+/, '$1: ');
  const help = `See \`ops ${command} --help\`.`;
  const [unknown] = error.flags ?? [];
  if (unknown !== undefined) {
    const close = nearest(unknown.replace(/^-+/, ''), flagNames);
    const next = close === undefined ? [help] : [`Did you mean --${close}?`, help];
    return new UsageError('UNKNOWN_FLAG', `There is no flag ${unknown} in \`ops ${command}\`.`, { next });
  }
  return new UsageError('WRONG_ARGUMENTS', message, { next: [help] });
}

/** Ctrl+C in a prompt, or an aborted signal that nobody translated. */
function isInterrupt(error: Error): boolean {
  return error.name === 'ExitPromptError' || error.name === 'AbortPromptError' || error.name === 'AbortError';
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(`Thrown: ${String(value)}`);
}

/**
 * Translates whatever was thrown. `command` and `flagNames` are those of the command that was asked for.
 */
export function explain(thrown: unknown, command: string, flagNames: readonly string[] = []): Failure {
  const all = thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors : [thrown];
  const errors = all.map((value) => {
    const error = toError(value);
    if (error instanceof OpsError) return error;
    if (isParseError(error)) return fromParser(error, command, flagNames);
    if (isInterrupt(error)) return new InterruptedError('Interrupted.', { cause: error });
    return error;
  });
  const reason = mostSevere(errors.map(reasonOf)) ?? 'internal';
  return { reason, exitCode: exitCodes[reason].code, errors };
}
