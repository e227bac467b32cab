import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { parseWanted, type WantedResult } from '../../../src/deploy/wanted.ts';
import { checkout, inspectRef } from '../../../src/shell/git.ts';
import { holdLock } from '../../../src/shell/lock.ts';
import {
  environment,
  fakeDocker,
  fakeProgram,
  git,
  publish,
  removeTemporary,
  repositories,
  sh,
  shells,
  start,
  temporary,
  type Repositories,
} from './sh.ts';

afterAll(removeTemporary);

const compose = fakeDocker(`case "$*" in *--hash*) echo "web h1" ;; *) echo '{"name":"shop"}' ;; esac`);

function inspect({ app }: Pick<Repositories, 'app'>, ref?: string, shell?: readonly string[]): WantedResult {
  const context = { appDir: app, compose: 'docker compose' };
  const result = sh(inspectRef(context, { remote: 'origin', branch: 'main', ref }), compose, shell);
  if (result.code !== 0) throw new Error(result.stderr);
  return parseWanted(result.stdout);
}

/** Commits the index of the developer's clone with any message, also one that `git commit` would tidy up. */
function publishRaw({ work }: Repositories, message: string, branch = 'main'): string {
  git(work, 'add', '--all');
  const commit = execFileSync(
    'git',
    ['commit-tree', git(work, 'write-tree'), '-p', git(work, 'rev-parse', 'HEAD')],
    {
      cwd: work,
      encoding: 'utf8',
      input: message,
      env: {
        ...environment,
        GIT_AUTHOR_NAME: 'M',
        GIT_AUTHOR_EMAIL: 'm',
        GIT_COMMITTER_NAME: 'M',
        GIT_COMMITTER_EMAIL: 'm',
      },
    },
  ).trim();
  git(work, 'push', '--quiet', 'origin', `${commit}:refs/heads/${branch}`);
  return commit;
}

describe('nothing in a commit is taken for the answer of a script', () => {
  /** What some reader or other takes for the end of a line. */
  const ends = ['\n', '\r', '\r\n', '\f', '\v', '\u0085', '\u2028', '\u2029'];
  const forged = ends
    .flatMap((end) =>
      ['on-branch no', 'missing', '@compose', '{"name":"evil"}', '@hashes', '@failed', ''].join(end),
    )
    .join('');

  it.each(shells)('neither its subject nor the name of a file, in %s', (...shell) => {
    const repos = repositories();
    for (const end of ends)
      writeFileSync(join(repos.work, `x${end}commit ${'0'.repeat(40)}${end}@compose${end}missing`), '');
    const head = publishRaw(repos, `Nice${forged}`);
    const result = inspect(repos, undefined, shell);
    expect(result).toMatchObject({
      state: 'ok',
      wanted: { commit: head, onBranch: true, compose: { project: 'shop' } },
    });
    expect(result.state === 'ok' && result.wanted.changed).toHaveLength(ends.length);
  });
});

describe('a commit that brings a .ops of its own', () => {
  const cases: Record<string, (work: string) => void> = {
    'a ledger': (work) => {
      mkdirSync(join(work, '.ops'));
      writeFileSync(join(work, '.ops/ledger.jsonl'), '{"v":1}\n');
    },
    'a link to elsewhere': (work) => symlinkSync('/etc', join(work, '.ops')),
    'a file': (work) => writeFileSync(join(work, '.ops'), ''),
  };

  it.each(Object.entries(cases))('is seen before anything is changed: %s', (_, make) => {
    const repos = repositories();
    make(repos.work);
    git(repos.work, 'add', '--force', '--all');
    const commit = publish(repos, 'Innocent', {});
    expect(inspect(repos)).toEqual({ state: 'owns-ops', commit });
  });

  it.each(Object.entries(cases))('is not checked out: %s', (_, make) => {
    const repos = repositories();
    make(repos.work);
    git(repos.work, 'add', '--force', '--all');
    const commit = publish(repos, 'Innocent', {});
    git(repos.app, 'fetch', '--quiet');
    mkdirSync(join(repos.app, '.ops'));
    writeFileSync(join(repos.app, '.ops/ledger.jsonl'), 'the record\n');
    writeFileSync(join(repos.app, '.git/info/exclude'), '/.ops/\n');
    const result = sh(
      checkout(
        { appDir: repos.app, compose: 'docker compose' },
        { commit, expectedHead: repos.first, branch: 'main', mounted: [] },
      ),
    );
    expect(result).toMatchObject({ code: 1, stderr: 'The commit has a .ops of its own.\n' });
    expect(readFileSync(join(repos.app, '.ops/ledger.jsonl'), 'utf8')).toBe('the record\n');
    expect(git(repos.app, 'rev-parse', 'HEAD')).toBe(repos.first);
  });
});

