import { Durations } from './histogram.ts';
import type { Figures } from './result.ts';

/** How a request ended: with an answer, or with the kind of its failure. */
export type End = { status: number; bytes: number; cache: string | undefined } | { failed: string };

export type Outcome = 'ok' | 'limited' | 'failed';

/** 2xx and 3xx are as they should be; 429 is a rate limit at work. */
export function outcomeOf(end: End): Outcome {
  if ('failed' in end) return 'failed';
  if (end.status === 429) return 'limited';
  return end.status < 400 ? 'ok' : 'failed';
}

/** Counts the ends of requests of one kind. Durations are of those that were answered without an error only. */
export class Tally {
  sent = 0;
  /** Ended while the clock of measuring ran, whenever they were begun, and those of them that were ok. */
  ended = 0;
  endedOk = 0;
  readonly durations = new Durations();
  readonly #outcomes = { ok: 0, limited: 0, failed: 0 };
  readonly #errors = new Map<string, number>();
  readonly #status = new Map<string, number>();
  readonly #cache = new Map<string, number>();
  #bytes = 0;

  count(end: End, outcome: Outcome, ms: number): void {
    this.#outcomes[outcome] += 1;
    if ('failed' in end) {
      increase(this.#errors, end.failed);
      return;
    }
    this.#bytes += end.bytes;
    increase(this.#status, String(end.status));
    if (end.cache !== undefined && end.cache !== '') increase(this.#cache, end.cache.toUpperCase());
    if (outcome === 'ok') this.durations.record(ms);
  }

  get ok(): number {
    return this.#outcomes.ok;
  }

  get limited(): number {
    return this.#outcomes.limited;
  }

  get failed(): number {
    return this.#outcomes.failed;
  }

  /** Adds everything that the other counted. */
  add(other: Tally): void {
    this.sent += other.sent;
    this.ended += other.ended;
    this.endedOk += other.endedOk;
    this.durations.add(other.durations);
    this.#bytes += other.#bytes;
    for (const outcome of ['ok', 'limited', 'failed'] as const)
      this.#outcomes[outcome] += other.#outcomes[outcome];
    for (const [key, count] of other.#errors) increase(this.#errors, key, count);
    for (const [key, count] of other.#status) increase(this.#status, key, count);
    for (const [key, count] of other.#cache) increase(this.#cache, key, count);
  }

  /** @param durationMs of measuring */
  figures(durationMs: number): Figures {
    const perSecond = (count: number): number => (durationMs > 0 ? (count / durationMs) * 1000 : 0);
    const all = this.ok + this.limited + this.failed;
    return {
      sent: this.sent,
      ok: this.ok,
      rate: perSecond(this.ended),
      okRate: perSecond(this.endedOk),
      latency: this.durations.latency(),
      errors: Object.fromEntries(this.#errors),
      status: Object.fromEntries(this.#status),
      errorShare: all === 0 ? 0 : this.failed / all,
      limited: this.limited,
      bytes: this.#bytes,
      cache: Object.fromEntries(this.#cache),
    };
  }
}

function increase(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
