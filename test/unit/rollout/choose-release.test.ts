import { describe, expect, it } from 'vitest';
import type { Release } from '../../../src/ledger/ledger.ts';
import { chooseRelease } from '../../../src/rollout/choose-release.ts';
import { release } from '../deploy/stack.ts';

const choose = (releases: readonly Release[], name?: string) =>
  chooseRelease({ releases, unreadable: 0 }, 'web1', name).id;
const ended = (one: Release, outcome: 'failed' | 'restored' | 'interrupted'): Release => ({
  ...one,
  finished: { outcome, at: '', durationMs: 1 },
});
/** Goes back from `from` to `to`. */
const rollback = (id: number, from: Release, to: Release): Release =>
  release(id, { kind: 'rollback', tree: to.tree, undone: [from.commit], made: [`made${id}`] });

const [one, two, three] = [release(1), release(2), release(3)];
const { finished: _, ...running } = release(4);

describe('without a name: what served before', () => {
  it.each<{ title: string; releases: Release[]; chosen: Release }>([
    { title: 'the one before', releases: [one, two, three], chosen: two },
    {
      title: 'failed ones never served',
      releases: [one, ended(two, 'failed'), ended(three, 'restored')].concat(release(5)),
      chosen: one,
    },
    { title: 'nor does one under way', releases: [one, two, running], chosen: one },
    {
      title: 'the same tree again is no other release',
      releases: [one, two, release(3, { tree: 'tree2' })],
      chosen: one,
    },
    {
      title: 'not what was rolled back itself',
      releases: [one, two, three, rollback(5, three, two)],
      chosen: one,
    },
    {
      title: 'what was deployed again after it was rolled back',
      releases: [one, two, rollback(5, two, one), release(6, { commit: two.commit, tree: two.tree }), three],
      chosen: release(6),
    },
    {
      title: 'a rollback leads to the deploy of its tree',
      releases: [one, two, rollback(5, two, one), release(6)],
      chosen: one,
    },
  ])('$title', ({ releases, chosen }) => {
    expect(choose(releases)).toBe(chosen.id);
  });

  it.each<{ title: string; releases: Release[] }>([
    { title: 'no release', releases: [] },
    { title: 'only failures', releases: [ended(one, 'failed')] },
    { title: 'the first one', releases: [one] },
    { title: 'all before were rolled back', releases: [one, two, rollback(5, two, one)] },
  ])('there is none: $title', ({ releases }) => {
    expect(() => choose(releases)).toThrow(
      expect.objectContaining({ code: 'NO_RELEASE', reason: 'unchanged' }),
    );
  });
});

describe('by name', () => {
  const all = [one, two, three];
  it.each([
    { name: one.id, chosen: one },
    { name: one.id.slice(0, 15), chosen: one },
    { name: two.commit, chosen: two },
    { name: two.commit.slice(0, 7), chosen: two },
  ])('$name', ({ name, chosen }) => {
    expect(choose(all, name)).toBe(chosen.id);
  });

  it('what was rolled back can be named', () => {
    expect(choose([one, two, rollback(5, two, one)], two.id)).toBe(two.id);
  });

  it('a rollback by its own name leads to the deploy of its tree', () => {
    expect(choose([one, two, rollback(5, two, one), release(6)], rollback(5, two, one).id)).toBe(one.id);
  });

  it('the newest of several with the same tree', () => {
    const again = release(5, { commit: one.commit, tree: one.tree });
    expect(choose([one, again, three], one.commit)).toBe(again.id);
  });

  it.each([
    { name: 'nothing', code: 'RELEASE_NOT_FOUND', message: /has no release "nothing"/ },
    { name: two.commit.slice(0, 6), code: 'RELEASE_NOT_FOUND', message: /has no release/ },
    { name: '20261123', code: 'RELEASE_NOT_FOUND', message: /more than one/ },
    { name: three.id, code: 'ALREADY_LIVE', message: /serves on web1 already/ },
  ])('$name: $code', ({ name, code, message }) => {
    expect(() => choose(all, name)).toThrow(
      expect.objectContaining({ code, reason: 'usage', message: expect.stringMatching(message) }),
    );
  });
});
