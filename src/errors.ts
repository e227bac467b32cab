import type { ExitReason } from './exit-codes.ts';

/** Where a failure happened; every part that is known is shown to the user. */
export interface ErrorPlace {
  host?: string;
  step?: string;
  command?: string;
  file?: string;
  line?: number;
  /** The last lines of the failed command's output, oldest first. */
  output?: readonly string[];
}

export interface OpsErrorOptions {
  /** One sentence (or a few, one an entry) of what to do next. */
  next?: readonly string[];
  place?: ErrorPlace;
  cause?: unknown;
}

/**
 * A failure that a user can act on: one sentence of what happened, where, and what to do next.
 * Everything else that is thrown is a bug and is shown with its stack.
 */
export class OpsError extends Error {
  readonly reason: ExitReason;
  /** Stable identifier for scripts, e.g. `HOST_KEY_CHANGED`. */
  readonly code: string;
  readonly next: readonly string[];
  readonly place: ErrorPlace;

  constructor(reason: ExitReason, code: string, message: string, options: OpsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OpsError';
    this.reason = reason;
    this.code = code;
    this.next = options.next ?? [];
    this.place = options.place ?? {};
  }
}

/** What is no `OpsError` is a bug of ours. */
export function reasonOf(thrown: unknown): ExitReason {
  return thrown instanceof OpsError ? thrown.reason : 'internal';
}

/** Wrong flags, configuration or answers: the user can mend it on this machine. */
export class UsageError extends OpsError {
  constructor(code: string, message: string, options?: OpsErrorOptions) {
    super('usage', code, message, options);
    this.name = 'UsageError';
  }
}

/** The host could not be reached, did not let us in, could not be trusted, or went away. */
export class ConnectionError extends OpsError {
  constructor(code: string, message: string, options?: OpsErrorOptions) {
    super('connection', code, message, options);
    this.name = 'ConnectionError';
  }
}

/** A command on a host ended with a code other than 0, or in time-out. */
export class RemoteCommandError extends OpsError {
  constructor(code: string, message: string, options?: OpsErrorOptions) {
    super('unchanged', code, message, options);
    this.name = 'RemoteCommandError';
  }
}

/** Ctrl+C, SIGTERM, or the terminal went away. */
export class InterruptedError extends OpsError {
  constructor(message = 'Interrupted.', options?: OpsErrorOptions) {
    super('interrupted', 'INTERRUPTED', message, options);
    this.name = 'InterruptedError';
  }
}
