import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseWanted } from '../../../src/deploy/wanted.ts';
import { inspectRef, makeRevert, push, type WantedRef } from '../../../src/shell/git.ts';
import {
  commit,
  fakeDocker,
  fakeProgram,
  git,
  publish,
  removeTemporary,
  repositories,
  sh,
  shOk,
  temporary,
  type Files,
  type Repositories,
} from './sh.ts';

afterAll(removeTemporary);

const config = JSON.stringify({ name: 'shop', services: { web: { image: 'nginx' } } });
/** Answers only in a directory that holds the Compose file of the wanted commit. */
const compose = fakeDocker(
  [
    '[ -f compose.yml ] || { echo "no compose.yml" >&2; exit 14; }',
    `case "$*" in *--hash*) echo "web $(cat compose.yml)" ;; *) echo '${config}' ;; esac`,
  ].join('\n'),
);
const noCompose = fakeDocker('exit 14');

function inspect(
  { app }: Pick<Repositories, 'app'>,
  ref?: string,
  { env = noCompose, ...more }: Partial<WantedRef> & { env?: NodeJS.ProcessEnv } = {},
) {
  const context = { appDir: app, compose: 'docker compose' };
  const result = sh(inspectRef(context, { remote: 'origin', branch: 'main', ref, ...more }), env);
  if (result.code !== 0) throw new Error(result.stderr);
  return parseWanted(result.stdout);
}

describe('finds', () => {
  let repos: Repositories;
  let head: string;
  let feature: string;

  beforeAll(() => {
    repos = repositories();
    git(repos.work, 'tag', 'v1.0');
    git(repos.work, 'tag', '-a', '-m', 'annotated', 'release/2026-11');
    head = publish(repos, 'Second (#2): "quotes" & ümlauts', { 'app.txt': 'two\n', 'ünï code.txt': 'x' });
    git(repos.work, 'checkout', '--quiet', '-b', 'feature/x_1', repos.first);
    feature = publish(repos, 'Feature', { 'feature.txt': 'f' }, 'feature/x_1');
    git(repos.work, 'push', '--quiet', '--tags', 'origin');
  });

  it('the head of the branch', () => {
    const found = inspect(repos);
    expect(found).toMatchObject({
      state: 'ok',
      wanted: {
        commit: head,
        tree: git(repos.work, 'rev-parse', `${head}^{tree}`),
        subject: 'Second (#2): "quotes" & ümlauts',
        onBranch: true,
        localOnly: [],
        changed: ['app.txt', 'ünï code.txt'],
        made: [],
        undone: [],
        checkedOut: false,
      },
    });
  });

  it.each([
    { title: 'the branch by its name', ref: () => 'main', commit: () => head, onBranch: true },
    { title: 'another branch', ref: () => 'feature/x_1', commit: () => feature, onBranch: false },
    { title: 'a tag', ref: () => 'v1.0', commit: () => repos.first, onBranch: false },
    { title: 'an annotated tag', ref: () => 'release/2026-11', commit: () => repos.first, onBranch: false },
    { title: 'a full hash', ref: () => repos.first, commit: () => repos.first, onBranch: false },
    { title: 'a short hash', ref: () => feature.slice(0, 8), commit: () => feature, onBranch: false },
    { title: 'the hash of the branch’s head', ref: () => head, commit: () => head, onBranch: true },
  ])('$title', ({ ref, commit: wanted, onBranch }) => {
    expect(inspect(repos, ref())).toMatchObject({ state: 'ok', wanted: { commit: wanted(), onBranch } });
  });

  it.each(['nothing', 'v9', 'f'.repeat(40), 'deadbeef', 'refs/heads/main', 'ma'])(
    'nothing under %s',
    (ref) => {
      expect(inspect(repos, ref)).toEqual({ state: 'missing' });
    },
  );

  it('one that is counted back from a branch or a tag', () => {
    for (const ref of ['main~1', 'main^', 'v1.0^0'])
      expect(inspect(repos, ref)).toMatchObject({ wanted: { commit: repos.first, onBranch: false } });
    expect(inspect(repos, 'v1.0~1')).toEqual({ state: 'missing' });
  });

  it('nothing under what only git’s own language makes a commit of a hash', () => {
    const refs = [head, head.slice(0, 8)].flatMap((hash) => [`${hash}^`, `v1-g${hash}`]);
    expect(refs.map((ref) => inspect(repos, ref).state)).toEqual(refs.map(() => 'missing'));
  });

  it('a commit by its hash that no branch and no tag of the remote has', () => {
    git(repos.work, 'checkout', '--quiet', '--detach', repos.first);
    const proposed = commit(repos.work, 'Proposed', { 'proposed.txt': 'p' });
    git(repos.work, 'push', '--quiet', 'origin', 'HEAD:refs/pull/7/head');
    expect(inspect(repos, proposed)).toMatchObject({ wanted: { commit: proposed, onBranch: false } });
  });

  it('changes nothing but objects and remote-tracking refs', () => {
    expect(git(repos.app, 'rev-parse', 'HEAD', 'main')).toBe(`${repos.first}\n${repos.first}`);
    expect(git(repos.app, 'status', '--porcelain')).toBe('');
    expect(git(repos.app, 'worktree', 'list').split('\n')).toHaveLength(1);
  });
});

