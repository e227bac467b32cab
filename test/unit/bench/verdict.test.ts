import { describe, expect, it } from 'vitest';
import { Durations } from '../../../src/bench/histogram.ts';
import type { Figures, GeneratorFigures } from '../../../src/bench/result.ts';
import type { Scenario } from '../../../src/bench/scenario.ts';
import { invalidReasons, notesOn } from '../../../src/bench/verdict.ts';

const scenario: Scenario = {
  url: 'http://127.0.0.1',
  requests: [],
  load: { kind: 'open', rate: 100, most: 50, stop: { afterMs: 1_000 } },
  warmUpMs: 0,
  timeoutMs: 5_000,
};

function figures(p50: number, more: Partial<Figures> = {}): Figures {
  const durations = new Durations();
  durations.record(p50);
  return {
    sent: 1_000,
    ok: 1_000,
    rate: 100,
    latency: durations.latency(),
    errors: {},
    status: {},
    errorShare: 0,
    limited: 0,
    bytes: 0,
    cache: {},
    ...more,
  };
}

function generator(more: Partial<GeneratorFigures> = {}): GeneratorFigures {
  return { lagP50: 0, lagP99: 0, lagMax: 0, dropped: 0, cpu: 0.1, ...more };
}

describe('invalidReasons', () => {
  it.each([
    ['a prompt generator', figures(1), generator({ lagP99: 4.9 }), []],
    [
      'a late one',
      figures(1),
      generator({ lagP99: 5.1 }),
      [expect.stringMatching(/1 % of the requests were sent 5\.1 ms or more/)],
    ],
    ['as late, on a site that is slow', figures(100), generator({ lagP99: 9.9 }), []],
    ['a few requests that were not sent', figures(1), generator({ dropped: 1 }), []],
    [
      'too many of them',
      figures(1),
      generator({ dropped: 10 }),
      [expect.stringMatching(/1\.0 % of the requests \(10\) were not sent because 50/)],
    ],
    ['no answer', figures(1, { ok: 0 }), generator(), [expect.stringMatching(/Not one request/)]],
  ])('%s', (_name, total, generator, expected) => {
    const reasons = invalidReasons(scenario, { total, generator });
    expect(reasons).toEqual(expected);
  });

  it('leaves it to the steps of a ramp to say that the site does not keep up', () => {
    const load = { kind: 'ramp', from: 1, to: 2, step: 1, stepMs: 1, most: 1 } as const;
    expect(
      invalidReasons({ ...scenario, load }, { total: figures(1), generator: generator({ dropped: 500 }) }),
    ).toEqual([]);
  });
});

describe('notesOn', () => {
  it.each([
    [figures(1, { limited: 400 }), generator(), /refused 40 % of the requests \(400 × 429\)/],
    [figures(1, { errors: { 'timed out': 3 } }), generator(), /3 requests had no answer within 5,000 ms/],
    [figures(1, { errors: { certificate: 3 } }), generator(), /--ca FILE/],
    [figures(1), generator({ resent: 2 }), /2 requests met a kept connection/],
    [figures(1), generator({ cpu: 0.95 }), /a whole core/],
  ])('%#', (total, generator, expected) => {
    expect(notesOn(scenario, { total, generator })).toEqual([expect.stringMatching(expected)]);
  });

  it('sums up a ramp', () => {
    const load = { kind: 'ramp', from: 100, to: 300, step: 100, stepMs: 1, most: 1 } as const;
    const step = { rate: 100, reached: 100, p95: 10, errorShare: 0, held: true };
    const of = (steps: readonly (typeof step)[]): string =>
      notesOn({ ...scenario, load }, { total: figures(1), generator: generator(), steps }).join();
    expect(of([step])).toContain('every step, up to 100');
    expect(of([step, { ...step, rate: 200, reached: 150, p95: 900, held: false }])).toBe(
      'The site kept up with 100 requests/s; at 200 it answered 150 a second, p95 900 ms, 0.0 % errors.',
    );
    expect(of([{ ...step, held: false }])).toContain('did not keep up with the first step');
  });
});
