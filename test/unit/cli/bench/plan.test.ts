import { describe, expect, it } from 'vitest';
import type { BenchFlags } from '../../../../src/cli/bench/flags.ts';
import { isLoopback } from '../../../../src/cli/bench/own-site.ts';
import { planBench, readWords } from '../../../../src/cli/bench/plan.ts';
import type { Target } from '../../../../src/config/config.ts';
import { UsageError } from '../../../../src/errors.ts';

type BenchTarget = Pick<Target, 'bench' | 'checks' | 'health'>;

const bench = {
  requests: [{ name: 'list', method: 'GET', path: '/api', weight: 2, headers: { a: '1' } }],
  connections: 20,
  durationMs: 30_000,
  warmUpMs: 1_000,
  timeoutMs: 5_000,
  thresholds: ['p95{list}<300ms'],
};
const target: BenchTarget = {
  bench,
  checks: { skip: [], thresholds: {}, requests: 20, cpuWindowMs: 3_000 },
  health: { path: '/health', timeoutMs: 1 },
};

function plan(
  flags: BenchFlags,
  paths: readonly string[] = [],
  on?: BenchTarget,
): ReturnType<typeof planBench> {
  return planBench('http://127.0.0.1:1', paths, flags, on);
}

function refusal(work: () => unknown): UsageError {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('readWords', () => {
  it.each([
    [[], { paths: [] }],
    [['/a', '/b'], { paths: ['/a', '/b'] }],
    [['http://x.test'], { url: 'http://x.test', paths: ['/'] }],
    [['https://x.test:8443/a?b=c'], { url: 'https://x.test:8443', paths: ['/a?b=c'] }],
    [['http://x.test', '/a'], { url: 'http://x.test', paths: ['/a'] }],
    [['http://x.test/a', '/b'], { url: 'http://x.test', paths: ['/a', '/b'] }],
  ])('%j', (words, expected) => {
    expect(readWords(words)).toEqual(expected);
  });

  it.each([
    [['localhost:8080'], 'http://localhost:8080'],
    [['api'], '/api'],
    [['ftp://x.test'], 'https://'],
    [['http://me:secret@x.test'], '--header'],
    [['http://'], 'https://'],
  ])('refuses %j', (words, next) => {
    expect(refusal(() => readWords(words)).next.join()).toContain(next);
  });
});

describe('planBench', () => {
  it('is mild where nothing is said', () => {
    expect(plan({}).scenario).toEqual({
      url: 'http://127.0.0.1:1',
      requests: [{ name: 'GET /', method: 'GET', path: '/', weight: 1, headers: {} }],
      load: { kind: 'open', rate: 10, most: 100, stop: { afterMs: 10_000 } },
      warmUpMs: 2_000,
      timeoutMs: 10_000,
      stopAtErrors: 0.05,
    });
  });

  it('takes what the configuration says', () => {
    const { scenario, thresholds } = plan({}, [], target);
    expect(scenario).toEqual({
      url: 'http://127.0.0.1:1',
      requests: bench.requests,
      load: { kind: 'closed', connections: 20, thinkMs: 0, stop: { afterMs: 30_000 } },
      warmUpMs: 1_000,
      timeoutMs: 5_000,
      stopAtErrors: 0.05,
    });
    expect(thresholds.map(({ text }) => text)).toEqual(['p95{list}<300ms']);
  });

  it('lets flags win', () => {
    const { scenario } = plan(
      { rate: 500, requests: 50, header: ['A: 2', 'b:3'], 'no-stop': true, 'warm-up': 0, threshold: [] },
      [],
      target,
    );
    expect(scenario.load).toEqual({ kind: 'open', rate: 500, most: 2_000, stop: { requests: 50 } });
    expect(scenario.requests[0]?.headers).toEqual({ A: '2', b: '3' });
    expect(scenario.warmUpMs).toBe(0);
    expect(scenario.stopAtErrors).toBeUndefined();
  });

  it('asks the path of the checks, else of the health, where there are no requests', () => {
    const none = { ...target, bench: { ...bench, requests: [], thresholds: [] } };
    expect(plan({}, [], none).scenario.requests[0]?.path).toBe('/health');
    const checked = { ...none, checks: { ...target.checks, path: '/api/products' } };
    expect(plan({}, [], checked).scenario.requests[0]?.path).toBe('/api/products');
  });

  it.each([
    ['10:100', { from: 10, to: 100, step: 9 }],
    ['10:500:20', { from: 10, to: 500, step: 20 }],
    ['5:5', { from: 5, to: 5, step: 1 }],
  ])('goes up as --ramp %s says', (ramp, expected) => {
    expect(plan({ ramp, duration: 3_000 }).scenario.load).toMatchObject({
      kind: 'ramp',
      ...expected,
      stepMs: 3_000,
    });
  });

  it('sends a body as POST, as JSON where it is, when writes are allowed', () => {
    expect(plan({ body: '{"id":"{n}"}', 'allow-writes': true }, ['/orders']).scenario.requests).toEqual([
      {
        name: 'POST /orders',
        method: 'POST',
        path: '/orders',
        weight: 1,
        headers: { 'content-type': 'application/json' },
        body: '{"id":"{n}"}',
      },
    ]);
  });

  it.each<[string, () => unknown, string]>([
    ['writes', () => plan({ method: 'delete' }), 'NEEDS_ALLOW_WRITES'],
    [
      'writes of the configuration',
      () =>
        plan({}, [], {
          ...target,
          bench: { ...bench, requests: [{ name: 'x', method: 'POST', path: '/', weight: 1, headers: {} }] },
        }),
      'NEEDS_ALLOW_WRITES',
    ],
    ['a ramp that is none', () => plan({ ramp: '10-50' }), 'WRONG_RAMP'],
    ['a ramp downwards', () => plan({ ramp: '50:10' }), 'WRONG_RAMP'],
    ['a ramp from nothing', () => plan({ ramp: '0:10' }), 'WRONG_RAMP'],
    ['a header without a value', () => plan({ header: ['Accept'] }), 'WRONG_HEADER'],
    ['a header that would be two', () => plan({ header: ['a: b\r\nc: d'] }), 'WRONG_REQUEST'],
    ['a length of its own', () => plan({ header: ['Content-Length: 5'] }), 'WRONG_REQUEST'],
    ['a path with a space', () => plan({}, ['/a b']), 'WRONG_REQUEST'],
    ['a method that is none', () => plan({ method: 'GE T' }), 'WRONG_REQUEST'],
    ['a threshold of another request', () => plan({ threshold: ['p95{GET /x}<1s'] }), 'WRONG_THRESHOLD'],
  ])('refuses %s', (_name, work, code) => {
    const error = refusal(work);
    expect(error.code).toBe(code);
    expect(error.next.length).toBeGreaterThan(0);
  });
});

describe('isLoopback', () => {
  it.each([
    'http://127.0.0.1:80',
    'http://127.9.9.9/',
    'http://[::1]:80/',
    'https://localhost',
    'http://a.localhost/',
    'http://2130706433/',
  ])('%s is this machine', (url) => {
    expect(isLoopback(url)).toBe(true);
  });
  it.each([
    'http://127.0.0.1.example.com',
    'http://example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
    'http://[::2]/',
  ])('%s is not', (url) => {
    expect(isLoopback(url)).toBe(false);
  });
});
