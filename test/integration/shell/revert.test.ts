import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseWanted, type WantedResult } from '../../../src/deploy/wanted.ts';
import { bundle, makeRevert, push } from '../../../src/shell/git.ts';
import {
  commit,
  environment,
  fakeDocker,
  fakeProgram,
  git,
  publish,
  removeTemporary,
  repositories,
  sh,
  shOk,
  temporary,
} from './sh.ts';
import { execFileSync } from 'node:child_process';

afterAll(removeTemporary);

const noCompose = fakeDocker('exit 14');
const by = 'ann@laptop';
const at = '2026-11-23T15:50:01.000Z';
const context = (app: string) => ({ appDir: app, compose: 'docker compose' });
const treeOf = (app: string, name: string): string => git(app, 'rev-parse', `${name}^{tree}`);

function revert(app: string, to: string, more: { head?: string; tree?: string } = {}): WantedResult {
  const head = more.head ?? git(app, 'rev-parse', 'HEAD');
  const options = { to, tree: more.tree ?? treeOf(app, to), head, branch: 'main', by, at };
  const result = sh(makeRevert(context(app), options), noCompose);
  if (result.code !== 0) throw new Error(result.stderr);
  return parseWanted(result.stdout);
}

function reverted(app: string, to: string) {
  const result = revert(app, to);
  if (result.state !== 'ok') throw new Error(result.state);
  return result.wanted;
}

/** Nothing that serves or that anybody edits has changed. */
function expectUntouched(app: string, head: string) {
  expect(git(app, 'rev-parse', 'HEAD', 'main')).toBe(`${head}\n${head}`);
  expect(git(app, 'status', '--porcelain')).toBe('');
  expect(git(app, 'worktree', 'list').split('\n')).toHaveLength(1);
  const ops = join(app, '.ops');
  expect(existsSync(ops) ? readdirSync(ops) : []).toEqual([]);
  expect(existsSync(join(app, '.git/REVERT_HEAD'))).toBe(false);
}

function clone(files = { 'app.txt': 'one\n' }) {
  const repos = repositories(files);
  return { ...repos, excluded: writeFileSync(join(repos.app, '.git/info/exclude'), '/.ops/\n') };
}

it('undoes one commit', () => {
  const { app, first } = clone();
  mkdirSync(join(app, '.ops'));
  const bad = commit(app, 'Bad "change"', { 'app.txt': 'two\n', 'ünï.txt': 'x' });
  const wanted = reverted(app, first);
  expect(wanted).toMatchObject({
    subject: 'Revert "Bad "change""',
    tree: treeOf(app, first),
    onBranch: true,
    undone: [bad],
    localOnly: [],
    changed: ['app.txt', 'ünï.txt'],
  });
  expect(wanted.made).toEqual([wanted.commit]);
  expect(git(app, 'log', '-1', '--format=%an %ae %cn %P', wanted.commit)).toBe(`${by} ${by} ${by} ${bad}`);
  expect(git(app, 'log', '-1', '--format=%b', wanted.commit)).toContain(`This reverts commit ${bad}.`);
  expect(git(app, 'rev-parse', 'refs/ops/revert'), 'kept from garbage collection').toBe(wanted.commit);
  expectUntouched(app, bad);
});

it('undoes a range, newest first, the empty commits too', () => {
  const { app, first } = clone();
  const hashes = [
    commit(app, 'Two', { 'app.txt': 'two\n' }),
    commit(app, 'Empty', {}),
    commit(app, 'Three', { 'app.txt': 'three\n', 'b.txt': 'b' }),
    commit(app, 'Four', { 'app.txt': null, 'b.txt': 'c' }),
  ];
  const wanted = reverted(app, first);
  expect(wanted.undone).toEqual(hashes.toReversed());
  expect(git(app, 'log', '--reverse', '--format=%s', `${hashes[3]}..${wanted.commit}`).split('\n')).toEqual([
    'Revert "Four"',
    'Revert "Three"',
    'Revert "Empty"',
    'Revert "Two"',
  ]);
  expect(wanted.tree).toBe(treeOf(app, first));
});

