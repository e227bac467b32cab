import { InterruptedError } from '../errors.ts';

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Aborts from within: the reader of our output went away. */
  abort(reason: Error): void;
  dispose(): void;
}

export interface InterruptOptions {
  /** Prints one line for the person at the keyboard. */
  say: (text: string) => void;
  /** Ends the process at once; the second signal asks for it. */
  exit: (code: number) => void;
  on: (name: NodeJS.Signals, listener: (name: NodeJS.Signals) => void) => void;
  off: (name: NodeJS.Signals, listener: (name: NodeJS.Signals) => void) => void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that steps are undone and locks released.
 * A second one stops at once.
 */
export function catchSignals({ say, exit, on, off }: InterruptOptions): Interrupts {
  const controller = new AbortController();
  const listener = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      say(
        'Stopped at once. The server may be between two steps; every one of them serves. Run `ops status`, and `ops deploy` to recover.',
      );
      exit(130);
      return;
    }
    say(
      name === 'SIGINT'
        ? 'Interrupted: finishing safely. Press Ctrl+C again to stop at once.'
        : `${name}: finishing safely.`,
    );
    controller.abort(new InterruptedError(`Interrupted by ${name}.`));
  };
  for (const name of names) on(name, listener);
  return {
    signal: controller.signal,
    abort: (reason) => {
      controller.abort(reason);
    },
    dispose: () => {
      for (const name of names) off(name, listener);
    },
  };
}