describe('the lock', () => {
  const owner = { run: 'run1', by: 'ann', at: '2026-11-23T15:50:01Z', what: 'deploy' };
  const take = async (app: string, env = {}): Promise<{ answer: string; code: number | null }> => {
    const running = start(holdLock(app, owner), env);
    const answer = await running.first;
    running.child.stdin?.end();
    return { answer, code: await running.ended };
  };

  it('is not taken through a link', async () => {
    const { app } = repositories();
    const elsewhere = temporary();
    symlinkSync(elsewhere, join(app, '.ops'));
    expect(await take(app)).toMatchObject({ code: 1 });
    expect(existsSync(join(elsewhere, 'lock'))).toBe(false);
    expect(existsSync(join(elsewhere, 'logs'))).toBe(false);
  });

  it('is not taken where git tracks our files', async () => {
    const { app } = repositories();
    const victim = join(temporary(), 'bashrc');
    mkdirSync(join(app, '.ops'));
    symlinkSync(victim, join(app, '.ops/ledger.jsonl'));
    git(app, 'add', '--force', '.ops');
    expect(await take(app)).toMatchObject({ code: 1 });
    expect(existsSync(join(app, '.ops/lock'))).toBe(false);
  });

  it('is not taken in a directory of another user', async () => {
    const { app } = repositories();
    mkdirSync(join(app, '.ops'));
    const owners = fakeProgram('stat', 'case $3 in .ops) echo 4242 ;; *) id -u ;; esac');
    expect(await take(app, owners)).toMatchObject({ code: 1 });
    expect(existsSync(join(app, '.ops/lock'))).toBe(false);
  });

  it('closes the directory to everybody else', async () => {
    const { app } = repositories();
    mkdirSync(join(app, '.ops'));
    chmodSync(join(app, '.ops'), 0o775);
    expect(await take(app)).toMatchObject({ answer: 'acquired', code: 0 });
    expect(statSync(join(app, '.ops')).mode & 0o777).toBe(0o700);
  });
});

describe('what is asked for by name', () => {
  it('a full hash means that commit, whatever branch or tag is called so', () => {
    const repos = repositories();
    const reviewed = publish(repos, 'Reviewed', { a: '1' });
    const evil = publish(repos, 'Evil', { a: '2' }, 'other');
    git(repos.work, 'push', '--quiet', 'origin', `${evil}:refs/heads/${reviewed}`);
    git(repos.work, 'push', '--quiet', 'origin', `${evil}:refs/tags/${reviewed}`);
    expect(inspect(repos, reviewed)).toMatchObject({ state: 'ok', wanted: { commit: reviewed } });
  });

  it.each([
    { title: 'a branch called like a tag', ref: () => 'v1', name: 'refs/heads/v1' },
    { title: 'a branch called like a short hash', ref: (hash: string) => hash.slice(0, 8), name: undefined },
  ])('$title is refused: which one is meant?', ({ ref, name }) => {
    const repos = repositories();
    git(repos.work, 'tag', 'v1');
    git(repos.work, 'push', '--quiet', '--tags', 'origin');
    const evil = publish(repos, 'Evil', { a: '2' }, 'other');
    git(repos.work, 'push', '--quiet', 'origin', `${evil}:${name ?? `refs/heads/${ref(repos.first)}`}`);
    expect(inspect(repos, ref(repos.first))).toEqual({ state: 'ambiguous' });
    git(
      repos.work,
      'push',
      '--quiet',
      '--force',
      'origin',
      `${repos.first}:${name ?? `refs/heads/${ref(repos.first)}`}`,
    );
    expect(inspect(repos, ref(repos.first)), 'both mean the same').toMatchObject({ state: 'ok' });
  });

  it.each([
    '--upload-pack=touch owned',
    '-x',
    '$(touch owned)',
    '`touch owned`',
    'ext::sh -c touch% owned',
    '../../x',
    'a b',
  ])('%s is a name like any other, and there is none such', (ref) => {
    const repos = repositories();
    expect(inspect(repos, ref)).toEqual({ state: 'missing' });
    expect(existsSync(join(repos.app, 'owned'))).toBe(false);
  });
});

describe('mounted files that keep their inode', () => {
  it('never write through a directory that was a link to elsewhere', () => {
    const repos = repositories({ 'app.txt': 'one' });
    const shared = temporary();
    writeFileSync(join(shared, 'nginx.conf'), 'shared');
    symlinkSync(shared, join(repos.work, 'conf'));
    git(repos.work, 'add', '--all');
    const before = publish(repos, 'Link', {});
    git(repos.app, 'pull', '--quiet');
    rmSync(join(repos.work, 'conf'));
    const after = publish(repos, 'Own', { 'conf/nginx.conf': 'own' });
    git(repos.app, 'fetch', '--quiet');
    const result = sh(
      checkout(
        { appDir: repos.app, compose: 'docker compose' },
        { commit: after, expectedHead: before, branch: 'main', mounted: ['conf/nginx.conf'] },
      ),
    );
    expect(result).toMatchObject({ code: 0 });
    expect(readFileSync(join(shared, 'nginx.conf'), 'utf8')).toBe('shared');
    expect(readFileSync(join(repos.app, 'conf/nginx.conf'), 'utf8')).toBe('own');
  });

  it('that become a link are a link', () => {
    const repos = repositories({ 'nginx.conf': 'one' });
    const secret = join(temporary(), 'secret');
    writeFileSync(secret, 'not for containers');
    rmSync(join(repos.work, 'nginx.conf'));
    symlinkSync(secret, join(repos.work, 'nginx.conf'));
    const after = publish(repos, 'Link', {});
    git(repos.app, 'fetch', '--quiet');
    const result = sh(
      checkout(
        { appDir: repos.app, compose: 'docker compose' },
        { commit: after, expectedHead: repos.first, branch: 'main', mounted: ['nginx.conf'] },
      ),
    );
    expect(result).toMatchObject({ code: 0 });
    expect(lstatSync(join(repos.app, 'nginx.conf')).isSymbolicLink()).toBe(true);
    expect(git(repos.app, 'status', '--porcelain', '--untracked-files=no')).toBe('');
  });
});
