import { describe, expect, it } from 'vitest';
import { judgeStep, rates } from '../../../src/bench/ramp.ts';

describe('rates', () => {
  it.each([
    [{ from: 10, to: 50, step: 20 }, [10, 30, 50]],
    [{ from: 10, to: 45, step: 20 }, [10, 30]],
    [{ from: 10, to: 10, step: 5 }, [10]],
  ])('%j', (load, expected) => {
    expect(rates(load)).toEqual(expected);
  });
});

describe('judgeStep', () => {
  const good = { rate: 100, reached: 99, p95: 40, errorShare: 0 };
  it.each([
    ['all is well', good, 40, true],
    ['the first step has nothing to be compared with', { ...good, p95: 4_000 }, undefined, true],
    ['too little was answered', { ...good, reached: 94 }, 40, false],
    ['too much failed', { ...good, errorShare: 0.02 }, 40, false],
    ['three times as slow as at first', { ...good, p95: 121 }, 40, false],
    ['a fast site may become slower by 50 ms', { ...good, p95: 51 }, 2, true],
    ['and not by more', { ...good, p95: 53 }, 2, false],
  ])('%s', (_name, step, base, held) => {
    expect(judgeStep(step, base)).toEqual({ ...step, held });
  });
});
