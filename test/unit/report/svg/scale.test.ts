import { assert, double, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  linearScale,
  logScale,
  percentileScale,
  roundTicks,
  timeScale,
} from '../../../../src/report/svg/scale.ts';

const seed = 20_261_123;

/** 1, 2 or 5 times a power of ten, times a whole number. */
function isRound(step: number): boolean {
  const [digit] = step.toExponential(9).split('e');
  return [1, 2, 5].includes(Number(digit));
}

describe('ticks', () => {
  it.each([
    [0, 1, 5, [0, 0.5, 1]],
    [0, 0.3, 5, [0, 0.1, 0.2, 0.3]],
    [0, 2_500, 6, [0, 500, 1_000, 1_500, 2_000, 2_500]],
    [0, 7, 4, [0, 5]],
    [3, 3, 4, [3]],
  ])('from %d to %d, %d at most', (min, max, most, ticks) => {
    expect(roundTicks(min, max, most)).toEqual(ticks);
  });

  it('are round, even, in order, inside, and not too many', () => {
    assert(
      property(double({ min: 1e-6, max: 1e9, noNaN: true }), integer({ min: 2, max: 12 }), (max, most) => {
        const { ticks, domain } = linearScale(max, [0, 100], most);
        expect(domain[1]).toBeGreaterThanOrEqual(max * (1 - 1e-9));
        expect(domain[1]).toBeLessThanOrEqual(max * 11);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(most + 1);
        const [first = 0, second = 0] = ticks;
        expect(isRound(Number((second - first).toPrecision(9)))).toBe(true);
        expect(ticks.at(-1)).toBe(domain[1]);
      }),
      { seed, numRuns: 1_000 },
    );
  });
});

describe('a linear scale', () => {
  it('puts 0 at the beginning, the top at the end, and what is outside at the ends', () => {
    const scale = linearScale(430, [200, 0], 5);
    expect(scale.domain).toEqual([0, 600]);
    expect([0, 300, 600, 900, -1, NaN, Infinity].map((value) => scale.at(value))).toEqual([
      200, 100, 0, 0, 200, 200, 0,
    ]);
  });

  it('shows nothing at all as an empty axis', () => {
    expect(linearScale(0, [0, 10], 4).domain).toEqual([0, 1]);
    expect(linearScale(NaN, [0, 10], 4).domain).toEqual([0, 1]);
  });
});

describe('a logarithmic scale', () => {
  it('goes from the round number below to the one above', () => {
    const scale = logScale(3.7, 8_400, [0, 400], 6);
    expect(scale.domain).toEqual([2, 10_000]);
    expect(scale.ticks).toEqual([10, 100, 1_000, 10_000]);
    expect(scale.at(100) - scale.at(10)).toBeCloseTo(scale.at(1_000) - scale.at(100), 9);
  });

  it('is inside of its range for every value', () => {
    assert(
      property(
        double({ min: 1e-3, max: 1e6, noNaN: true }),
        double({ min: 1e-3, max: 1e6, noNaN: true }),
        double(),
        (one, other, value) => {
          const scale = logScale(Math.min(one, other), Math.max(one, other), [10, 50], 5);
          for (const at of [value, one, other, ...scale.ticks].map((each) => scale.at(each))) {
            expect(at).toBeGreaterThanOrEqual(10);
            expect(at).toBeLessThanOrEqual(50);
          }
          expect(scale.domain[0]).toBeLessThanOrEqual(Math.min(one, other) * (1 + 1e-9));
          expect(scale.domain[1]).toBeGreaterThanOrEqual(Math.max(one, other) * (1 - 1e-9));
          expect(scale.ticks.length).toBeLessThanOrEqual(6);
        },
      ),
      { seed, numRuns: 1_000 },
    );
  });
});

describe('a scale of time', () => {
  it.each([
    [36.1, 6, [0, 10, 20, 30]],
    [30, 7, [0, 5, 10, 15, 20, 25, 30]],
    [90, 5, [0, 30, 60, 90]],
    [3_600, 7, [0, 600, 1_200, 1_800, 2_400, 3_000, 3_600]],
    [0.4, 6, [0, 0.1, 0.2, 0.3, 0.4]],
  ])('%d s has the steps of a clock', (max, most, ticks) => {
    expect(timeScale(max, [0, 500], most).ticks).toEqual(ticks);
  });
});

describe('a scale of percentiles', () => {
  it('has 90, 99 and 99.9 % as far from each other', () => {
    const scale = percentileScale(99.99, [0, 800], 40);
    expect(scale.ticks).toEqual([50, 75, 90, 95, 99, 99.9, 99.99]);
    expect(scale.at(99) - scale.at(90)).toBeCloseTo(scale.at(99.9) - scale.at(99), 6);
    expect(scale.at(100)).toBeLessThanOrEqual(800);
  });

  it('leaves out ticks that would touch, and those that nothing is known about', () => {
    expect(percentileScale(99.99, [0, 250], 45).ticks).toEqual([50, 90, 99, 99.9, 99.99]);
    expect(percentileScale(99, [0, 250], 45).ticks).toEqual([50, 90, 99]);
  });
});