it('undoes a merge as a whole', () => {
  const { app, first } = clone();
  git(app, 'checkout', '--quiet', '-b', 'feature');
  commit(app, 'Feature one', { 'f.txt': '1' });
  commit(app, 'Feature two', { 'f.txt': '2' });
  git(app, 'checkout', '--quiet', 'main');
  commit(app, 'Main', { 'app.txt': 'two\n' });
  git(app, 'merge', '--quiet', '--no-ff', '-m', 'Merge feature', 'feature');
  const wanted = reverted(app, first);
  expect(wanted.undone).toHaveLength(2);
  expect(wanted.tree).toBe(treeOf(app, first));
});

it('undoes its own undoing', () => {
  const { app, first } = clone();
  const bad = commit(app, 'Bad', { 'app.txt': 'two\n' });
  const back = reverted(app, first);
  git(app, 'checkout', '--quiet', '-B', 'main', back.commit);
  const again = reverted(app, bad);
  expect(again.undone).toEqual([back.commit]);
  expect(again.tree).toBe(treeOf(app, bad));
});

it('makes the same commits on every server, whatever its hooks and settings', () => {
  const repos = clone();
  publish(repos, 'Two', { 'app.txt': 'two\n' });
  publish(repos, 'Empty', {});
  const other = join(temporary(), 'other');
  git(repos.remote, 'clone', '--quiet', repos.remote, other);
  git(repos.app, 'pull', '--quiet');
  for (const [name, value] of [
    ['commit.gpgSign', 'true'],
    ['gpg.program', '/nonexistent'],
    ['core.editor', 'false'],
    ['user.name', 'somebody else'],
    ['commit.cleanup', 'verbatim'],
  ] as const)
    git(other, 'config', name, value);
  for (const hook of ['prepare-commit-msg', 'commit-msg', 'post-checkout', 'post-commit']) {
    writeFileSync(join(other, '.git/hooks', hook), '#!/bin/sh\necho "hooked" >> "$1"; exit 1\n');
    chmodSync(join(other, '.git/hooks', hook), 0o755);
  }
  expect(reverted(other, repos.first)).toEqual(reverted(repos.app, repos.first));
});

it('tells commits of the branch that neither the revert nor the remote has', () => {
  const repos = clone();
  const { app, first } = repos;
  publish(repos, 'Second', { 'app.txt': 'two\n' });
  git(app, 'pull', '--quiet');
  const second = git(app, 'rev-parse', 'HEAD');
  git(app, 'checkout', '--quiet', '--detach', second);
  expect(reverted(app, first).localOnly).toEqual([]);
  git(app, 'checkout', '--quiet', 'main');
  const local = commit(app, 'Hotfix', { 'local.txt': 'l' });
  git(app, 'checkout', '--quiet', '--detach', second);
  expect(reverted(app, first)).toMatchObject({
    onBranch: true,
    undone: [second],
    localOnly: [{ commit: local, subject: 'Hotfix' }],
  });
});

