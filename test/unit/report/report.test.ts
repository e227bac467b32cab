import { describe, expect, it } from 'vitest';
import { Durations } from '../../../src/bench/histogram.ts';
import { UsageError } from '../../../src/errors.ts';
import { comparisonOf, cpuPerRequest, hitShare } from '../../../src/report/compare.ts';
import { change, moment, number, share, signed, span, withUnit } from '../../../src/report/figures.ts';
import { htmlReport } from '../../../src/report/html.ts';
import { benchRun, makeReport, type Part } from '../../../src/report/join.ts';
import { markdownReport } from '../../../src/report/markdown.ts';
import { titleOf } from '../../../src/report/overview.ts';
import { latencyCurve } from '../../../src/report/percentiles.ts';
import { probeDots } from '../../../src/report/probe-dots.ts';
import { readParts } from '../../../src/report/read.ts';
import { bucketsOf } from '../../../src/report/seconds.ts';
import { benchResult, checksPart, deployTimeline, fast, slow } from '../../support/report-fixtures.ts';
import { sampleReport } from '../audit/sample-report.ts';

const head = { at: '2026-11-23T16:05:00.000Z', version: '1.2.3' };
const before = benchRun('before', [benchResult(slow)]);
const after = benchRun('after', [benchResult(fast)]);
const all: readonly Part[] = [
  { kind: 'bench', bench: { runs: [before] } },
  { kind: 'bench', bench: { runs: [after] } },
  { kind: 'rollout', timeline: deployTimeline() },
  { kind: 'checks', checks: checksPart() },
  { kind: 'audit', audit: sampleReport() },
];

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [0.0421, '0.042'],
    [8.127, '8.13'],
    [45.67, '45.7'],
    [2_499.6, '2,500'],
    [NaN, '–'],
  ])('%d', (value, text) => {
    expect(number(value)).toBe(text);
  });

  it('keeps what is not nothing', () => {
    expect([0, 0.000_01, 0.0034, 0.867, 0.999_92].map(share)).toEqual([
      '0 %',
      '< 0.01 %',
      '0.34 %',
      '86.7 %',
      '99.99 %',
    ]);
    expect(signed(-99.82, 1)).toBe('−99.8');
    expect([320, 4_240, 30_000, 185_000].map(span)).toEqual(['320 ms', '4.2 s', '30 s', '3 min 5 s']);
    expect(moment('2026-11-23T16:00:00.000Z')).toBe('2026-11-23 16:00 UTC');
    expect(moment('yesterday')).toBe('yesterday');
  });

  it('says a change as people do', () => {
    expect(change(8, 150, '/s')).toBe('18.8 ×');
    expect(change(2_500, 120, 'ms')).toBe('−95 %');
    expect(change(100, 105, 'ms')).toBe('+5 %');
    expect(change(0, 0.85, 'share')).toBe('+85 points');
    expect(change(5, 5, 'ms')).toBe('none');
    expect(change(0, 5, 'ms')).toBe('–');
    expect(withUnit(1.5, 'CPUs')).toBe('1.5 CPUs');
  });
});

describe('seconds of a run', () => {
  it('are taken together where there are many, each with the worst of its latencies', () => {
    const second = (at: number, ok: number, p99: number) => ({
      second: at,
      sent: ok,
      ok,
      failed: 1,
      p50: 1,
      p95: 2,
      p99,
      open: 0,
    });
    expect(
      bucketsOf([second(0, 10, 5), second(1, 20, 50), second(2, 0, 0), second(3, 0, 0), second(4, 6, 7)], 3),
    ).toEqual([
      { from: 0, to: 2, ok: 15, failed: 1, limited: 0, latency: { p50: 1, p95: 2, p99: 50 } },
      { from: 2, to: 4, ok: 0, failed: 1, limited: 0 },
      { from: 4, to: 5, ok: 6, failed: 1, limited: 0, latency: { p50: 1, p95: 2, p99: 7 } },
    ]);
    expect(bucketsOf(benchResult({ ...fast, seconds: 700, rate: 2 }).timeline).length).toBeLessThanOrEqual(
      120,
    );
    expect(bucketsOf([])).toEqual([]);
  });
});

