import type { Second } from '../bench/result.ts';

/** Some seconds of a run taken together. */
export interface Bucket {
  /** Seconds since measuring began. */
  from: number;
  to: number;
  /** A second. */
  ok: number;
  failed: number;
  /** Refused by a rate limit (429). */
  limited: number;
  /** Milliseconds, each the worst of its seconds; undefined: nothing was answered. */
  latency?: { p50: number; p95: number; p99: number };
}

/** At most `most` buckets of equally many seconds: a chart of an hour has no room for 3,600 bars. */
export function bucketsOf(timeline: readonly Second[], most = 120): Bucket[] {
  const last = timeline.reduce((end, { second }) => Math.max(end, second), -1);
  const every = Math.max(1, Math.ceil((last + 1) / most));
  const groups = new Map<number, Second[]>();
  for (const second of timeline) {
    const index = Math.floor(second.second / every);
    const group = groups.get(index);
    if (group) group.push(second);
    else groups.set(index, [second]);
  }
  return [...groups]
    .toSorted(([one], [other]) => one - other)
    .map(([index, seconds]) => {
      const answered = seconds.filter(({ ok }) => ok > 0);
      const mean = (key: 'ok' | 'failed' | 'limited'): number =>
        seconds.reduce((sum, second) => sum + (second[key] ?? 0), 0) / seconds.length;
      const worst = (key: 'p50' | 'p95' | 'p99'): number =>
        answered.reduce((most, second) => Math.max(most, second[key]), 0);
      return {
        from: index * every,
        to: Math.min((index + 1) * every, last + 1),
        ok: mean('ok'),
        failed: mean('failed'),
        limited: mean('limited'),
        ...(answered.length === 0
          ? {}
          : { latency: { p50: worst('p50'), p95: worst('p95'), p99: worst('p99') } }),
      };
    });
}
