import { cacheAnswer } from '../check/access-log.ts';
import { mean, meanDifference, quantileDifference, shareDifference, type Difference } from './bootstrap.ts';
import type { Random } from './draws.ts';
import { countsOf, quantile } from './histogram-counts.ts';
import type { BenchResult } from './result.ts';
import { scenarioDifferences } from './scenario-differences.ts';

export const metrics = ['rate', 'p50', 'p95', 'p99', 'errors', 'hitRate'] as const;
export type Metric = (typeof metrics)[number];

/** Answers without an error, a second; milliseconds; shares from 0 to 1. */
export interface Change {
  metric: Metric;
  before: number;
  after: number;
  /** `ratio`: after / before. `difference`: after − before, of shares, which may be 0. */
  kind: 'ratio' | 'difference';
  change: number;
  /** 95 %; undefined: there is too little to say. */
  interval?: readonly [number, number];
  /** `same`: no significant change, the interval has 1 (or 0, of a difference) in it. */
  verdict: 'better' | 'worse' | 'same' | 'unknown';
}

export interface Comparison {
  /** How many runs each side has. */
  repetitions: { before: number; after: number };
  /** What the intervals come from: whole runs, or the requests within runs. */
  method: 'repetitions' | 'within';
  changes: readonly Change[];
  /** Why the two sides may not be comparable. */
  warnings: readonly string[];
}

/** From this many runs a side on, they are what is resampled. */
export const enoughRepetitions = 5;

/**
 * Compares runs before with runs after, each metric with a bootstrap interval of 95 %.
 *
 * With five runs or more a side a run is one observation, and runs are resampled: the interval then has all that
 * makes one run differ from the next (what else the machine does, caches, the order of things). The figure of a side
 * is the geometric mean of its runs, of shares the arithmetic one. Interleave the runs (A B A B …), so that a machine
 * that becomes slower meets both sides alike.
 *
 * With fewer runs the requests within them are resampled (of the rate: the seconds), as if they were independent. They
 * are not: one slow second makes many slow requests. So these intervals are too narrow for what they seem to say;
 * they tell that two runs differ, not that the two versions do.
 *
 * Limits: six metrics are looked at, each of which is called changed by chance in about 1 of 20 comparisons of equal
 * sides; a 99th percentile of few requests has a wide interval; in an open loop that was held the rate is what was
 * asked for, and no result.
 *
 * @param before at least one run, as `after`
 * @param random seeded for the same intervals again
 */
export function compareRuns(
  before: readonly BenchResult[],
  after: readonly BenchResult[],
  random: Random,
): Comparison {
  const method =
    Math.min(before.length, after.length) >= enoughRepetitions
      ? ('repetitions' as const)
      : ('within' as const);
  const change = method === 'repetitions' ? ofRepetitions : withinRuns;
  return {
    repetitions: { before: before.length, after: after.length },
    method,
    changes: metrics.flatMap((metric) => change(metric, before, after, random) ?? []),
    warnings: [...warnings(before, after)],
  };
}

/** Histograms are right to 0.1 %: a smaller change is none. */
const resolution = 0.001;

/** Undefined: neither side has it. */
type Compare = (
  metric: Metric,
  before: readonly BenchResult[],
  after: readonly BenchResult[],
  random: Random,
) => Change | undefined;

const ofRepetitions: Compare = (metric, before, after, random) => {
  const [one, other] = [before, after].map((runs) => runs.map((run) => valueOf(metric, run)));
  if (one === undefined || other === undefined) return undefined;
  const known = [one, other].map((values) => values.filter((value) => value !== undefined));
  const [first = [], second = []] = known;
  if (first.length + second.length === 0) return undefined;
  const complete = first.length === before.length && second.length === after.length;
  if (isShare(metric))
    return changeOf(
      metric,
      mean(first),
      mean(second),
      complete ? meanDifference(first, second, random) : undefined,
    );
  const positive = [...first, ...second].every((value) => value > 0);
  const [logBefore, logAfter] = [first, second].map((values) => values.map(Math.log));
  return changeOf(
    metric,
    Math.exp(mean(logBefore ?? [])),
    Math.exp(mean(logAfter ?? [])),
    complete && positive ? meanDifference(logBefore ?? [], logAfter ?? [], random) : undefined,
  );
};

const withinRuns: Compare = (metric, before, after, random) => {
  if (metric === 'rate') return rateWithin(before, after, random);
  if (metric === 'errors' || metric === 'hitRate') {
    const [one, other] = [before, after].map((runs) => pooledShare(metric, runs));
    if (!one || !other || one.of + other.of === 0) return undefined;
    const both = one.of > 0 && other.of > 0;
    return changeOf(
      metric,
      one.count / one.of,
      other.count / other.of,
      both ? shareDifference(one, other, random) : undefined,
    );
  }
  const share = { p50: 0.5, p95: 0.95, p99: 0.99 }[metric];
  const [one, other] = [before, after].map((runs) =>
    countsOf(runs.map(({ total }) => total.latency.histogram)),
  );
  if (!one && !other) return undefined;
  return changeOf(
    metric,
    one ? quantile(one, share) : NaN,
    other ? quantile(other, share) : NaN,
    one && other ? quantileDifference(one, other, share, random) : undefined,
  );
};

