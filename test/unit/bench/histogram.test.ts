import { array, assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Durations } from '../../../src/bench/histogram.ts';

function of(values: readonly number[]): Durations {
  const durations = new Durations();
  for (const value of values) durations.record(value);
  return durations;
}

describe('Durations', () => {
  it('has no percentile above the longest', () => {
    const durations = new Durations();
    for (const ms of [10, 7451.2, 7452]) durations.record(ms);
    expect(durations.percentile(99.9)).toBe(durations.max);
  });

  it('gives percentiles that are right to 0.1 %', () => {
    const positive = double({ min: 0.01, max: 60_000, noNaN: true });
    assert(
      property(array(positive, { minLength: 1, maxLength: 300 }), (values) => {
        const durations = of(values);
        const sorted = values.toSorted((a, b) => a - b);
        for (const percent of [50, 90, 95, 99, 100]) {
          const exact = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
          const got = durations.percentile(percent);
          expect(Math.abs(got - exact)).toBeLessThanOrEqual(exact * 0.001 + 0.001);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('reads back what it wrote, and adds up runs', () => {
    const one = of([1, 2, 3]);
    const other = Durations.decode(of([4, 5_000]).encode());
    if (!other) throw new Error('It was not read back.');
    expect(other.count).toBe(2);
    one.add(other);
    expect(one.count).toBe(5);
    expect(one.percentile(50)).toBeCloseTo(3, 1);
    expect(one.max).toBeCloseTo(5_000, -1);
    expect(one.min).toBeCloseTo(1, 2);
    expect(one.mean).toBeCloseTo(1002, -1);
  });

  it('is all 0 without a value, and can be added all the same', () => {
    const none = new Durations();
    const { histogram, ...latency } = none.latency();
    expect(latency).toEqual({ mean: 0, min: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0 });
    const read = Durations.decode(histogram);
    expect(read?.count).toBe(0);
    const sum = of([7]);
    if (read) sum.add(read);
    expect(sum.count).toBe(1);
  });

  it('keeps what is shorter than a microsecond or longer than an hour within its bounds', () => {
    const durations = of([-5, 0, 10_000_000]);
    expect(durations.count).toBe(3);
    expect(durations.min).toBe(0.001);
    expect(durations.max).toBeGreaterThan(3_590_000);
  });

  it('does not read what is no histogram', () => {
    expect(Durations.decode('')).toBeUndefined();
    expect(Durations.decode('AAAA')).toBeUndefined();
    expect(Durations.decode('not base64 at all §')).toBeUndefined();
  });
});
