import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../src/bench/scenario.ts';
import { middleRun, repeatRuns } from '../../../src/cli/bench/repeat.ts';
import { runsReport } from '../../../src/cli/reports/bench-runs.ts';
import { plainStyle } from '../../../src/cli/style.ts';
import { runningByService } from '../../../src/observe/sample-target.ts';
import { resultOf } from '../bench/sample-result.ts';
import { container } from '../check/healthy.ts';

const { scenario } = resultOf();
const other: Scenario = { ...scenario, url: 'http://other' };

describe('runs that are repeated', () => {
  it('go in turn with the other site, and change places', async () => {
    const asked: string[] = [];
    const { runs, against } = await repeatRuns(3, scenario, other, async ({ url }, label) => {
      asked.push(`${label} ${url === other.url ? 'A' : 'B'}`);
      return await Promise.resolve(resultOf());
    });
    expect(asked).toEqual(['1 of 6 A', '2 of 6 B', '3 of 6 B', '4 of 6 A', '5 of 6 A', '6 of 6 B']);
    expect([runs.length, against.length]).toEqual([3, 3]);
  });

  it('end with one that was stopped', async () => {
    let count = 0;
    const { runs } = await repeatRuns(5, scenario, undefined, async (_scenario, label) => {
      count += 1;
      expect(label).toBe(`${count} of 5`);
      return await Promise.resolve(resultOf([1], count === 2 ? { stopped: 'interrupted' } : {}));
    });
    expect(runs).toHaveLength(2);
  });

  it('have no label when there is one', async () => {
    await repeatRuns(1, scenario, undefined, async (_scenario, label) => {
      expect(label).toBe('');
      return await Promise.resolve(resultOf());
    });
  });

  it('are shown by the one in the middle, and a line each', () => {
    const runs = [
      resultOf([30]),
      resultOf([10], { invalid: ['late'] }),
      resultOf([20], { stopped: 'errors' }),
    ];
    expect(middleRun(runs)).toBe(runs[2]);
    expect(middleRun([])).toBeUndefined();
    expect(runsReport(runs, plainStyle).split('\n')).toEqual([
      '  run  ok/s  p50    p95    p99    errors',
      '  1    0.1   30 ms  30 ms  30 ms  0 %',
      '  2    0.1   10 ms  10 ms  10 ms  0 %     not to be trusted',
      '  3    0.1   20 ms  20 ms  20 ms  0 %     stopped',
    ]);
  });
});

it('samples the containers that run, by service', () => {
  expect(
    runningByService([
      container('web', { id: 'a' }),
      container('web', { id: 'b' }),
      container('db', { id: 'c', state: 'exited' }),
    ]),
  ).toEqual({ web: ['a', 'b'] });
});
