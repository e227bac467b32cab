import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { git as gitFact } from '../../../src/facts/git.ts';
import { checkout } from '../../../src/shell/git.ts';
import { settleCheckout } from '../../../src/shell/interrupted-checkout.ts';
import {
  commit,
  git,
  publish,
  removeTemporary,
  repositories,
  sh,
  shells,
  start,
  until,
  type Files,
} from './sh.ts';

afterAll(removeTemporary);

const before: Files = { 'a.txt': 'one\n', 'gone.txt': 'here\n', 'kept.txt': 'kept\n', 'z.txt': 'one\n' };
const after: Files = {
  'a.txt': 'two\n',
  'b/ä "new".txt': 'new\n',
  'gone.txt': null,
  '.gitattributes': 'z.txt filter=slow\n',
  'z.txt': 'two\n',
};

/** A server whose checkout hangs at its last file. */
function server() {
  const repos = repositories(before);
  const wanted = publish(repos, 'Second', after);
  git(repos.app, 'fetch', '--quiet');
  git(repos.app, 'config', 'filter.slow.smudge', 'sleep 60; cat');
  mkdirSync(join(repos.app, '.ops'));
  writeFileSync(join(repos.app, '.git/info/exclude'), '/.ops/\n');
  const context = { appDir: repos.app, compose: 'docker compose' };
  const to = (commit: string, expectedHead: string): string =>
    checkout(context, { commit, expectedHead, branch: 'main', mounted: [] });
  return {
    ...repos,
    wanted,
    to,
    at: (name: string): string => join(repos.app, name),
    read: (name: string): string => readFileSync(join(repos.app, name), 'utf8'),
    settle: (shell?: readonly string[], mounted: readonly string[] = []) =>
      sh(settleCheckout(context, mounted).replace('most=40', 'most=2'), {}, shell),
    changes: (): string => git(repos.app, 'status', '--porcelain', '--untracked-files=all'),
    look: () => {
      const script = gitFact.script({ ...context, composeFlags: '', remote: 'origin', branch: 'main' });
      const { stdout } = sh(`ops_no_dir=\ncd '${repos.app}'\n${script}`);
      return gitFact.parse({ stdout, stderr: '', code: 0 });
    },
    mark: join(repos.app, '.ops/checkout'),
  };
}

/** A server that went down in the middle of a checkout. */
async function interrupted(): Promise<ReturnType<typeof server>> {
  const app = server();
  const { child, ended } = start(app.to(app.wanted, app.first));
  await until(() => existsSync(app.at('b/ä "new".txt')) && !existsSync(app.at('gone.txt')), 'half of it');
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
  git(app.app, 'config', '--unset', 'filter.slow.smudge');
  return app;
}

describe.each(shells)('in %s', (...shell) => {
  it('what a checkout has left that was killed goes to a stash, and the next one succeeds', async () => {
    const app = await interrupted();
    expect(app.read('a.txt')).toBe('two\n');
    expect(app.look()).toMatchObject({ interrupted: true, changes: [' M a.txt', ' D gone.txt', ' D z.txt'] });
    expect(git(app.app, 'rev-parse', 'HEAD')).toBe(app.first);
    const { code, stdout } = app.settle(shell);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(
          `^removed \\.git/index\\.lock\nkept [0-9a-f]+ ops interrupted checkout of ${app.wanted.slice(0, 7)}\n$`,
        ),
      ),
    ]);
    expect(app.changes()).toBe('');
    expect(app.look()).toMatchObject({ interrupted: false, changes: [] });
    expect([app.read('a.txt'), app.read('gone.txt'), app.read('z.txt')]).toEqual([
      'one\n',
      'here\n',
      'one\n',
    ]);
    expect(existsSync(app.mark)).toBe(false);
    expect(git(app.app, 'show', 'stash@{0}:a.txt')).toBe('two');
    expect(git(app.app, 'show', 'stash@{0}^3:b/ä "new".txt')).toBe('new');
    expect(sh(app.to(app.wanted, app.first), {}, shell)).toMatchObject({ code: 0 });
    expect([git(app.app, 'rev-parse', 'HEAD'), app.changes()]).toEqual([app.wanted, '']);
    expect(existsSync(app.mark)).toBe(false);
  });
});

it('one that had written the index too, but not HEAD', () => {
  const app = server();
  git(app.app, 'config', '--unset', 'filter.slow.smudge');
  writeFileSync(app.mark, `${app.wanted}\n`);
  git(app.app, 'read-tree', '--reset', '-u', app.wanted);
  expect(app.changes()).not.toBe('');
  expect(app.settle().stdout).toMatch(/^kept /);
  expect([git(app.app, 'rev-parse', 'HEAD'), app.changes(), app.read('a.txt')]).toEqual([
    app.first,
    '',
    'one\n',
  ]);
});

it('a torn file is kept as well, and a mounted one keeps its inode', async () => {
  const app = await interrupted();
  writeFileSync(app.at('a.txt'), '');
  const { ino } = statSync(app.at('a.txt'));
  expect(app.settle(undefined, ['a.txt']).code).toBe(0);
  expect([app.read('a.txt'), statSync(app.at('a.txt')).ino]).toEqual(['one\n', ino]);
  expect(git(app.app, 'show', 'stash@{0}:a.txt')).toBe('');
});

it('a person’s own change beside it: nothing is touched', async () => {
  const app = await interrupted();
  writeFileSync(app.at('kept.txt'), 'changed by hand\n');
  const found = app.changes();
  expect(app.settle().stdout).toBe('removed .git/index.lock\n');
  expect(app.changes()).toBe(found);
  expect(existsSync(app.mark)).toBe(false);
});

it('one that had got to its end, or was put in order by hand, only loses its mark', () => {
  const app = server();
  writeFileSync(app.mark, `${app.wanted}\n`);
  expect(app.settle()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(existsSync(app.mark)).toBe(false);
  const third = commit(app.app, 'Third', { 'c.txt': 'c' });
  writeFileSync(app.mark, `${third}\n`);
  expect(app.settle()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(git(app.app, 'rev-parse', 'HEAD')).toBe(third);
});

it('a file that lay there before the checkout is the person’s, whatever the commit calls its own', () => {
  const app = server();
  git(app.app, 'config', '--unset', 'filter.slow.smudge');
  const third = publish(app, 'Third', { '.env': 'theirs\n' });
  git(app.app, 'fetch', '--quiet');
  writeFileSync(join(app.app, '.git/info/exclude'), '/.ops/\n.env\n');
  writeFileSync(app.at('.env'), 'SECRET=1\n');
  utimesSync(app.at('.env'), new Date(Date.now() - 10_000), new Date(Date.now() - 10_000));
  // Ended before git had begun.
  writeFileSync(app.mark, `${third}\n`);
  expect(app.settle()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(app.read('.env')).toBe('SECRET=1\n');
});

it.each(['', 'nonsense\n', `${'f'.repeat(40)}\n`])(
  'a mark that says nothing (%j) takes no change away',
  (text) => {
    const app = server();
    writeFileSync(app.at('a.txt'), 'by hand\n');
    writeFileSync(app.mark, text);
    expect(app.settle()).toMatchObject({ code: 0, stdout: '' });
    expect(app.read('a.txt')).toBe('by hand\n');
  },
);

it('no mark: nothing is looked at', () => {
  const app = server();
  writeFileSync(app.at('a.txt'), 'by hand\n');
  rmSync(app.mark, { force: true });
  expect(app.settle()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(app.read('a.txt')).toBe('by hand\n');
});