describe('leaves everything as it was', () => {
  it('when git cannot undo a commit, which it names', () => {
    const { app, first } = clone();
    const bad = commit(app, 'Bad change', { 'app.txt': 'two\n' });
    const real = shOk('command -v git').trim();
    const failing = fakeProgram('git', `case " $* " in *" revert "*) exit 1 ;; esac; exec ${real} "$@"`);
    const options = { to: first, tree: treeOf(app, first), head: bad, branch: 'main', by, at };
    expect(parseWanted(shOk(makeRevert(context(app), options), failing))).toEqual({
      state: 'conflict',
      commit: bad,
      subject: 'Bad change',
    });
    expectUntouched(app, bad);
  });

  it('when that commit is not behind HEAD', () => {
    const { app, first } = clone();
    git(app, 'checkout', '--quiet', '-b', 'side');
    const side = commit(app, 'Side', { 's.txt': 's' });
    git(app, 'checkout', '--quiet', 'main');
    expect(revert(app, side)).toEqual({ state: 'unrelated' });
    expectUntouched(app, first);
  });

  it('when that commit came in by a merge: it never was what served', () => {
    const { app } = clone();
    git(app, 'checkout', '--quiet', '-b', 'side');
    const side = commit(app, 'Side', { 's.txt': 's' });
    git(app, 'checkout', '--quiet', 'main');
    git(app, 'merge', '--quiet', '--no-ff', '-m', 'Merge', 'side');
    expect(revert(app, side)).toEqual({ state: 'unrelated' });
  });

  it('when our directory is a link to elsewhere', () => {
    const { app, first } = clone();
    const two = commit(app, 'Two', { 'app.txt': 'two\n' });
    const elsewhere = temporary();
    symlinkSync(elsewhere, join(app, '.ops'));
    expect(() => revert(app, first)).toThrow('.ops is a link.');
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(git(app, 'rev-parse', 'HEAD')).toBe(two);
  });

  it('when there is no such commit', () => {
    const { app, first } = clone();
    expect(revert(app, 'f'.repeat(40), { tree: 'f'.repeat(40) })).toEqual({ state: 'unrelated' });
    expectUntouched(app, first);
  });

  it('when the result is not the tree of that release', () => {
    const { app, first } = clone();
    const two = commit(app, 'Two', { 'app.txt': 'two\n' });
    expect(revert(app, first, { tree: 'f'.repeat(40) })).toEqual({ state: 'other-tree' });
    expectUntouched(app, two);
  });

  it('when HEAD was moved since', () => {
    const { app, first } = clone();
    const two = commit(app, 'Two', { 'app.txt': 'two\n' });
    expect(() => revert(app, first, { head: first })).toThrow('HEAD moved');
    expectUntouched(app, two);
  });

  it('and what an earlier rollback undid is not undone again', () => {
    const { app, first } = clone();
    commit(app, 'Bad', { 'app.txt': 'two\n' });
    git(app, 'checkout', '--quiet', '-B', 'main', reverted(app, first).commit);
    const worse = commit(app, 'Worse', { 'app.txt': 'three\n' });
    expect(reverted(app, first)).toMatchObject({ undone: [worse], tree: treeOf(app, first) });
  });

  it('and local changes and the rest of a killed run are no hindrance', () => {
    const { app, first } = clone();
    const two = commit(app, 'Two', { 'app.txt': 'two\n' });
    git(app, 'worktree', 'add', '--quiet', '--detach', '.ops/revert-1', first);
    writeFileSync(join(app, '.ops/revert-1/app.txt'), 'half');
    writeFileSync(join(app, 'app.txt'), 'mine');
    expect(reverted(app, first).undone).toEqual([two]);
    expect(git(app, 'status', '--porcelain')).toBe(' M app.txt');
    // It may be somebody else's who is looking just now; a day later it is nobody's.
    expect(existsSync(join(app, '.ops/revert-1'))).toBe(true);
    const old = new Date(Date.now() - 49 * 3_600_000);
    utimesSync(join(app, '.ops/revert-1'), old, old);
    reverted(app, first);
    expect(existsSync(join(app, '.ops/revert-1'))).toBe(false);
    expect(git(app, 'worktree', 'list').split('\n')).toHaveLength(1);
  });
});

describe('push', () => {
  it('is a fast-forward', () => {
    const { app, remote, first } = clone();
    commit(app, 'Two', { 'app.txt': 'two\n' });
    const wanted = reverted(app, first);
    shOk(push(context(app), 'origin', 'main', wanted.commit));
    expect(git(remote, 'rev-parse', 'main')).toBe(wanted.commit);
  });

  it('never throws away what others pushed', () => {
    const repos = clone();
    const theirs = publish(repos, 'Theirs', { 't.txt': 't' });
    const mine = commit(repos.app, 'Mine', { 'm.txt': 'm' });
    const result = sh(push(context(repos.app), 'origin', 'main', mine));
    expect(result.code).not.toBe(0);
    expect(result.stdout).toMatch(/rejected/);
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(theirs);
  });
});

it('a bundle brings the commits to another clone', () => {
  const { app, work, first } = clone();
  commit(app, 'Two', { 'app.txt': 'two\n' });
  const head = git(app, 'rev-parse', 'HEAD');
  git(app, 'push', '--quiet', 'origin', 'main');
  git(work, 'pull', '--quiet', 'origin', 'main');
  const wanted = reverted(app, first);
  const file = join(temporary(), 'revert.bundle');
  writeFileSync(file, Buffer.from(shOk(bundle(context(app), head, wanted.commit)), 'base64'));
  execFileSync('git', ['fetch', '--quiet', file, 'refs/ops/bundle'], { cwd: work, env: environment });
  expect(git(work, 'rev-parse', 'FETCH_HEAD')).toBe(wanted.commit);
});
