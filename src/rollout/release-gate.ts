import { InterruptedError, OpsError } from '../errors.ts';

/**
 * Where the release command (migrations) runs, and when the other hosts may go on.
 *
 * With one database for all hosts it runs on the first host only, and no other host may start containers that
 * expect the new tables before it is through.
 */
export class ReleaseGate {
  readonly #first: string | undefined;
  readonly #through = Promise.withResolvers<boolean>();

  /** @param first the only host that runs it; undefined: every host runs its own */
  constructor(first: string | undefined) {
    this.#first = first;
  }

  runsOn(host: string): boolean {
    return this.#first === undefined || host === this.#first;
  }

  passed(host: string): void {
    if (host === this.#first) this.#through.resolve(true);
  }

  /** After `passed` it means nothing. */
  failed(host: string): void {
    if (host === this.#first) this.#through.resolve(false);
  }

  /** @throws OpsError when the first host failed before its release command was through */
  async wait(host: string, signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(new InterruptedError());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      if (await Promise.race([this.#through.promise, aborted.promise])) return;
    } finally {
      signal.removeEventListener('abort', abort);
    }
    throw new OpsError(
      'unchanged',
      'RELEASE_COMMAND_ELSEWHERE',
      `The release command did not succeed on ${this.#first ?? ''}, so ${host} goes no further.`,
      { place: { host, step: 'release command' }, next: [`Look at the failure of ${this.#first ?? ''}.`] },
    );
  }
}