it('a whole hash of a SHA-256 repository is that commit, too', () => {
  const root = temporary();
  git(root, 'init', '--quiet', '--object-format=sha256', 'work');
  const [work, app] = [join(root, 'work'), join(root, 'app')];
  const first = commit(work, 'First', { 'app.txt': '1' });
  git(root, 'clone', '--quiet', work, app);
  const second = commit(work, 'Second', { 'app.txt': '2' });
  git(work, 'branch', first, second);
  expect(first).toHaveLength(64);
  expect(inspect({ app }, first)).toMatchObject({ wanted: { commit: first, onBranch: false } });
});

it('finds a tag that came after the last fetch, and a branch that was pushed over', () => {
  const repos = repositories();
  const second = publish(repos, 'Second', { a: '1' });
  inspect(repos);
  git(repos.work, 'reset', '--quiet', '--hard', repos.first);
  const other = commit(repos.work, 'Other', { b: '1' });
  git(repos.work, 'push', '--quiet', '--force', 'origin', 'main');
  git(repos.work, 'tag', 'late');
  git(repos.work, 'push', '--quiet', 'origin', 'late');
  expect(inspect(repos)).toMatchObject({ wanted: { commit: other } });
  expect(inspect(repos, 'late')).toMatchObject({ wanted: { commit: other } });
  expect(inspect(repos, second)).toMatchObject({ wanted: { commit: second, onBranch: false } });
});

it('a tag that was moved is where the remote has it, and the server’s own stays where it was', () => {
  const repos = repositories();
  git(repos.work, 'tag', 'stable');
  git(repos.work, 'push', '--quiet', 'origin', 'stable');
  expect(inspect(repos, 'stable')).toMatchObject({ wanted: { commit: repos.first } });
  expect(git(repos.app, 'rev-parse', 'stable')).toBe(repos.first);
  const second = publish(repos, 'Second', { a: '1' });
  git(repos.work, 'tag', '--force', 'stable', second);
  git(repos.work, 'push', '--quiet', '--force', 'origin', 'stable');
  expect(inspect(repos, 'stable')).toMatchObject({ wanted: { commit: second } });
  expect(git(repos.app, 'rev-parse', 'stable')).toBe(repos.first);
  git(repos.work, 'push', '--quiet', 'origin', ':stable');
  expect(inspect(repos, 'stable'), 'only the server has it now').toMatchObject({
    wanted: { commit: repos.first },
  });
});

it('a name with signs that git does not allow is no name of anything', () => {
  const repos = repositories();
  const refs = ['v1 0', 'v*', 'a..b', '-x', 'v1:refs/heads/main', '~', 'x.lock'];
  expect(refs.map((ref) => inspect(repos, ref).state)).toEqual(refs.map(() => 'missing'));
});

