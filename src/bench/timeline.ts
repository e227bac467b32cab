import { Durations } from './histogram.ts';
import type { Second } from './result.ts';
import type { Outcome } from './tally.ts';

/** What happened in each second of measuring. Times are milliseconds since measuring began. */
export class Timeline {
  readonly seconds: Second[] = [];
  readonly #durations = new Durations();
  readonly #told: ((second: Second) => void) | undefined;
  #now = { sent: 0, ok: 0, failed: 0, limited: 0 };

  constructor(told?: (second: Second) => void) {
    this.#told = told;
  }

  sent(): void {
    this.#now.sent += 1;
  }

  ended(outcome: Outcome, ms: number): void {
    this.#now[outcome] += 1;
    if (outcome === 'ok') this.#durations.record(ms);
  }

  /** Ends the seconds that are over at `at`; `open` requests are under way. */
  advance(at: number, open: number): void {
    while (at >= (this.seconds.length + 1) * 1000) this.#close(open);
  }

  /** Ends the last, begun second, if anything happened in it. */
  finish(open: number): void {
    const { sent, ok, failed, limited } = this.#now;
    if (sent + ok + failed + limited > 0) this.#close(open);
  }

  #close(open: number): void {
    const durations = this.#durations;
    const second: Second = {
      second: this.seconds.length,
      ...this.#now,
      p50: durations.percentile(50),
      p95: durations.percentile(95),
      p99: durations.percentile(99),
      open,
    };
    this.seconds.push(second);
    this.#told?.(second);
    this.#now = { sent: 0, ok: 0, failed: 0, limited: 0 };
    durations.clear();
  }
}
