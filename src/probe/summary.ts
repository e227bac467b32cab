import type { ProbeSummary } from '../ledger/entry.ts';

export interface ProbeSample {
  /** When the request was sent, milliseconds of a clock that never jumps. */
  at: number;
  /** From sending to the whole answer. */
  durationMs: number;
  ok: boolean;
  /** Why it failed: `502`, `connection reset`. */
  error?: string;
}

/** The share of samples at or below the value, by the nearest-rank method; 0 for none. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/**
 * What the site did, from the samples of one release. The longest gap is the longest time between two answers:
 * the downtime that a visitor could have met, plus the interval between two requests.
 */
export function summarize(samples: readonly ProbeSample[], servedBefore: boolean): ProbeSummary {
  const answered = samples.filter(({ ok }) => ok);
  const ends = answered.map(({ at, durationMs }) => at + durationMs).toSorted((one, other) => one - other);
  let longestGapMs = 0;
  for (const [index, end] of ends.entries())
    longestGapMs = Math.max(longestGapMs, end - (ends[index - 1] ?? end));
  const durations = answered.map(({ durationMs }) => durationMs).toSorted((one, other) => one - other);
  const round = (value: number): number => Math.round(value * 10) / 10;
  return {
    requests: samples.length,
    failed: samples.length - answered.length,
    longestGapMs: Math.round(longestGapMs),
    p50Ms: round(percentile(durations, 0.5)),
    p95Ms: round(percentile(durations, 0.95)),
    maxMs: round(durations.at(-1) ?? 0),
    servedBefore,
  };
}

/** `2,431 requests, 0 failed, longest gap 38 ms`. */
export function probeText(summary: ProbeSummary): string {
  const count = (value: number): string => value.toLocaleString('en-US');
  if (!summary.servedBefore && summary.requests === 0) return 'not measured: nothing served before';
  return `${count(summary.requests)} requests, ${count(summary.failed)} failed, longest gap ${count(summary.longestGapMs)} ms`;
}
