import { describe, expect, it } from 'vitest';
import type { BenchResult, Second, ServerFigures } from '../../../src/bench/result.ts';
import type { Sampling } from '../../../src/bench/sample-server.ts';
import { oneRun } from '../../../src/cli/bench/one-run.ts';
import { comparisonOf, repeatedReport } from '../../../src/cli/reports/bench-repeated.ts';
import { serverReport } from '../../../src/cli/reports/bench-server.ts';
import { plainStyle } from '../../../src/cli/style.ts';
import { resultOf } from '../bench/sample-result.ts';

const server: ServerFigures = {
  host: 'web-1',
  cpus: 2,
  cpuShare: 0.5,
  services: {
    db: { cpu: 0.2, memoryBytes: 50 * 1024 ** 2 },
    web: {
      cpu: 0.98,
      cpuLimit: 1,
      memoryBytes: 1.5 * 1024 ** 3,
      memoryLimitBytes: 2 * 1024 ** 3,
      throttled: 0.4,
    },
  },
  databaseConnections: { mean: 12.5, max: 20, limit: 97 },
  samples: [],
};

function sampling(figures: ServerFigures | undefined): Sampling & { calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    begin: () => calls.push('begin'),
    cpuShare: () => 0.5,
    stop: async () => {
      calls.push('stop');
      return await Promise.resolve(figures);
    },
  };
}

function run(watched: Sampling | undefined, load?: () => Promise<BenchResult>) {
  const seen: Second[] = [];
  const result = oneRun({
    warmUpMs: 0,
    live: { second: (second) => seen.push(second), close: () => {} },
    ...(watched ? { sampling: watched } : {}),
    load: async (onSecond) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      for (const second of resultOf().timeline.slice(0, 2)) onSecond(second);
      return await (load?.() ?? Promise.resolve(resultOf()));
    },
  });
  return { result, seen };
}

describe('one run', () => {
  it('has what the server did, and what held it back', async () => {
    const watched = sampling(server);
    const { result, seen } = run(watched);
    const { timeline, server: figures } = await result;
    expect(watched.calls).toEqual(['begin', 'stop']);
    expect(seen.map(({ cpu }) => cpu)).toEqual([0.5, 0.5]);
    expect(timeline.slice(0, 3).map(({ cpu }) => cpu)).toEqual([0.5, 0.5, undefined]);
    expect(figures?.bottleneck).toMatch(/^web was at its CPU limit/);
  });

  it('says so when the server told nothing', async () => {
    const { notes, server: figures } = await run(sampling(undefined)).result;
    expect(figures).toBeUndefined();
    expect(notes).toEqual(['The server told nothing of itself: the run was too short, or SSH was lost.']);
  });

  it('is as it was measured without a server', async () => {
    expect(await run(undefined).result).toEqual(resultOf());
  });

  it('leaves nothing running when it fails', async () => {
    const watched = sampling(server);
    await expect(run(watched, async () => await Promise.reject(new Error('no'))).result).rejects.toThrow(
      'no',
    );
    expect(watched.calls).toContain('stop');
  });
});

describe('what stands below the report of a run', () => {
  it('is a line a service, and what held it back', () => {
    const text = serverReport({ ...server, bottleneck: 'web.' }, plainStyle, { width: 100 });
    expect(`\n${text}\n`).toBe(`
web-1 · 50 % of 2 CPUs; database connections 12.5 on average, at most 20 of 97
       CPU   of  throttled  memory   of
  web  0.98  1   40 %       1.5 GiB  2.0 GiB
  db   0.2   –   –          50 MiB   –
  What held it back: web.
`);
  });

  it('are the runs and the comparison', () => {
    const runs = [resultOf([10, 20]), resultOf([11, 21])];
    const [result] = runs;
    if (!result) throw new Error('no run');
    const before = comparisonOf({ runs, against: [], before: runs }, 'old');
    expect(comparisonOf({ runs, against: [], before: runs }, 'old')).toEqual(before);
    expect(before?.names).toEqual({ before: 'old', after: 'now' });
    const other = { ...result, scenario: { ...result.scenario, url: 'http://other:81/' } };
    const against = comparisonOf({ runs, against: [other] });
    expect(against?.names).toEqual({ before: 'other:81', after: '127.0.0.1:8080' });
    expect(against?.data.warnings).toEqual([]);
    expect(comparisonOf({ runs, against: [] })).toBeUndefined();
    const parts = repeatedReport({ result, runs, comparison: against }, plainStyle, { width: 80 });
    expect(parts).toHaveLength(2);
    expect(parts[0]).toMatch(/^Above is run 1 of 2/);
    expect(
      repeatedReport({ result, runs: [result], comparison: undefined }, plainStyle, { width: 80 }),
    ).toEqual([]);
  });
});