it('a branch that is gone from the remote is gone', () => {
  const repos = repositories();
  publish(repos, 'Feature', { a: '1' }, 'feature');
  expect(inspect(repos, 'feature')).toMatchObject({ state: 'ok' });
  git(repos.work, 'push', '--quiet', 'origin', ':feature');
  expect(inspect(repos, 'feature')).toEqual({ state: 'missing' });
});

it('lists commits that only the server has, newest first', () => {
  const repos = repositories();
  const one = commit(repos.app, 'Quick fix', { 'fix.txt': '1' });
  const two = commit(repos.app, 'Another  one', { 'fix.txt': '2' });
  publish(repos, 'Second', { 'app.txt': 'two' });
  expect(inspect(repos)).toMatchObject({
    wanted: {
      localOnly: [
        { commit: two, subject: 'Another  one' },
        { commit: one, subject: 'Quick fix' },
      ],
      changed: ['app.txt', 'fix.txt'],
    },
  });
});

it('lists commits of a detached HEAD that nothing else holds, newest first', () => {
  const repos = repositories();
  git(repos.app, 'checkout', '--quiet', '--detach');
  expect(inspect(repos)).toMatchObject({ wanted: { loose: [] } });
  const one = commit(repos.app, 'Quick fix', { 'fix.txt': '1' });
  const two = commit(repos.app, 'Another one', { 'fix.txt': '2' });
  const second = publish(repos, 'Second', { 'app.txt': 'two' });
  const loose = [
    { commit: two, subject: 'Another one' },
    { commit: one, subject: 'Quick fix' },
  ];
  expect(inspect(repos)).toMatchObject({ wanted: { localOnly: [], loose } });
  expect(inspect(repos, second)).toMatchObject({ wanted: { loose } });
  expect(inspect(repos, two)).toMatchObject({ wanted: { commit: two, loose: [] } });
  git(repos.app, 'branch', 'hotfix', one);
  expect(inspect(repos)).toMatchObject({ wanted: { loose: loose.slice(0, 1) } });
});

it('tells both names of a file that was renamed: each may be mounted', () => {
  const repos = repositories({ 'old.conf': 'the same text, long enough\n'.repeat(20) });
  publish(repos, 'Renamed', {
    'old.conf': null,
    'new.conf': 'the same text, long enough\n'.repeat(20),
  });
  expect(inspect(repos)).toMatchObject({ wanted: { changed: ['new.conf', 'old.conf'] } });
});

it('neither it nor a revert nor a push ever asks for a password', () => {
  const { app, first } = repositories();
  const second = commit(app, 'Second', { 'app.txt': 'two' });
  const context = { appDir: app, compose: 'docker compose' };
  const tree = git(app, 'rev-parse', `${first}^{tree}`);
  const by = { head: second, branch: 'main', by: 'ann', at: '2026-11-23T15:50:01Z' };
  const seen = join(temporary(), 'seen');
  const real = shOk('command -v git').trim();
  const env = fakeProgram('git', `echo "\${GIT_TERMINAL_PROMPT-unset}" >> '${seen}'; exec ${real} "$@"`);
  for (const script of [
    inspectRef(context, { remote: 'origin', branch: 'main' }),
    makeRevert(context, { to: first, tree, ...by }),
    push(context, 'origin', 'main', second),
  ]) {
    writeFileSync(seen, '');
    shOk(script, env);
    expect(new Set(readFileSync(seen, 'utf8').trim().split('\n'))).toEqual(new Set(['0']));
  }
});

it('words of the shell that runs it are none of git’s', () => {
  const { app, first } = repositories();
  const script = inspectRef({ appDir: app, compose: 'docker compose' }, { remote: 'origin', branch: 'main' });
  const result = sh(`set -- --no-such-flag\n${script}`, noCompose);
  expect(parseWanted(result.stdout)).toMatchObject({ wanted: { commit: first } });
});

