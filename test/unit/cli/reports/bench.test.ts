import { describe, expect, it } from 'vitest';
import { Durations } from '../../../../src/bench/histogram.ts';
import type { BenchResult, Figures } from '../../../../src/bench/result.ts';
import { isProblem, parseThreshold } from '../../../../src/bench/threshold-text.ts';
import { judgeThresholds } from '../../../../src/bench/thresholds.ts';
import { benchData, benchReport } from '../../../../src/cli/reports/bench.ts';
import { plainStyle } from '../../../../src/cli/style.ts';

function figures(ok: number, more: Partial<Figures> = {}): Figures {
  const durations = new Durations();
  for (let index = 0; index < ok; index += 1) durations.record(10 + (index % 100));
  return {
    sent: ok,
    ok,
    rate: ok / 10,
    okRate: ok / 10,
    latency: durations.latency(),
    errors: {},
    status: { 200: ok },
    errorShare: 0,
    limited: 0,
    bytes: 2_000_000,
    cache: {},
    ...more,
  };
}

const result: BenchResult = {
  version: 1,
  at: '2026-01-01T00:00:00.000Z',
  tool: 'ops 1',
  scenario: {
    url: 'http://127.0.0.1:8080',
    requests: [
      { name: 'GET /', method: 'GET', path: '/', weight: 1, headers: { Authorization: 'Bearer geheim' } },
    ],
    load: { kind: 'open', rate: 10, most: 100, stop: { afterMs: 10_000 } },
    warmUpMs: 0,
    timeoutMs: 5_000,
  },
  durationMs: 10_000,
  total: figures(1_050, { errors: { reset: 2 }, errorShare: 0.002, cache: { HIT: 800, MISS: 200 } }),
  requests: { 'GET /': figures(1_000), 'GET /\u001B[31mb': figures(50) },
  timeline: [],
  generator: { lagP50: 0.1, lagP99: 1.25, lagMax: 3, dropped: 0, cpu: 0.12, connections: 1 },
  invalid: [],
  notes: ['A note.'],
};

function verdicts(): ReturnType<typeof judgeThresholds> {
  const thresholds = ['p95<300ms', 'errors<0.1%', 'rps>1'].map((text) => {
    const parsed = parseThreshold(text);
    if (isProblem(parsed)) throw new Error(parsed.problem);
    return parsed;
  });
  return judgeThresholds(thresholds, result);
}

describe('benchReport', () => {
  it('has a row for each request, and says no percentile that the answers do not bear', () => {
    const lines = benchReport(result, verdicts(), plainStyle, { width: 100 }).split('\n');
    expect(lines[0]).toContain('http://127.0.0.1:8080 · open, 10 requests/s');
    const row = (name: string): string[] =>
      (lines.find((line) => line.startsWith(`  ${name} `)) ?? '').trim().split(/ {2,}/);
    expect(row('GET /')).toEqual([
      'GET /',
      '1,000',
      '100',
      '59.5 ms',
      '59.0 ms',
      '99.0 ms',
      '104 ms',
      '108 ms',
      '109 ms',
      '109 ms',
      '0 %',
    ]);
    expect(row('GET /b').slice(7, 9)).toEqual(['–', '–']);
    expect(row('all').at(-1)).toBe('0.2 %');
    expect(lines).toContain('  status     200 × 1,050');
    expect(lines).toContain('  errors     reset × 2');
    expect(lines).toContain('  cache      80 % hits (HIT × 800, MISS × 200)');
    expect(lines).toContain('  received   1.91 MiB in 10.0 s');
    expect(lines).toContain('  generator  lag p50 0.10 ms, p99 1.25 ms, CPU 12 % of a core, 1 connection');
    expect(lines).toContain('  ✔  p95<300ms    104 ms');
    expect(lines).toContain('  ✖  errors<0.1%  0.2 %');
    expect(lines).toContain('  ✔  rps>1        105 requests/s');
    expect(lines).toContain('  ! A note.');
    expect(lines.join('\n')).not.toContain('\u001B');
  });

  it('says in red that figures are not to be trusted, within the width of the terminal', () => {
    const text = benchReport(
      {
        ...result,
        invalid: ['This machine was late, and that is a long story that takes more than a line.'],
      },
      [],
      (format, text) => (format === 'red' ? `<${text}>` : text),
      { width: 50 },
    );
    expect(text).toContain('<These figures are not to be trusted:>');
    expect(
      text
        .split('\n')
        .slice(-2)
        .every((line) => line.length <= 52 && line.startsWith('  <')),
    ).toBe(true);
  });

  it('shows the steps of a ramp', () => {
    const steps = [
      { rate: 100, reached: 99.9, p95: 12, errorShare: 0, held: true },
      { rate: 200, reached: 120, p95: 900, errorShare: 0.05, held: false },
    ];
    const lines = benchReport({ ...result, steps }, [], plainStyle, { width: 100 }).split('\n');
    expect(lines).toContain('  100/s  99.9  12.0 ms     0 %  held');
    expect(lines).toContain('  200/s   120   900 ms   5.0 %  not held');
  });

  it('says how a site without a URL was reached', () => {
    expect(benchReport(result, [], plainStyle, { width: 100, through: 'web1, port 80' })).toContain(
      'web1, port 80 ·',
    );
  });
});

describe('benchData', () => {
  it('has everything but secrets', () => {
    const data = JSON.stringify(benchData(result, verdicts()));
    expect(data).not.toContain('geheim');
    expect(JSON.parse(data)).toMatchObject({
      result: { total: { ok: 1_050 } },
      thresholds: [
        { threshold: 'p95<300ms', kept: true },
        { threshold: 'errors<0.1%', kept: false, value: 0.002 },
        { threshold: 'rps>1', kept: true, value: 105 },
      ],
    });
  });
});
