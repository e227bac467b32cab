import type { ProgressEvent } from '../plan/progress.ts';

/** What a release has done so far on one host: it decides what a failure means. Times by a clock that never jumps. */
export class Milestones {
  readonly #clock: () => number;
  readonly #serving: () => boolean | undefined;
  /** The ledger has the start of the release. */
  recorded = false;
  /** Requests may have met another release. */
  moved = false;
  /** When traffic began to move, milliseconds; and from when on failed requests count against the new release. */
  movedAt = 0;
  failuresCount = 0;
  /** The site answered its health path before traffic moved; undefined: nobody knows. */
  servedBefore: boolean | undefined;

  /** @param serving whether the site answers its health path, as far as is known */
  constructor(clock: () => number, serving: () => boolean | undefined) {
    this.#clock = clock;
    this.#serving = serving;
  }

  observe(event: ProgressEvent): void {
    if (event.type === 'stepDone' && event.id === 'record') this.recorded = true;
    // A failure from here on means that the old release must take traffic back. From the start of the step: one that
    // fails may have moved some of it.
    if (event.type === 'stepStarted' && movesTraffic(event.id) && !this.moved) {
      this.moved = true;
      this.servedBefore ??= this.#serving();
      this.countFailures();
    }
    // Downtime that was agreed to says nothing about the new release.
    if (event.type === 'stepDone' && interrupts(event.id)) this.failuresCount = this.#clock();
  }

  /** The new release answers for what fails from now on. */
  countFailures(): void {
    this.movedAt = this.#clock();
    this.failuresCount = this.movedAt;
  }
}

/**
 * Steps after which new requests meet another release. Where the proxy is not told whom to send to (a worker, a proxy
 * that is no nginx), that is when the old containers go.
 */
export function movesTraffic(id: string): boolean {
  return id === 'share' || id === 'switch' || id === 'reload' || id === 'retire' || interrupts(id);
}

/** Steps that stop what serves while they run. */
function interrupts(id: string): boolean {
  return id.startsWith('recreate-');
}
