import { describe, expect, it } from 'vitest';
import { RecordingHost, type Answer } from '../../../src/host/recording-host.ts';
import { acquireLock, forceRelease, lookAtLock, type LockOptions } from '../../../src/rollout/held-lock.ts';

const owner = { run: 'run1', by: 'ann@laptop', at: '2026-11-23T15:50:01Z', what: 'deploy 1a2b3c4' };
const other = { run: 'run2', by: 'bob@ci', at: '2026-11-23T15:40:00Z', what: 'deploy fffffff' };
const heldBy = (silent: number, by: { run: string } | string | null = other) =>
  `held ${silent}\nrun ${typeof by === 'string' ? by : (by?.run ?? '')}\n${typeof by === 'string' ? '{"run":"x' : by ? JSON.stringify(by) : ''}\n`;

/** `tries` are the answers of the holder, `looks` those of a look at the lock; the last ones stay. */
function setUp(
  tries: readonly Answer[],
  looks: readonly Answer[] = ['free\n'],
  more: Partial<LockOptions> = {},
) {
  let now = 0;
  let tried = 0;
  let looked = 0;
  const waits: string[] = [];
  const host = new RecordingHost({
    name: 'web1',
    answers: ({ kind }) =>
      kind === 'start'
        ? tries[Math.min(tried++, tries.length - 1)]
        : looks[Math.min(looked++, looks.length - 1)],
  });
  const options: LockOptions = {
    appDir: '/srv/app',
    owner,
    waitMs: 0,
    clock: () => now,
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
    onWait: (text) => waits.push(text),
    ...more,
  };
  return { host, waits, now: () => now, acquire: () => acquireLock(host, options), tried: () => tried };
}

describe('taking the lock', () => {
  it('at once', async () => {
    const { acquire, host } = setUp(['acquired\n']);
    const lock = await acquire();
    await lock.release();
    expect(host.requests.map(({ kind }) => kind)).toEqual(['start']);
  });

  it('is refused at once, with who holds it', async () => {
    const { acquire } = setUp(['held\n'], [heldBy(3)]);
    await expect(acquire()).rejects.toMatchObject({
      code: 'LOCKED',
      reason: 'locked',
      message:
        'web1 is locked: deploy fffffff by bob@ci since 2026-11-23T15:40:00Z, last heard from 3 s ago.',
      place: { host: 'web1' },
    });
  });

  it('waits as long as it may, and says so once', async () => {
    const { acquire, waits, now } = setUp(['held\n'], [heldBy(3)], { waitMs: 5000 });
    await expect(acquire()).rejects.toMatchObject({ code: 'LOCKED' });
    expect(now()).toBe(5000);
    expect(waits).toEqual([expect.stringContaining('bob@ci')]);
  });

  it('gets it when the other is through', async () => {
    const { acquire, tried } = setUp(['held\n', 'held\n', 'acquired\n'], [heldBy(3)], { waitMs: 5000 });
    await acquire();
    expect(tried()).toBe(3);
  });

  it('tries again when it became free in the meantime', async () => {
    const { acquire, tried, now } = setUp(['held\n', 'acquired\n'], ['free\n']);
    await acquire();
    expect([tried(), now()]).toEqual([2, 0]);
  });

  it.each([
    { title: 'of a silent owner is taken over', owner: other, stale: 'run2' },
    { title: 'without an owner, too', owner: null, stale: "''" },
    { title: 'whose owner cannot be read, too', owner: 'run3', stale: 'run3' },
  ])('$title', async ({ owner: silent, stale }) => {
    const { acquire, host } = setUp(['held\n', 'acquired\n'], [heldBy(61, silent)]);
    await acquire();
    const starts = host.requests.filter(({ kind }) => kind === 'start').map(({ text }) => text);
    expect(starts[0]).not.toContain('lock.run1');
    expect(starts[1]?.replaceAll(String.raw`'\''`, "'")).toContain(
      `= ${stale} ]; then mv .ops/lock .ops/lock.run1`,
    );
  });

  it('one that cannot be taken over is refused, not tried for ever', async () => {
    const { acquire, tried } = setUp(['held\n'], [heldBy(61)]);
    await expect(acquire()).rejects.toMatchObject({ code: 'LOCKED' });
    expect(tried()).toBe(2);
  });

  it.each([
    { title: 'no permission', answer: { stdout: 'nonsense\n', stderr: 'cannot create .ops/lock\n' } },
    { title: 'another answer', answer: 'what?\n' },
  ])('fails with $title', async ({ answer }) => {
    await expect(setUp([answer]).acquire()).rejects.toMatchObject({
      code: 'LOCK_FAILED',
      reason: 'unchanged',
    });
  });

  it('not after an abort', async () => {
    const { acquire, tried } = setUp(['acquired\n'], [], { signal: AbortSignal.abort() });
    await expect(acquire()).rejects.toMatchObject({ name: 'AbortError' });
    expect(tried()).toBe(0);
  });
});

it('looks at it', async () => {
  const look = (answer: string) => lookAtLock(new RecordingHost({ answers: () => answer }), '/srv/app');
  expect(await look('free\n')).toEqual({ state: 'free' });
  expect(await look(heldBy(7))).toEqual({
    state: 'held',
    run: 'run2',
    silentSeconds: 7,
    owner: other,
  });
  expect(await look(heldBy(7, 'x'))).toEqual({ state: 'held', run: 'x', silentSeconds: 7 });
});

describe('by force', () => {
  const seen = { state: 'held', run: 'run2', owner: other, silentSeconds: 90 } as const;
  it.each([
    ['released', 'released'],
    ['free', 'free already'],
    ['changed', 'it changed hands in the meantime; look again: ops lock status'],
  ])('%s', async (answer, text) => {
    const host = new RecordingHost({ answers: () => `${answer}\n` });
    expect(await forceRelease(host, '/srv/app', seen)).toBe(text);
    expect(host.texts[0]).toContain('= run2 ]');
  });

  it('fails when it cannot be removed', async () => {
    const host = new RecordingHost({ answers: () => ({ code: 1, stderr: 'rm: no\n' }) });
    await expect(forceRelease(host, '/srv/app', seen)).rejects.toMatchObject({
      code: 'LOCK_FAILED',
      place: { output: ['rm: no'] },
    });
  });
});