describe('latency by percentile', () => {
  it('comes from the histogram, and goes no further than the requests can tell', () => {
    const durations = new Durations();
    for (let ms = 1; ms <= 1_000; ms += 1) durations.record(ms);
    const curve = latencyCurve({ sent: 1_000, latency: durations.latency() });
    expect(curve[0]).toEqual([expect.closeTo(50, 6), expect.closeTo(500, 0)]);
    expect(curve.at(-1)?.[0]).toBeCloseTo(99.9, 6);
    for (const [percent, ms] of curve) expect(Math.abs(ms - percent * 10)).toBeLessThan(2);
  });

  it('has the figures beside a histogram that cannot be read', () => {
    const latency = { mean: 1, min: 1, p50: 1, p90: 2, p95: 3, p99: 4, p999: 5, max: 6, histogram: 'broken' };
    expect(latencyCurve({ sent: 1_000_000, latency })).toEqual([
      [50, 1],
      [90, 2],
      [95, 3],
      [99, 4],
      [99.9, 5],
    ]);
    expect(latencyCurve({ sent: 50, latency })).toEqual([
      [50, 1],
      [90, 2],
      [95, 3],
    ]);
  });
});

describe('two runs beside each other', () => {
  it('are rated where there is an interval, and have what else is known', () => {
    const { rows, notes } = comparisonOf(before, after);
    expect(rows.map(({ metric, verdict }) => `${metric}: ${verdict}`)).toEqual([
      'Requests a second: better',
      'Latency, average: unrated',
      'Latency, p50: better',
      'Latency, p95: better',
      'Latency, p99: better',
      'Latency, max: unrated',
      'Errors: better',
      'Cache hits: unrated',
      'CPU of the server: unrated',
      'CPU time a request: unrated',
    ]);
    expect(notes).toEqual([expect.stringContaining('intervals (95 %)')]);
    expect(comparisonOf(before, after)).toEqual(comparisonOf(before, after));
  });

  it('are the same where they are', () => {
    const again = benchRun('again', [benchResult({ ...fast, seed: 99 })]);
    const rated = comparisonOf(after, again).rows.filter(({ metric }) => metric === 'Requests a second');
    expect(rated).toEqual([expect.objectContaining({ verdict: 'same' })]);
  });

  it('know the cache and the CPU of a request', () => {
    expect(hitShare({ cache: { HIT: 85, MISS: 10, EXPIRED: 5 } })).toBe(0.85);
    expect(hitShare({ cache: {} })).toBeUndefined();
    const result = benchResult(slow);
    expect(cpuPerRequest(result)).toBeCloseTo(
      ((result.server?.cpuShare ?? 0) * 2_000) / result.total.rate,
      9,
    );
  });
});

describe('requests of the probe as dots', () => {
  it('are thinned out to the slowest of each stretch; failures all stay', () => {
    const samples = Array.from({ length: 5_000 }, (_, index) => ({
      host: 'a',
      atMs: index * 50,
      durationMs: index === 2_500 ? 900 : 5,
      ok: index % 100 !== 0,
    }));
    const { good, bad, everyMs } = probeDots(samples, 500);
    expect(bad).toHaveLength(50);
    expect(good.length).toBeLessThanOrEqual(500);
    expect(everyMs).toBeGreaterThan(50);
    const shown = probeDots(
      samples.map((sample) => ({ ...sample, ok: true })),
      500,
    );
    expect(shown.good.filter(([, ms]) => ms === 900)).toHaveLength(1);
    expect(probeDots(samples.slice(1, 100), 500).everyMs).toBeUndefined();
  });
});