it('a fetch that fails is a failure', () => {
  const repos = repositories();
  rmSync(repos.remote, { recursive: true });
  const context = { appDir: repos.app, compose: 'docker compose' };
  const result = sh(inspectRef(context, { remote: 'origin', branch: 'main' }), noCompose);
  expect(result.code).not.toBe(0);
  expect(result.stderr).toContain('remote.git');
});

describe('another fetch at the same moment', () => {
  const script = ({ app }: Pick<Repositories, 'app'>, ref?: string): string =>
    inspectRef({ appDir: app, compose: 'docker compose' }, { remote: 'origin', branch: 'main', ref });
  const lock = ({ app }: Pick<Repositories, 'app'>): string => `${app}/.git/refs/remotes/origin/main.lock`;
  /** A git whose first fetches fail with these words, and a file with a line for each fetch. */
  const failing = (times: number, words: string): { env: NodeJS.ProcessEnv; calls: string } => {
    const calls = join(temporary(), 'calls');
    writeFileSync(calls, '');
    const real = shOk('command -v git').trim();
    const env = fakeProgram(
      'git',
      [
        `case "$*" in *fetch*) echo fetch >> '${calls}'`,
        `if [ "$(wc -l < '${calls}')" -le ${times} ]; then echo "${words}" >&2; exit 1; fi ;; esac`,
        `exec ${real} "$@"`,
      ].join('\n'),
    );
    return { env, calls };
  };
  const count = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1;

  it('is waited for while it holds the lock of a ref', () => {
    const repos = repositories();
    const second = publish(repos, 'Second', { 'app.txt': 'two' });
    writeFileSync(lock(repos), '');
    const result = sh(`(sleep 0.5; rm '${lock(repos)}') &\n${script(repos)}`, noCompose);
    expect(parseWanted(result.stdout)).toMatchObject({ wanted: { commit: second } });
  });

  it.each([
    ['the head of the branch', false],
    ['a whole hash', true],
  ])('may have moved the ref first: %s', (_name, whole) => {
    const repos = repositories();
    const second = publish(repos, 'Second', { 'app.txt': 'two' });
    const { env, calls } = failing(
      3,
      "error: cannot lock ref 'refs/remotes/origin/main': is at 1 but expected 2",
    );
    const result = sh(script(repos, whole ? second : undefined), env);
    expect(parseWanted(result.stdout)).toMatchObject({ wanted: { commit: second } });
    expect(count(calls)).toBe(4);
  });

  it('a lock that a git which is gone has left is removed, and told', () => {
    const repos = repositories();
    const second = publish(repos, 'Second', { 'app.txt': 'two' });
    writeFileSync(lock(repos), '');
    const result = sh(script(repos).replace('most=40', 'most=2'), noCompose);
    expect(parseWanted(result.stdout)).toMatchObject({
      wanted: { commit: second, removedLocks: ['.git/refs/remotes/origin/main.lock'] },
    });
  });

  it('no other failure is tried again', () => {
    const repos = repositories();
    const { env, calls } = failing(1, 'fatal: Could not read from remote repository.');
    const result = sh(script(repos), env);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('fatal: Could not read from remote repository.');
    expect(count(calls)).toBe(1);
  });
});

