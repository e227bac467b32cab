import { describe, expect, it } from 'vitest';
import { checkIds } from '../../../src/check/registry.ts';
import { percentile } from '../../../src/check/percentile.ts';
import { evaluate, isFailure, neededEvidence, selectChecks, tally } from '../../../src/check/run.ts';
import { expectation, judge, withUnit, worst } from '../../../src/check/threshold.ts';
import type { ContainerFact } from '../../../src/facts/containers.ts';
import { container, healthy } from './healthy.ts';

const none = { thresholds: {} };

describe('selection', () => {
  it('is everything but what is skipped, or exactly what is asked for', () => {
    const ids = (only: readonly string[], skip: readonly string[]) =>
      selectChecks(only, skip).map(({ id }) => id);
    expect(ids([], [])).toEqual(checkIds);
    expect(ids([], ['cpu', 'disk'])).toEqual(checkIds.filter((id) => id !== 'cpu' && id !== 'disk'));
    expect(ids(['cpu', 'workers'], ['cpu'])).toEqual(['workers', 'cpu']);
  });

  it('gathers only what is needed', () => {
    expect([...neededEvidence(selectChecks(['disk'], []))]).toEqual(['system']);
  });

  it('has no id twice', () => {
    expect(new Set(checkIds).size).toBe(checkIds.length);
  });
});

describe('evaluation', () => {
  it('passes everything on a healthy stack', () => {
    const results = evaluate(selectChecks([], []), { evidence: healthy(), unread: {} }, none);
    expect(tally(results)).toEqual({ pass: checkIds.length, warn: 0, fail: 0, unknown: 0, notApplicable: 0 });
  });

  it('is unknown with the reason when evidence is missing, never a pass', () => {
    const { settings } = healthy();
    const results = evaluate(
      selectChecks([], []),
      { evidence: { settings }, unread: { cpu: 'cgroups are gone.' } },
      none,
    );
    expect(tally(results).unknown).toBe(checkIds.length);
    expect(results.find(({ id }) => id === 'restarts')).toMatchObject({
      status: 'unknown',
      message: /missing/,
    });
    const cpu = evaluate(
      selectChecks(['cpu'], []),
      {
        evidence: { settings, containers: [], system: healthy().system },
        unread: { cpu: 'cgroups are gone.' },
      },
      none,
    );
    expect(cpu[0]).toMatchObject({ status: 'unknown', message: 'cgroups are gone.', expected: '< 40 %' });
  });

  describe('the site that cannot be asked', () => {
    const why = 'The proxy publishes no port, and the target has no url: the site cannot be asked.';
    const { health: _health, ...unasked } = healthy();
    const judged = (containers: readonly ContainerFact[]) =>
      evaluate(
        selectChecks(['health'], []),
        { evidence: { ...unasked, containers }, unread: { health: why } },
        none,
      )[0];

    it.each([
      [
        'nginx has exited',
        [container('nginx', { state: 'exited', exitCode: 1 }), container('backend'), container('db')],
        'fail',
        'nginx: 0 of 1 containers run.',
      ],
      [
        'the stack was taken down',
        [],
        'fail',
        'nginx: 0 of 1 containers run; backend: 0 of 1 containers run; db: 0 of 1 containers run.',
      ],
      [
        'a container is unhealthy',
        [container('nginx'), container('backend', { health: 'unhealthy' }), container('db')],
        'fail',
        'shop-backend-1: unhealthy.',
      ],
      [
        'a container is starting',
        [container('nginx'), container('backend', { health: 'starting' }), container('db')],
        'warn',
        '1 containers are still starting.',
      ],
      ['nothing else is wrong', healthy().containers, 'unknown', why],
    ])('%s', (_name, containers, status, message) => {
      expect(judged(containers)).toMatchObject({ id: 'health', status, message });
    });

    it('says so beside what does not run', () => {
      expect(judged([])?.detail).toContain(why);
    });
  });

  it('takes thresholds from the configuration, one by one', () => {
    const [result] = evaluate(
      selectChecks(['response-time'], []),
      { evidence: healthy(), unread: {} },
      { thresholds: { 'response-time': { warn: 10 } } },
    );
    expect(result).toMatchObject({ status: 'warn', expected: 'p95 < 10 ms' });
  });
});

describe('failure', () => {
  const counts = { pass: 1, warn: 0, fail: 0, unknown: 0, notApplicable: 0 };
  it.each([
    [{}, 'fail', false, false],
    [{ fail: 1 }, 'fail', false, true],
    [{ warn: 1 }, 'fail', false, false],
    [{ warn: 1 }, 'warn', false, true],
    [{ unknown: 1 }, 'warn', false, false],
    [{ unknown: 1 }, 'fail', true, true],
    [{ warn: 1 }, 'fail', true, false],
  ] as const)('%j, fail on %s, strict %s: %s', (change, failOn, strict, expected) => {
    expect(isFailure({ ...counts, ...change }, { failOn, strict })).toBe(expected);
  });
});

describe('thresholds', () => {
  it.each([
    [199.9, 'below', { fail: 200 }, 'pass'],
    [200, 'below', { fail: 200 }, 'fail'],
    [150, 'below', { warn: 100, fail: 200 }, 'warn'],
    [50, 'above', { fail: 50 }, 'fail'],
    [50.1, 'above', { fail: 50 }, 'pass'],
    [2, 'atLeast', { fail: 2 }, 'pass'],
    [1, 'atLeast', { fail: 2 }, 'fail'],
    [0, 'atMost', { warn: 0, fail: 3 }, 'pass'],
    [4, 'atMost', { warn: 0, fail: 3 }, 'fail'],
    [1, 'below', {}, 'pass'],
    [Number.NaN, 'below', { fail: 1 }, 'unknown'],
    [Number.POSITIVE_INFINITY, 'above', { fail: 1 }, 'unknown'],
  ] as const)('%d %s %j: %s', (value, direction, threshold, expected) => {
    expect(judge(value, direction, threshold)).toBe(expected);
  });

  it('are shown with sign and unit', () => {
    expect(expectation({ direction: 'below', unit: 'ms' }, { fail: 200 })).toBe('< 200 ms');
    expect(expectation({ direction: 'atLeast', unit: 'days' }, { warn: 21, fail: 7 })).toBe('≥ 21 days');
    expect(expectation({ direction: 'atMost' }, {})).toBe('');
    expect(withUnit(123.456, 'ms')).toBe('123 ms');
    expect(withUnit(12.345, '%')).toBe('12.3 %');
    expect(withUnit(1, 'ms')).toBe('1 ms');
    expect(withUnit(1, 'workers')).toBe('1 worker');
    expect(withUnit(0, 'restarts')).toBe('0 restarts');
  });

  it('knows the worst', () => {
    expect(worst('pass', 'unknown', 'warn')).toBe('warn');
    expect(worst('pass', 'unknown')).toBe('unknown');
    expect(worst()).toBe('notApplicable');
  });
});

it.each([
  [[], 50, Number.NaN],
  [[7], 95, 7],
  [[3, 1, 2], 50, 2],
  [Array.from({ length: 20 }, (_, index) => index + 1), 95, 19],
  [Array.from({ length: 100 }, (_, index) => index + 1), 100, 100],
  [[1, 2], 0, 1],
])('percentile of %j at %d is %d', (values, rank, expected) => {
  expect(percentile(values, rank)).toBe(expected);
});