describe('results joined', () => {
  const report = makeReport(all, head);

  it('are one report, its load tests compared', () => {
    expect(report.bench?.runs.map(({ label }) => label)).toEqual(['before', 'after']);
    expect(report.bench?.comparison).toMatchObject({ before: 'before', after: 'after' });
    expect(titleOf(report)).toBe('production: deploy, load test, checks and audit');
    expect(titleOf({ ...report, title: 'Release\n1.4' })).toBe('Release 1.4');
    expect(titleOf(makeReport(all.slice(0, 1), head))).toBe('Load test of http://127.0.0.1:8080');
    expect(titleOf(makeReport([], head))).toBe('Report');
  });

  it('tell runs of one name apart', () => {
    const { bench } = makeReport(
      [all[0], all[0], all[0]].filter((part) => part !== undefined),
      head,
    );
    expect(bench?.runs.map(({ label }) => label)).toEqual(['before', 'before 2', 'before 3']);
    expect(bench?.comparison).toBeUndefined();
  });

  it('have no secret of a scenario', () => {
    const result = benchResult(slow);
    const [request] = result.scenario.requests;
    if (request === undefined) throw new Error('The scenario has no request.');
    const run = benchRun('x', [
      {
        ...result,
        scenario: {
          ...result.scenario,
          url: 'http://me:hunter2@127.0.0.1:8080/',
          requests: [{ ...request, headers: { authorization: 'Bearer hunter2' } }],
        },
      },
    ]);
    expect(JSON.stringify(run)).not.toContain('hunter2');
  });

  it('show of repetitions the one in the middle', () => {
    const runs = [40, 20, 30].map((medianMs) => benchResult({ ...fast, hits: 0, medianMs }));
    const [one, two, three] = runs;
    if (!one || !two || !three) throw new Error('Three runs are needed.');
    const run = benchRun('x', [one, two, three]);
    expect(run.result.total.latency.p95).toBe(three.total.latency.p95);
    expect(run.repetitions).toHaveLength(2);
  });
});

describe('saved files', () => {
  const read = (data: unknown): Part[] => readParts(JSON.stringify(data), 'x.json', 'x');

  it('are known by their shape', () => {
    const result = benchResult(slow);
    expect(read(result)).toMatchObject([{ kind: 'bench', bench: { runs: [{ label: 'x' }] } }]);
    expect(read({ command: 'bench', ok: true, ...result })).toMatchObject([{ kind: 'bench' }]);
    expect(read({ version: 1, command: 'bench', ok: true, result })).toMatchObject([{ kind: 'bench' }]);
    expect(read({ version: 1, runs: [result, result] })).toMatchObject([
      { bench: { runs: [{ repetitions: [{}] }] } },
    ]);
    expect(read(sampleReport())).toEqual([{ kind: 'audit', audit: sampleReport() }]);
    const { target, at, hosts } = checksPart();
    const data = {
      version: 1,
      command: 'check',
      target,
      at,
      counts: {},
      hosts: hosts.map((host) =>
        'error' in host ? { ...host, error: { code: 'X', message: host.error } } : host,
      ),
    };
    expect(read(data)).toEqual([{ kind: 'checks', checks: checksPart() }]);
  });

  it('of reports come back as they were', () => {
    const report = makeReport(all, head);
    const again = makeReport(read(JSON.parse(JSON.stringify(report))), head);
    expect(again).toEqual(JSON.parse(JSON.stringify(report)));
    expect(htmlReport(again)).toBe(htmlReport(report));
  });

  it.each([
    ['{', 'x.json is no JSON.'],
    ['[]', 'nothing that a report can be made of'],
    ['{"name":"package"}', 'nothing that a report can be made of'],
    ['{"ok":false,"error":{"message":"x"}}', 'nothing that a report can be made of'],
    ['{"kind":"report","version":2}', 'looks like a report'],
    ['{"findings":[{}],"rules":[]}', 'looks like an audit'],
    ['{"hosts":[{"host":1}],"counts":{}}', 'looks like checks'],
    ['{"total":{},"scenario":{}}', 'looks like a load test'],
    ['{"runs":[]}', 'nothing that a report can be made of'],
  ])('%s is refused', (text, message) => {
    const reading = (): unknown => readParts(text, 'x.json', 'x');
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(message);
  });
});

describe('a report as Markdown', () => {
  it('has what matters in tables, and the rest folded away', () => {
    const text = markdownReport(makeReport(all, head));
    expect(text).toMatch(/^# production: deploy, load test, checks and audit\n/);
    for (const heading of [
      'Deploy of 1a2b3c4 Add a cache to production',
      'Load test',
      'Checks of production',
      'Why shop is slow',
    ])
      expect(text).toContain(`\n## ${heading}\n`);
    expect(text).toContain('**0** of 713 requests failed');
    expect(text).toContain('| Requests a second | 9.07 /s | 162 /s | 17.8 × |');
    expect(text).toMatch(/- Traffic moved at \d+\.\d s: Send traffic to the new containers only\./);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  });

  it('of a single part has no heading that says its title again', () => {
    expect(markdownReport(makeReport(all.slice(2, 3), head))).not.toContain('\n## ');
  });
});
