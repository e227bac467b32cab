import { expect, it } from 'vitest';
import { duration } from '../../../src/cli/duration.ts';

it.each([
  [0, '0 ms'],
  [85.4, '85 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [2449, '2.4 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [3_599_900, '1 h 00 min'],
  [7_500_000, '2 h 05 min'],
])('%d is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
