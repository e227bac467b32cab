import { describe, expect, it } from 'vitest';
import { Durations } from '../../../src/bench/histogram.ts';
import type { Figures } from '../../../src/bench/result.ts';
import { isProblem, parseThreshold, type Threshold } from '../../../src/bench/threshold-text.ts';
import { hitRate, judgeThresholds } from '../../../src/bench/thresholds.ts';

function parsed(text: string): Threshold {
  const threshold = parseThreshold(text);
  if (isProblem(threshold)) throw new Error(threshold.problem);
  return threshold;
}

function figures(more: Partial<Figures> = {}): Figures {
  const durations = new Durations();
  for (let ms = 1; ms <= 100; ms += 1) durations.record(ms);
  return {
    sent: 105,
    ok: 100,
    rate: 21,
    okRate: 20,
    latency: durations.latency(),
    errors: { reset: 2 },
    status: { 200: 100, 429: 3 },
    errorShare: 0.019,
    limited: 3,
    bytes: 0,
    cache: { HIT: 80, MISS: 10, STALE: 5, BYPASS: 5 },
    ...more,
  };
}

describe('parseThreshold', () => {
  it.each([
    ['p95<300ms', { metric: { kind: 'latency', of: 'percentile', percentile: 95 }, sign: '<', limit: 300 }],
    [
      'p99.9 <= 1.5s',
      { metric: { kind: 'latency', of: 'percentile', percentile: 99.9 }, sign: '<=', limit: 1500 },
    ],
    ['p(90)<200', { metric: { kind: 'latency', of: 'percentile', percentile: 90 }, sign: '<', limit: 200 }],
    ['med<800us', { metric: { kind: 'latency', of: 'percentile', percentile: 50 }, sign: '<', limit: 0.8 }],
    ['AVG<50ms', { metric: { kind: 'latency', of: 'avg' }, sign: '<', limit: 50 }],
    ['errors<1%', { metric: { kind: 'errors' }, sign: '<', limit: 0.01 }],
    ['rps>200', { metric: { kind: 'rps' }, sign: '>', limit: 200 }],
    ['rps>=200/s', { metric: { kind: 'rps' }, sign: '>=', limit: 200 }],
    ['hits > 80 %', { metric: { kind: 'hits' }, sign: '>', limit: 0.8 }],
    [
      'p95{GET /api/products}<50ms',
      {
        metric: { kind: 'latency', of: 'percentile', percentile: 95 },
        request: 'GET /api/products',
        sign: '<',
        limit: 50,
      },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseThreshold(text)).toEqual({ text, ...expected });
  });

  it.each([
    ['p95', /no comparison/, /Write it as/],
    ['', /no comparison/, /Write it as/],
    ['p95=300', /no comparison/, /Write it as/],
    ['error<1%', /did you mean errors\?$/, /Metrics: avg/],
    ['p101<1s', /no metric that there is/, /Metrics/],
    ['p95<1%', /no limit that suits p95/, /300ms/],
    ['errors<0.01', /no limit that suits errors/, /1%/],
    ['hits>101%', /no limit that suits hits/, /1%/],
    ['rps>5ms', /no limit that suits rps/, /200/],
    ['p95{GET /api/product}<1s', /did you mean "GET \/api\/products"\?$/, /Requests: GET \/api\/products/],
  ])('refuses %j with what would be right', (text, problem, next) => {
    const found = parseThreshold(text, ['GET /api/products']);
    expect(found).toEqual({ problem: expect.stringMatching(problem), next: expect.stringMatching(next) });
  });
});

describe('judgeThresholds', () => {
  const result = { total: figures(), requests: { a: figures({ errorShare: 0 }) } };

  it.each([
    ['p95<95ms', false, 95],
    ['p95<=95.1ms', true, 95],
    ['p99.9<1s', true, 100],
    ['avg<51ms', true, 50.5],
    ['max<100ms', false, 100],
    ['errors<1%', false, 0.019],
    ['errors{a}<1%', true, 0],
    ['limited<5%', true, 3 / 105],
    ['rps>20.5', false, 20],
    ['hits>=84%', true, 0.85],
  ])('%s', (text, kept, value) => {
    const [verdict] = judgeThresholds([parsed(text)], result);
    expect(verdict?.kept).toBe(kept);
    expect(verdict?.value).toBeCloseTo(value, 0);
  });

  it('does not keep what the run does not tell', () => {
    const empty = figures({ sent: 0, ok: 0, cache: {}, latency: new Durations().latency() });
    const verdicts = judgeThresholds(['p95<1s', 'hits>1%', 'errors<1%', 'p95{b}<1s'].map(parsed), {
      total: empty,
      requests: {},
    });
    expect(verdicts.map(({ kept }) => kept)).toEqual([false, false, false, false]);
    expect(verdicts.map(({ why }) => why)).toEqual([
      'no request was answered without an error',
      'no answer has the header X-Cache-Status',
      'nothing was sent',
      'no such request was sent',
    ]);
  });

  it('counts what a cache answers as hits', () => {
    expect(hitRate({ cache: { HIT: 6, STALE: 1, UPDATING: 1, REVALIDATED: 1, MISS: 1 } })).toBeCloseTo(0.9);
    expect(hitRate({ cache: {} })).toBeUndefined();
  });
});
