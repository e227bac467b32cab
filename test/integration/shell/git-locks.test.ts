import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { awaitGit } from '../../../src/shell/git-locks.ts';
import { checkout } from '../../../src/shell/git.ts';
import { environment, git, publish, removeTemporary, repositories, sh, shells, temporary } from './sh.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(removeTemporary);

/** The same with less patience: quarter seconds in which no git is seen, and in all. */
const impatient = (script: string, most = 2, limit = 6): string =>
  script.replace('most=40; limit=120', `most=${most}; limit=${limit}`);

const waiting = (app: string, most?: number, limit?: number): string =>
  `set -eu\ncd '${app}'\n${impatient(awaitGit, most, limit)}\nawait_git\necho done`;

/** A process that is called git, in a directory. */
async function gitAtWork(directory: string): Promise<void> {
  const program = join(temporary(), 'git');
  writeFileSync(program, '#!/bin/sh\necho up\nsleep 30 & wait\n');
  chmodSync(program, 0o755);
  const child = spawn(program, { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
}

describe.each(shells)('locks of git, in %s', (...shell) => {
  it('none: nothing is waited for', () => {
    const { app } = repositories();
    expect(sh(waiting(app), {}, shell)).toEqual({ code: 0, stdout: 'done\n', stderr: '' });
  });

  it('one that goes away is waited for, and left to its owner', () => {
    const { app } = repositories();
    const lock = join(app, '.git/index.lock');
    writeFileSync(lock, '');
    const result = sh(`(sleep 0.6; rm '${lock}') &\n${waiting(app, 20, 40)}`, {}, shell);
    expect(result).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  it('those that nobody holds any more are removed, and told', () => {
    const { app } = repositories();
    const locks = ['.git/index.lock', '.git/refs/heads/main.lock', '.git/packed-refs.lock'];
    for (const lock of locks) writeFileSync(join(app, lock), '');
    const { code, stdout } = sh(waiting(app), {}, shell);
    expect(code).toBe(0);
    expect(new Set(stdout.split('\n'))).toEqual(
      new Set([...locks.map((lock) => `removed ${lock}`), 'done', '']),
    );
    for (const lock of locks) expect(existsSync(join(app, lock))).toBe(false);
  });

  it('one stays while a git is at work there, and is not waited for without end', async () => {
    const { app } = repositories();
    mkdirSync(join(app, 'sub'));
    await gitAtWork(join(app, 'sub'));
    writeFileSync(join(app, '.git/index.lock'), '');
    expect(sh(waiting(app), {}, shell)).toMatchObject({
      code: 0,
      stdout: 'done\n',
      stderr: 'waiting for git: .git/index.lock\n',
    });
    expect(existsSync(join(app, '.git/index.lock'))).toBe(true);
  });

  it('a git at work elsewhere keeps none', async () => {
    const { app, work } = repositories();
    await gitAtWork(work);
    writeFileSync(join(app, '.git/index.lock'), '');
    expect(sh(waiting(app), {}, shell).stdout).toBe('removed .git/index.lock\ndone\n');
  });
});

it('another lock of the same name is another lock', () => {
  const { app } = repositories();
  const lock = join(app, '.git/index.lock');
  // Inodes come back, and times are whole seconds: never a second and a half of the same.
  const busy = `( n=0; while [ $n -lt 500 ]; do n=$((n + 1)); : > '${lock}.'$n; mv '${lock}.'$n '${lock}'; sleep 0.02; done ) &`;
  const result = sh(`${busy}\nbusy=$!\nsleep 0.1\n${waiting(app, 6, 10)}\nkill $busy`);
  expect(result).toMatchObject({ code: 0, stdout: 'done\n' });
});

it('what is no lock of git, or is another repository’s, is left alone', () => {
  const { app } = repositories();
  for (const folder of ['modules/part', 'lfs']) mkdirSync(join(app, '.git', folder), { recursive: true });
  const others = [
    '.git/modules/part/index.lock',
    '.git/lfs/x.lock',
    '.git/tool.lock',
    '.git/refs/lock',
    'app.lock',
  ];
  for (const other of others) writeFileSync(join(app, other), '');
  expect(sh(waiting(app)).stdout).toBe('done\n');
  for (const other of others) expect(existsSync(join(app, other))).toBe(true);
});

describe('a checkout', () => {
  const prepared = () => {
    const repos = repositories();
    const commit = publish(repos, 'Second', { 'app.txt': 'two' });
    git(repos.app, 'fetch', '--quiet');
    const lock = join(repos.app, '.git/index.lock');
    writeFileSync(lock, '');
    const script = checkout(
      { appDir: repos.app, compose: 'docker compose' },
      { commit, expectedHead: repos.first, branch: 'main', mounted: [] },
    );
    return { ...repos, commit, lock, script };
  };

  it('waits for somebody’s `git status`', () => {
    const { app, commit, lock, script } = prepared();
    expect(sh(`(sleep 0.6; rm '${lock}') &\n${script}`)).toMatchObject({ code: 0, stdout: '' });
    expect(git(app, 'rev-parse', 'HEAD')).toBe(commit);
  });

  it('is not in the way of the next one when its server went down', () => {
    const { app, commit, script } = prepared();
    expect(sh(impatient(script))).toMatchObject({ code: 0, stdout: 'removed .git/index.lock\n' });
    expect(git(app, 'rev-parse', 'HEAD')).toBe(commit);
  });

  it('that another git keeps from its work says which lock is in the way', async () => {
    const { app, first, script } = prepared();
    await gitAtWork(app);
    const { code, stderr } = sh(impatient(script));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/index\.lock': File exists/);
    expect(git(app, 'rev-parse', 'HEAD')).toBe(first);
  });
});
