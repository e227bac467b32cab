import { describe, expect, it } from 'vitest';
import { ConnectionError, OpsError } from '../../../src/errors.ts';
import type { ExitReason } from '../../../src/exit-codes.ts';
import { ReleaseGate } from '../../../src/rollout/release-gate.ts';
import { actor, inBatches, prepare, worst } from '../../../src/rollout/rollout.ts';
import type { RolloutContext } from '../../../src/rollout/session.ts';
import { target } from '../deploy/stack.ts';

describe('batches', () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, index) => index);
  it.each([
    { count: 5, batch: undefined, sizes: [5] },
    { count: 5, batch: '1', sizes: [1, 1, 1, 1, 1] },
    { count: 5, batch: '2', sizes: [2, 2, 1] },
    { count: 5, batch: '9', sizes: [5] },
    { count: 5, batch: '25%', sizes: [2, 2, 1] },
    { count: 4, batch: '25%', sizes: [1, 1, 1, 1] },
    { count: 2, batch: '1%', sizes: [1, 1] },
    { count: 3, batch: '100%', sizes: [3] },
    { count: 0, batch: '1', sizes: [] },
    { count: 0, batch: undefined, sizes: [] },
  ])('$count hosts by $batch: $sizes', ({ count, batch, sizes }) => {
    const batches = inBatches(hosts(count), batch);
    expect(batches.map(({ length }) => length)).toEqual(sizes);
    expect(batches.flat()).toEqual(hosts(count));
  });
});

describe('how a rollout ended', () => {
  const failed = (reason: ExitReason) => ({
    outcome: 'failed' as const,
    error: new OpsError(reason, 'X', 'x'),
  });
  const live = { outcome: 'live' as const };
  const notStarted = { outcome: 'not-started' as const };
  it.each([
    { title: 'all live', results: [live, live], reason: 'ok' },
    { title: 'nothing to do', results: [{ outcome: 'nothing-to-do' as const }], reason: 'ok' },
    { title: 'one failed', results: [live, failed('unchanged'), notStarted], reason: 'unchanged' },
    {
      title: 'the worst counts',
      results: [failed('unchanged'), failed('rolledBack'), failed('locked')],
      reason: 'rolledBack',
    },
    {
      title: 'a person is needed',
      results: [failed('interrupted'), failed('needsHuman')],
      reason: 'needsHuman',
    },
    {
      title: 'what failed is to be mended, a lock only waited for',
      results: [failed('locked'), failed('unchanged')],
      reason: 'unchanged',
    },
    {
      title: 'visitors met the new release before it was interrupted elsewhere',
      results: [failed('interrupted'), failed('rolledBack')],
      reason: 'rolledBack',
    },
    { title: 'a bug is no success', results: [live, failed('internal')], reason: 'internal' },
    { title: 'interrupted between two batches', results: [live, notStarted], reason: 'interrupted' },
  ])('$title: $reason', ({ results, reason }) => {
    expect(worst(results)).toBe(reason);
  });
});

describe('several hosts that are not ready', () => {
  const locked = new OpsError('locked', 'LOCKED', 'It is locked.', { place: { host: 'web1' } });
  const away = new ConnectionError('REFUSED', 'It is away.', { place: { host: 'web2' } });
  const full = new OpsError('unchanged', 'DISK_FULL', 'It is full.', {
    place: { host: 'web3', output: ['0 MB'] },
    next: ['Make room.'],
  });

  const refused = async (...errors: readonly Error[]): Promise<unknown> =>
    await prepare(
      {
        config: {
          target: { ...target(), hosts: errors.map((_, index) => ({ name: String(index), address: '' })) },
        },
        connect: async ({ name }: { name: string }) => await Promise.reject(errors[Number(name)] as Error),
        signal: new AbortController().signal,
      } as unknown as RolloutContext,
      { kind: 'deploy' },
      { force: false, rebuild: false, stash: false, allowDowntime: false, lockWaitMs: 0 },
    ).catch((error: unknown) => error);

  it.each([
    ['last', [locked, away, full]],
    ['first', [full, locked, away]],
  ])('the one to look at first leads, also when it is %s; the others are named', async (_, errors) => {
    expect(await refused(...errors)).toMatchObject({
      reason: 'unchanged',
      code: 'DISK_FULL',
      message: '3 of 3 hosts are not ready. web3: It is full.',
      place: { host: 'web3', output: ['0 MB', 'web1: It is locked.', 'web2: It is away.'] },
      next: ['Make room.'],
    });
  });

  it('a bug stays one', async () => {
    const bug = new TypeError('x');
    expect(await refused(locked, bug)).toBe(bug);
  });

  it('one alone is as it is', async () => {
    expect(await refused(away)).toBe(away);
  });
});

it.each([
  [{ OPS_ACTOR: 'ann', GITHUB_ACTOR: 'bob' }, /^ann@./],
  [{ GITHUB_ACTOR: 'bob', GITLAB_USER_LOGIN: 'eve' }, /^bob@./],
  [{ GITLAB_USER_LOGIN: 'eve' }, /^eve@./],
  [{}, /^.+@./],
])('%o is %s', (env, expected) => {
  expect(actor(env)).toMatch(expected);
});

describe('the release command', () => {
  const never = new AbortController().signal;

  it('runs on every host when each has its own database', () => {
    const gate = new ReleaseGate(undefined);
    expect([gate.runsOn('web1'), gate.runsOn('web2')]).toEqual([true, true]);
  });

  it('lets the others go on once the first host is through', async () => {
    const gate = new ReleaseGate('web1');
    expect([gate.runsOn('web1'), gate.runsOn('web2')]).toEqual([true, false]);
    let through = false;
    const waiting = gate.wait('web2', never).then(() => (through = true));
    gate.passed('web2');
    await Promise.resolve();
    expect(through).toBe(false);
    gate.passed('web1');
    await waiting;
    gate.failed('web1');
    await gate.wait('web3', never);
  });

  it('stops the others when it failed', async () => {
    const gate = new ReleaseGate('web1');
    gate.failed('web2');
    gate.failed('web1');
    await expect(gate.wait('web2', never)).rejects.toMatchObject({
      code: 'RELEASE_COMMAND_ELSEWHERE',
      place: { host: 'web2' },
    });
  });

  it('is not waited for after an abort', async () => {
    const controller = new AbortController();
    const waiting = new ReleaseGate('web1').wait('web2', controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(new ReleaseGate('web1').wait('web2', controller.signal)).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});
