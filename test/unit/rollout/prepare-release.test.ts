import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../src/facts/index.ts';
import type { Release } from '../../../src/ledger/ledger.ts';
import type { HostPlan } from '../../../src/rollout/inspect.ts';
import { prepare } from '../../../src/rollout/prepare-release.ts';
import { ReleaseRun, type Rollout } from '../../../src/rollout/release-run.ts';
import type { HostSession } from '../../../src/rollout/session.ts';
import { commits, facts, git, release, script, target, trees, wanted } from '../deploy/stack.ts';
import { ended, obeyingHost } from './obeying-host.ts';

const open = (id: number, more: Partial<Release> = {}): Release => {
  const { finished: _, ...begun } = release(id, more);
  return begun;
};
const held: HostFacts['lock'] = { state: 'held', run: 'run7', silentSeconds: 1 };
const ledger = (...releases: readonly Release[]): HostFacts['ledger'] => ({ releases, unreadable: 0 });

/**
 * What is done before the build, and what would be put back.
 *
 * @param looks what the host is like at the first look, which the plan is made of, and at later ones; the last one stays
 */
async function preparing(
  looks: readonly Partial<HostFacts>[],
  { lockWaitMs = 0, ageMs = 0 }: { lockWaitMs?: number; ageMs?: number } = {},
) {
  const steps: string[] = [];
  const [first = {}, ...rest] = looks;
  let seen = facts(first);
  const found = `commit ${commits.wanted}\ntree ${trees.wanted}\nsubject Wanted\non-branch yes\n`;
  const host = obeyingHost((text) => ({ ...ended, stdout: text.includes(' fetch ') ? found : '' }));
  const session = {
    name: 'web1',
    target: target(),
    host,
    get facts() {
      return seen;
    },
    age: () => ageMs,
    flavor: () => 'plugin',
    look: async () => await Promise.resolve((seen = facts(rest.shift() ?? seen))),
    script: () => ({ appDir: script.appDir, compose: script.compose }),
    scriptFor: () => ({ appDir: script.appDir, compose: script.compose }),
  } as unknown as HostSession;
  const decision = { nothingToDo: false, changes: [], certain: true, build: false, reload: false };
  const plan = {
    session,
    git: git(),
    wanted: wanted(),
    decision: {
      ...decision,
      checkout: { keepOld: false, keepHead: false },
      carried: new Set(),
      downtime: [],
      notes: [],
    },
    notes: [],
  } as unknown as HostPlan;
  const run = new ReleaseRun(plan, {
    context: {
      runId: 'run9',
      clock: () => 0,
      signal: new AbortController().signal,
      progress: (event: { type: string; id?: string }) => {
        if (event.type === 'stepStarted') steps.push(event.id ?? '');
      },
    },
    goal: { kind: 'deploy' },
    options: { force: false, rebuild: false, stash: false, allowDowntime: false, lockWaitMs },
    id: 'R',
    by: 'ann',
  } as unknown as Rollout);
  await prepare(run);
  return { steps, previous: run.previous };
}

const before = { commit: commits.old, tree: trees.old, images: {} };
const abandoned = { ledger: ledger(release(1), open(2, { previous: before })) };

describe('looks again under the lock', () => {
  it.each([
    ['not, when nobody can have been there', [{}], {}, []],
    ['when it may wait', [{}, {}], { lockWaitMs: 1 }, ['look']],
    ['when somebody had the lock', [{ lock: held }, {}], {}, ['look']],
    ['when the last look is old', [{}, {}], { ageMs: 6_000 }, ['look']],
    ['after the end of what was abandoned', [abandoned], {}, ['recover', 'look']],
    ['once, of what was abandoned', [abandoned], { lockWaitMs: 1, ageMs: 6_000 }, ['recover', 'look']],
    [
      'after what an interrupted checkout has left is put away',
      [{ git: git({ interrupted: true }) }, {}],
      {},
      ['settle-checkout', 'look'],
    ],
    [
      'after both',
      [{ ...abandoned, git: git({ interrupted: true }) }, abandoned],
      {},
      ['recover', 'settle-checkout', 'look'],
    ],
    [
      'first, where somebody was at work whose checkout may have got to its end',
      [{ lock: held, git: git({ interrupted: true }) }, { git: git({ interrupted: true }) }, {}],
      { lockWaitMs: 1 },
      ['look', 'settle-checkout', 'look'],
    ],
    [
      'and only then, where somebody was still at work who has ended well',
      [{ ...abandoned, lock: held }, { ledger: ledger(release(1), release(2)) }],
      { lockWaitMs: 1 },
      ['look'],
    ],
    [
      'and then recovers, where somebody was still at work who has died',
      [{ ...abandoned, lock: held }, abandoned],
      { lockWaitMs: 1 },
      ['look', 'recover', 'look'],
    ],
    [
      'until nothing is abandoned that it does not know',
      [abandoned, { ledger: ledger(release(1), release(2), open(3, { previous: before })) }],
      {},
      ['recover', 'look', 'recover', 'look'],
    ],
  ])('%s', async (_title, looks, options, expected) => {
    const { steps } = await preparing(looks, options);
    expect(steps.slice(0, 1 + expected.length)).toEqual(['lock', ...expected]);
    expect(steps.slice(1 + expected.length)).toEqual(['record', 'checkout']);
  });
});

describe('what is put back, if this run fails', () => {
  it('is what was there before the release that was abandoned', async () => {
    expect(await preparing([abandoned])).toMatchObject({ previous: { commit: commits.old } });
  });

  it('is what is there, if that got to its end after all', async () => {
    const ended = { ledger: ledger(release(1), release(2)) };
    expect(await preparing([abandoned, ended])).toMatchObject({ previous: { commit: commits.live } });
  });
});
