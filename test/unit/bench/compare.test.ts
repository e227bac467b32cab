import { describe, expect, it } from 'vitest';
import { meanDifference, quantileDifference, shareDifference } from '../../../src/bench/bootstrap.ts';
import { compareRuns, type Change, type Comparison, type Metric } from '../../../src/bench/compare.ts';
import { drawBeta, drawNormal, student975, type Random } from '../../../src/bench/draws.ts';
import { countsOf, quantile, type Counts } from '../../../src/bench/histogram-counts.ts';
import type { BenchResult } from '../../../src/bench/result.ts';
import { seeded } from '../../support/random.ts';
import { figuresOf, latencyOf, resultOf } from './sample-result.ts';

const trials = 200;

/** Latencies as sites have them: a long tail to the right; median 20 ms. */
function lognormal(count: number, random: Random, factor = 1): number[] {
  return Array.from({ length: count }, () => factor * 20 * Math.exp(0.6 * drawNormal(random)));
}

function counted(values: readonly number[]): Counts {
  const sorted = values.toSorted((one, other) => one - other);
  return { values: sorted, cumulated: sorted.map((_, index) => index + 1), total: sorted.length };
}

function share(times: number, holds: (random: Random) => boolean): number {
  const random = seeded(4);
  let count = 0;
  for (let trial = 0; trial < times; trial += 1) if (holds(random)) count += 1;
  return count / times;
}

const excludes = (
  { interval: [low, high] }: { interval: readonly [number, number] },
  value: number,
): boolean => value < low || value > high;

describe('intervals miss the truth in about 1 of 20 cases', () => {
  it.each([
    [5, 5],
    [5, 12],
    [20, 20],
  ])('means of %i and %i runs', (one, other) => {
    const missed = share(trials, (random) => {
      const run = (): number => 3 + 0.05 * drawNormal(random);
      const sides = [one, other].map((count) => Array.from({ length: count }, run));
      return excludes(meanDifference(sides[0] ?? [], sides[1] ?? [], random), 0);
    });
    expect(missed).toBeGreaterThan(0.01);
    expect(missed).toBeLessThan(0.09);
  });

  it.each([0.5, 0.95, 0.99])('quantile %d of independent requests', (wanted) => {
    const missed = share(trials, (random) =>
      excludes(
        quantileDifference(
          counted(lognormal(1_000, random)),
          counted(lognormal(700, random, 1.5)),
          wanted,
          random,
        ),
        Math.log(1.5),
      ),
    );
    expect(missed).toBeGreaterThan(0.01);
    expect(missed).toBeLessThan(0.1);
  });

  it('shares', () => {
    const missed = share(trials, (random) => {
      const draw = (of: number, chance: number): { count: number; of: number } => ({
        count: Array.from({ length: of }, () => random() < chance).filter(Boolean).length,
        of,
      });
      return excludes(shareDifference(draw(800, 0.02), draw(800, 0.05), random), 0.03);
    });
    expect(missed).toBeGreaterThan(0.01);
    expect(missed).toBeLessThan(0.09);
  });
});

describe('the power to see a change', () => {
  it('sees 15 % with five runs a side that vary by 5 %', () => {
    const seen = share(100, (random) => {
      const run = (factor: number) => (): number => Math.log(factor) + 0.05 * drawNormal(random);
      return excludes(
        meanDifference(Array.from({ length: 5 }, run(1)), Array.from({ length: 5 }, run(1.15)), random),
        0,
      );
    });
    expect(seen).toBeGreaterThan(0.9);
  });
});

describe('the parts', () => {
  it.each([
    [3, 3.182],
    [4, 2.776],
    [8, 2.306],
    [30, 2.042],
    [1e6, 1.96],
  ])('Student, %d degrees', (degrees, expected) => {
    expect(student975(degrees) / expected).toBeCloseTo(1, 2);
  });

  it('draws from a beta distribution with its mean and variance', () => {
    const random = seeded(1);
    const draws = Array.from({ length: 20_000 }, () => drawBeta(0.5, 4, random));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0.5 / 4.5, 2);
    expect(variance).toBeCloseTo((0.5 * 4) / (4.5 ** 2 * 5.5), 2);
  });

  it('reads histograms back, added up', () => {
    const counts = countsOf([latencyOf([1, 2, 3]).histogram, latencyOf([4, 100]).histogram]);
    expect(counts?.total).toBe(5);
    expect(quantile(counts ?? counted([]), 0.5)).toBeCloseTo(3, 1);
    expect(quantile(counts ?? counted([]), 1) / 100).toBeCloseTo(1, 2);
    expect(countsOf(['rubbish'])).toBeUndefined();
    expect(countsOf([])).toBeUndefined();
  });
});

