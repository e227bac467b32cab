import { expect, it } from 'vitest';
import { probeText, summarize, type ProbeSample } from '../../../src/probe/summary.ts';

const ok = (at: number, durationMs = 10): ProbeSample => ({ at, durationMs, ok: true });
const bad = (at: number, error = '502'): ProbeSample => ({ at, durationMs: 10, ok: false, error });

it.each<{ title: string; samples: ProbeSample[]; expected: object }>([
  {
    title: 'nothing',
    samples: [],
    expected: { requests: 0, failed: 0, longestGapMs: 0, p50Ms: 0, p95Ms: 0, maxMs: 0 },
  },
  {
    title: 'one answer',
    samples: [ok(0)],
    expected: { requests: 1, failed: 0, longestGapMs: 0, p50Ms: 10, maxMs: 10 },
  },
  { title: 'steady answers', samples: [ok(0), ok(50), ok(100)], expected: { requests: 3, longestGapMs: 50 } },
  {
    title: 'failures make the gap longer',
    samples: [ok(0), bad(50), bad(100), ok(150)],
    expected: { requests: 4, failed: 2, longestGapMs: 150 },
  },
  {
    title: 'a stall counts to the answer, not from the question',
    samples: [ok(0), ok(50, 500), ok(100, 460)],
    expected: { failed: 0, longestGapMs: 540, maxMs: 500 },
  },
  {
    title: 'answers that overtake each other',
    samples: [ok(0, 300), ok(50), ok(100)],
    expected: { longestGapMs: 190 },
  },
  {
    title: 'failures before the first and after the last answer have no gap',
    samples: [bad(0), ok(500), bad(900)],
    expected: { failed: 2, longestGapMs: 0 },
  },
  {
    title: 'failures have no part in the durations',
    samples: [ok(0, 5), { ...bad(50), durationMs: 10_000 }],
    expected: { maxMs: 5, p95Ms: 5 },
  },
  {
    title: 'percentiles are ones that were measured',
    samples: Array.from({ length: 20 }, (_, index) => ok(index * 50, index + 1)),
    expected: { p50Ms: 10, p95Ms: 19, maxMs: 20 },
  },
  { title: 'tenths of a millisecond', samples: [ok(0, 1.26)], expected: { p50Ms: 1.3 } },
])('$title', ({ samples, expected }) => {
  expect(summarize(samples, true)).toMatchObject(expected);
});

it('says it in one line', () => {
  const samples = Array.from({ length: 2431 }, (_, index) => ok(index * 38));
  expect(probeText(summarize(samples, true))).toBe('2,431 requests, 0 failed, longest gap 38 ms');
  expect(probeText(summarize([], false))).toBe('not measured: nothing served before');
  expect(probeText(summarize([], true))).toBe('0 requests, 0 failed, longest gap 0 ms');
});
