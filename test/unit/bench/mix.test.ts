import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mix } from '../../../src/bench/mix.ts';

function take(weights: readonly number[], count: number): number[] {
  const next = mix(weights);
  return Array.from({ length: count }, next);
}

describe('mix', () => {
  it('spreads requests evenly, the same way every time', () => {
    expect(take([3, 1], 8)).toEqual([0, 0, 1, 0, 0, 0, 1, 0]);
    expect(take([5, 1, 1], 7)).toEqual([0, 0, 1, 0, 2, 0, 0]);
    expect(take([2], 3)).toEqual([0, 0, 0]);
  });

  it('picks each exactly as often as its weight says in one round of all weights', () => {
    assert(
      property(array(integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const picked = take(
          weights,
          weights.reduce((sum, weight) => sum + weight, 0),
        );
        expect(weights.map((_, index) => picked.filter((pick) => pick === index).length)).toEqual(weights);
      }),
    );
  });

  it('never picks what has no weight', () => {
    expect(take([1, 0, 2], 30)).not.toContain(1);
  });
});