describe('Compose’s view', () => {
  /** A commit with these files that the server has not checked out. */
  const bringing = (files: Files): Repositories => {
    const wanted = repositories();
    publish(wanted, 'Second', files);
    return wanted;
  };
  const repos = repositories({ 'compose.yml': 'hash1' });
  it('is that of the wanted commit, not of the one that is checked out', () => {
    publish(repos, 'Second', { 'compose.yml': 'hash2' });
    expect(inspect(repos, undefined, { env: compose })).toMatchObject({
      wanted: { compose: { project: 'shop', services: { web: { hash: 'hash2' } } } },
    });
    expect(sh(`ls -A '${join(repos.app, '.ops')}' 2>/dev/null`).stdout).toBe('');
  });

  it('has the server’s own .env, and not where the commit brings one', () => {
    const env = fakeDocker(`case "$*" in *--hash*) echo "web $(cat .env)" ;; *) echo '${config}' ;; esac`);
    const plain = bringing({ 'compose.yml': 'x' });
    writeFileSync(join(plain.app, '.env'), 'ofserver');
    expect(inspect(plain, undefined, { env })).toHaveProperty('wanted.compose.services.web.hash', 'ofserver');
    publish(plain, 'Bring one', { '.env': 'ofcommit' });
    expect(inspect(plain, undefined, { env })).toHaveProperty('wanted.compose.services.web.hash', 'ofcommit');
  });

  it('is made in a directory of ours that is not left behind, nor one that a killed run left', () => {
    const { app } = repos;
    for (const [name, hours] of [
      ['look.old', 49],
      ['look.now', 0],
    ] as const) {
      const directory = join(app, '.ops', name);
      mkdirSync(join(directory, 'file'), { recursive: true });
      const at = new Date(Date.now() - hours * 3_600_000);
      utimesSync(directory, at, at);
    }
    inspect(repos);
    expect(readdirSync(join(app, '.ops')), 'at it somebody may be looking').toEqual(['look.now']);
    rmSync(join(app, '.ops'), { recursive: true });
  });

  it('is not made where a link leads that is called as our directory', () => {
    const elsewhere = temporary();
    const { app } = bringing({ 'compose.yml': 'hash' });
    symlinkSync(elsewhere, join(app, '.ops'));
    const env = fakeDocker(`case "$*" in *--hash*) echo "web $(pwd -P)" ;; *) echo '${config}' ;; esac`);
    const found = inspect({ app }, undefined, { env });
    expect(found).toHaveProperty('wanted.compose.services.web.hash');
    expect(JSON.stringify(found)).not.toContain(elsewhere);
  });

  it('is not made of what is checked out, unless something is changed there', () => {
    const here = repositories({ 'compose.yml': 'hash' });
    const found = inspect(here, undefined, { env: compose });
    expect(found).toMatchObject({ state: 'ok', wanted: { commit: here.first, checkedOut: true } });
    expect(found).not.toHaveProperty('wanted.compose');
    writeFileSync(join(here.app, 'compose.yml'), 'mine');
    expect(inspect(here, undefined, { env: compose })).toMatchObject({
      wanted: { checkedOut: false, compose: { services: { web: { hash: 'hash' } } } },
    });
  });

  it('is none without the hashes', () => {
    const env = fakeDocker(`case "$*" in *--hash*) exit 14 ;; *) echo '${config}' ;; esac`);
    expect(inspect(repos, undefined, { env })).not.toHaveProperty('wanted.compose');
  });

  it.each([
    ['include others', 'include:\n  - more.yml\n'],
    ['extend another', 'services:\n  web:\n    extends:\n      service: web\n      file: more.yml\n'],
    ['extend another in one line', 'services:\n  web:\n    extends: { file: more.yml, service: web }\n'],
  ])('shows only after the checkout where its files %s', (_what, text) => {
    const found = inspect(bringing({ 'compose.yml': text }), undefined, { env: compose });
    expect(found).toMatchObject({ state: 'ok' });
    expect(found).not.toHaveProperty('wanted.compose');
  });

  it.each([
    ['extend a service of their own', 'services:\n  web:\n    extends:\n      service: base\n  base: {}\n'],
    ['name files of secrets', 'services:\n  web: {}\nsecrets:\n  key:\n    file: key.txt\n'],
  ])('shows before it where they %s', (_what, text) => {
    const found = inspect(bringing({ 'compose.yml': text }), undefined, { env: compose });
    expect(found).toHaveProperty('wanted.compose');
  });

  it('may be missing', () => {
    const found = inspect(repos, undefined, { env: noCompose });
    expect(found).toMatchObject({ state: 'ok' });
    expect(found).not.toHaveProperty('wanted.compose');
  });
});