function find({ changes }: Comparison, metric: Metric): Change | undefined {
  return changes.find((change) => change.metric === metric);
}

/** Runs whose latencies are all slower or faster by a factor that varies from run to run. */
function runs(
  count: number,
  random: Random,
  factor: number,
  change: Partial<BenchResult> = {},
): BenchResult[] {
  return Array.from({ length: count }, () =>
    resultOf(lognormal(500, random, factor * Math.exp(0.03 * drawNormal(random))), change),
  );
}

describe('comparing runs', () => {
  it('resamples runs where there are five a side', () => {
    const random = seeded(2);
    const comparison = compareRuns(runs(5, random, 1), runs(6, random, 0.5), random);
    expect(comparison).toMatchObject({
      method: 'repetitions',
      repetitions: { before: 5, after: 6 },
      warnings: [],
    });
    expect(comparison.changes.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['rate', 'same'],
      ['p50', 'better'],
      ['p95', 'better'],
      ['p99', 'better'],
      ['errors', 'same'],
    ]);
    const p50 = find(comparison, 'p50');
    expect(p50?.kind).toBe('ratio');
    expect(p50?.change).toBeCloseTo(0.5, 1);
    expect(p50?.interval?.[0]).toBeLessThan(0.5);
    expect(p50?.interval?.[1]).toBeGreaterThan(0.5);
  });

  it('resamples requests where there are fewer runs', () => {
    const random = seeded(3);
    const comparison = compareRuns(runs(1, random, 1), runs(1, random, 2), random);
    expect(comparison.method).toBe('within');
    expect(find(comparison, 'p95')).toMatchObject({ verdict: 'worse', kind: 'ratio' });
    expect(find(comparison, 'rate')).toMatchObject({ verdict: 'same', change: 1 });
  });

  it('is the same with the same seed, and finds a run equal to itself', () => {
    const [run] = runs(1, seeded(5), 1);
    if (!run) throw new Error('no run');
    const once = compareRuns([run], [run], seeded(6));
    expect(compareRuns([run], [run], seeded(6))).toEqual(once);
    expect(once.changes.map(({ verdict }) => verdict)).toEqual(once.changes.map(() => 'same'));
  });

  it('compares shares by their difference, also from nothing', () => {
    const values = [1, 2, 3];
    const good = figuresOf(values, { sent: 1_000, cache: { MISS: 900, HIT: 100 } });
    const bad = figuresOf(values, {
      sent: 1_000,
      errorShare: 0.1,
      cache: { HIT: 700, STALE: 100, MISS: 200 },
    });
    const comparison = compareRuns(
      [resultOf(values, { total: good })],
      [resultOf(values, { total: bad })],
      seeded(1),
    );
    expect(find(comparison, 'errors')).toMatchObject({ kind: 'difference', change: 0.1, verdict: 'worse' });
    const hitRate = find(comparison, 'hitRate');
    expect(hitRate).toMatchObject({ before: 0.1, after: 0.8, verdict: 'better' });
    expect(hitRate?.change).toBeCloseTo(0.7, 10);
  });

  it('says unknown where one side has nothing', () => {
    const none = resultOf([1], { total: figuresOf([]), timeline: [] });
    const { changes } = compareRuns([none], [resultOf()], seeded(1));
    expect(changes.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['rate', 'unknown'],
      ['p50', 'unknown'],
      ['p95', 'unknown'],
      ['p99', 'unknown'],
      ['errors', 'unknown'],
    ]);
  });

  it('warns when the runs are not alike', () => {
    const one = resultOf();
    const other = resultOf([1, 2, 3], {
      scenario: {
        ...one.scenario,
        url: 'http://other',
        load: { kind: 'closed', connections: 20, thinkMs: 0, stop: { requests: 100 } },
        requests: [{ ...one.scenario.requests[0], weight: 2 } as never],
      },
      invalid: ['The generator was late.'],
      total: figuresOf([1, 2, 3], { limited: 2 }),
    });
    expect(compareRuns([one], [other], seeded(1)).warnings).toEqual([
      'The runs were not asked the same: site http://127.0.0.1:8080 and http://other; load open, 0.3 requests/s for 10 s and closed, 20 connections until 100 requests; requests GET / and others of the same names.',
      '1 of 1 run after is invalid: The generator was late.',
      'A rate limit refused some requests after (429): what was measured is the site behind its limit.',
    ]);
  });
});
