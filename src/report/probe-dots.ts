import type { TimelineSample } from './timeline.ts';

export interface Dots {
  /** Seconds and milliseconds. */
  good: (readonly [number, number])[];
  /** Seconds. */
  bad: number[];
  /** Each point stands for the slowest of this many milliseconds; undefined: every answer is there. */
  everyMs?: number;
}

/** The probe's answers as points, at most `most` of them: of each stretch of time the slowest. Failures all stay. */
export function probeDots(samples: readonly TimelineSample[], most = 1_500): Dots {
  const good = samples.filter(({ ok }) => ok);
  const bad = samples.filter(({ ok }) => !ok).map(({ atMs }) => atMs / 1000);
  const point = ({ atMs, durationMs }: TimelineSample) => [atMs / 1000, durationMs] as const;
  if (good.length <= most) return { good: good.map(point), bad };
  const end = good.reduce((last, { atMs }) => Math.max(last, atMs), 0);
  const everyMs = Math.max(1, Math.ceil(end / (most - 1)));
  const slowest = new Map<number, TimelineSample>();
  for (const sample of good) {
    const index = Math.floor(sample.atMs / everyMs);
    const known = slowest.get(index);
    if (known === undefined || sample.durationMs > known.durationMs) slowest.set(index, sample);
  }
  return { good: [...slowest.values()].map(point), bad, everyMs };
}
