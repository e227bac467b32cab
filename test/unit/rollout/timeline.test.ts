import { describe, expect, it } from 'vitest';
import { OpsError } from '../../../src/errors.ts';
import { alsoTo, recordTimeline } from '../../../src/rollout/timeline.ts';

const stage = 'roll' as const;
const probe = { requests: 2, failed: 1, longestGapMs: 60, p50Ms: 4, p95Ms: 4, maxMs: 4, servedBefore: true };

describe('a recorded rollout', () => {
  it('has every step with its times, when traffic moved, and each request of the probe', () => {
    let now = 5_000;
    const recorder = recordTimeline({ now: () => now, clock: () => Date.UTC(2026, 10, 23, 15, 50) });
    const step = (host: string, id: string, from: number, to: number, ok = true): void => {
      now = 5_000 + from;
      recorder.progress({ type: 'stepStarted', host, stage, id, title: `Do ${id}` });
      now = 5_000 + to;
      const end = { host, stage, id, durationMs: to - from };
      recorder.progress(ok ? { type: 'stepDone', ...end } : { type: 'stepFailed', ...end, message: 'no' });
    };
    recorder.progress({ type: 'status', text: 'Looking' });
    step('a', 'start-backend', 0, 4_000);
    step('a', 'share', 4_000, 4_200.26);
    recorder.sample('a', { at: 5_150, durationMs: 4.04, ok: true });
    recorder.sample('a', { at: 5_100, durationMs: 3, ok: false, error: '502' });
    step('a', 'watch', 4_201, 5_000, false);
    const timeline = recorder.finish({
      kind: 'deploy',
      target: 'production',
      result: {
        id: 'r1',
        commit: '1a2b3c4',
        subject: 'Add',
        reason: 'rolledBack',
        hosts: [
          {
            host: 'a',
            outcome: 'restored',
            durationMs: 5_100,
            roundTrips: 9,
            notes: [],
            probe,
            error: new OpsError('unchanged', 'X', 'It failed.'),
          },
        ],
      },
    });
    expect(timeline).toEqual({
      kind: 'deploy',
      target: 'production',
      startedAt: '2026-11-23T15:50:00.000Z',
      durationMs: 5_000,
      outcome: 'rolledBack',
      release: { id: 'r1', commit: '1a2b3c4', subject: 'Add' },
      hosts: [{ host: 'a', outcome: 'restored', durationMs: 5_100, probe, error: 'It failed.' }],
      steps: [
        {
          host: 'a',
          stage,
          id: 'start-backend',
          title: 'Do start-backend',
          startMs: 0,
          endMs: 4_000,
          ok: true,
        },
        { host: 'a', stage, id: 'share', title: 'Do share', startMs: 4_000, endMs: 4_200.3, ok: true },
        { host: 'a', stage, id: 'watch', title: 'Do watch', startMs: 4_201, endMs: 5_000, ok: false },
      ],
      moves: [{ host: 'a', atMs: 4_200.3, title: 'Do share' }],
      probe: [
        { host: 'a', atMs: 100, durationMs: 3, ok: false, error: '502' },
        { host: 'a', atMs: 150, durationMs: 4, ok: true },
      ],
    });
  });

  it.each([
    {
      title: 'the proxy moves it',
      ids: ['share', 'switch', 'drain', 'retire', 'unpin'],
      moved: ['share', 'switch'],
    },
    {
      title: 'nobody but the old containers can',
      ids: ['start-worker', 'watch', 'retire'],
      moved: ['retire'],
    },
  ])('says when traffic moved where $title', ({ ids, moved }) => {
    const recorder = recordTimeline({ now: () => 0, clock: () => 0 });
    // Another host that is further ahead says nothing about this one.
    for (const [host, id] of [['b', 'switch'], ...ids.map((one) => ['a', one])] as [string, string][]) {
      recorder.progress({ type: 'stepStarted', host, stage, id, title: id });
      recorder.progress({ type: 'stepDone', host, stage, id, durationMs: 0 });
    }
    const result = { id: 'r1', commit: '', subject: '', reason: 'ok' as const, hosts: [] };
    const { moves } = recorder.finish({ kind: 'deploy', target: 'production', result });
    expect(moves.filter(({ host }) => host === 'a').map(({ title }) => title)).toEqual(moved);
  });

  it('is written beside the view, whose promise holds output back as before', async () => {
    const seen: string[] = [];
    const progress = alsoTo({ progress: ({ type }) => seen.push(type) }, () => Promise.resolve('drawn'));
    await expect(progress({ type: 'status', text: 'x' })).resolves.toBe('drawn');
    expect(seen).toEqual(['status']);
  });
});