/** Seconds are resampled; fewer than five say nothing. */
function rateWithin(before: readonly BenchResult[], after: readonly BenchResult[], random: Random): Change {
  const [one = [], other = []] = [before, after].map((runs) =>
    // The last second of a run is seldom a whole one.
    runs.flatMap(({ timeline }) => timeline.slice(0, -1).map(({ ok }) => ok)),
  );
  const rate = (runs: readonly BenchResult[]): number => mean(runs.map(achieved));
  const enough = Math.min(one.length, other.length) >= 5 && mean(one) > 0 && mean(other) > 0;
  if (!enough) return changeOf('rate', rate(before), rate(after), undefined);
  const { estimate, interval } = meanDifference(
    one.map((value) => value / mean(one)),
    other.map((value) => value / mean(other)),
    random,
  );
  // Deviations relative to each side's own mean; for a ratio near to its estimate that is its logarithm.
  const shift = Math.log(rate(after) / rate(before)) - estimate;
  return changeOf('rate', rate(before), rate(after), {
    estimate: estimate + shift,
    interval: [interval[0] + shift, interval[1] + shift],
  });
}

/** @param difference of logarithms for a ratio, of the values themselves for shares */
function changeOf(metric: Metric, before: number, after: number, difference: Difference | undefined): Change {
  const kind = isShare(metric) ? ('difference' as const) : ('ratio' as const);
  const neutral = kind === 'ratio' ? 1 : 0;
  const plain = kind === 'ratio' ? Math.exp : (value: number) => value;
  const head = { metric, before, after, kind };
  if (!difference || !difference.interval.every(Number.isFinite))
    return { ...head, change: kind === 'ratio' ? after / before : after - before, verdict: 'unknown' };
  const interval = [plain(difference.interval[0]), plain(difference.interval[1])] as const;
  const change = plain(difference.estimate);
  const same = interval[0] <= neutral + resolution && interval[1] >= neutral - resolution;
  const moreIsBetter = metric === 'rate' || metric === 'hitRate';
  return {
    ...head,
    change,
    interval,
    verdict: same ? 'same' : change > neutral === moreIsBetter ? 'better' : 'worse',
  };
}

/** Answers without an error, a second: a site that fails at once is not fast. */
function achieved({ total }: BenchResult): number {
  return total.okRate ?? total.rate;
}

function isShare(metric: Metric): boolean {
  return metric === 'errors' || metric === 'hitRate';
}

function valueOf(metric: Metric, run: BenchResult): number | undefined {
  const { total } = run;
  switch (metric) {
    case 'rate':
      return achieved(run);
    case 'errors':
      return total.errorShare;
    case 'hitRate': {
      const { count, of } = hits(total.cache);
      return of === 0 ? undefined : count / of;
    }
    case 'p50':
    case 'p95':
    case 'p99':
      return total.latency[metric];
  }
}

function pooledShare(
  metric: 'errors' | 'hitRate',
  runs: readonly BenchResult[],
): { count: number; of: number } {
  const shares = runs.map(({ total }) =>
    metric === 'errors'
      ? { count: Math.round(total.errorShare * total.sent), of: total.sent }
      : hits(total.cache),
  );
  return {
    count: shares.reduce((sum, { count }) => sum + count, 0),
    of: shares.reduce((sum, { of }) => sum + of, 0),
  };
}

/** Answers of the cache, of those that met it. */
function hits(cache: Readonly<Record<string, number>>): { count: number; of: number } {
  let count = 0;
  let of = 0;
  for (const [status, answers] of Object.entries(cache)) {
    const kind = cacheAnswer(status);
    if (kind === 'hit') count += answers;
    if (kind !== undefined) of += answers;
  }
  return { count, of };
}

function* warnings(before: readonly BenchResult[], after: readonly BenchResult[]): Generator<string> {
  const [first] = before;
  const differences = new Set(
    [...before, ...after].flatMap((run) => (first ? scenarioDifferences(first.scenario, run.scenario) : [])),
  );
  if (differences.size > 0) yield `The runs were not asked the same: ${[...differences].join('; ')}.`;
  for (const [side, runs] of [
    ['before', before],
    ['after', after],
  ] as const) {
    const invalid = runs.filter((run) => run.invalid.length > 0).length;
    if (invalid > 0)
      yield `${invalid} of ${runs.length} ${runs.length === 1 ? 'run' : 'runs'} ${side} ${invalid === 1 ? 'is' : 'are'} invalid: ${runs.find((run) => run.invalid.length > 0)?.invalid[0] ?? ''}`;
    if (runs.some(({ total }) => total.limited > 0))
      yield `A rate limit refused some requests ${side} (429): what was measured is the site behind its limit.`;
  }
}
