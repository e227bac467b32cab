import { expect, it } from 'vitest';
import type { Comparison } from '../../../../src/bench/compare.ts';
import { compareReport } from '../../../../src/cli/reports/bench-compare.ts';
import { plainStyle } from '../../../../src/cli/style.ts';

const comparison: Comparison = {
  repetitions: { before: 5, after: 5 },
  method: 'repetitions',
  changes: [
    {
      metric: 'rate',
      before: 52.31,
      after: 941.2,
      kind: 'ratio',
      change: 17.99,
      interval: [16.2, 19.9],
      verdict: 'better',
    },
    {
      metric: 'p50',
      before: 120,
      after: 118,
      kind: 'ratio',
      change: 0.983,
      interval: [0.95, 1.02],
      verdict: 'same',
    },
    {
      metric: 'p95',
      before: 380.4,
      after: 22.86,
      kind: 'ratio',
      change: 0.06,
      interval: [0.05, 0.08],
      verdict: 'better',
    },
    { metric: 'p99', before: NaN, after: 30, kind: 'ratio', change: NaN, verdict: 'unknown' },
    {
      metric: 'errors',
      before: 0,
      after: 0.012,
      kind: 'difference',
      change: 0.012,
      interval: [0.004, 0.02],
      verdict: 'worse',
    },
  ],
  warnings: [],
};

it('is a line a metric, and says how it was compared', () => {
  const text = compareReport(comparison, { before: 'before', after: 'after' }, plainStyle, { width: 100 });
  expect(`\n${text}\n`).toBe(`
          before  after    change       95 % interval
  Rate    52.3/s  941/s    ×18          ×16.2 to ×19.9            ✔ better
  p50     120 ms  118 ms   −1.7 %       −5 % to +2 %              · no significant change
  p95     380 ms  22.9 ms  −94 %        −95 % to −92 %            ✔ better
  p99     –       30 ms    –                                      ? too little to say
  Errors  0 %     1.2 %    +1.2 points  +0.4 points to +2 points  ✖ worse

  Bootstrap of 5 runs a side; the intervals have what differs from run to run.
`);
});

it('names the weaker method, and what is not alike', () => {
  const text = compareReport(
    {
      ...comparison,
      method: 'within',
      repetitions: { before: 1, after: 1 },
      warnings: ['The runs were not asked the same: load a and b.'],
    },
    { before: 'a', after: 'b\u001B[2J' },
    plainStyle,
    { width: 60 },
  );
  expect(text).toContain('  Bootstrap of the requests within 1 run a side');
  expect(text).toContain('--repeat 5.');
  expect(text).toContain('  ! The runs were not asked the same: load a and b.');
  expect(text).not.toContain('\u001B');
});
