import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkout, unstash, type CheckoutOptions } from '../../../src/shell/git.ts';
import {
  commit,
  fakeProgram,
  git,
  publish,
  removeTemporary,
  repositories,
  sh,
  shOk,
  shells,
  temporary,
  type Files,
} from './sh.ts';

afterAll(removeTemporary);

/** A server with `first` checked out and `wanted` fetched. */
function server(before: Files, after: Files) {
  const repos = repositories(before);
  const wanted = publish(repos, 'Second', after);
  git(repos.app, 'fetch', '--quiet');
  const at = (name: string): string => join(repos.app, name);
  return {
    ...repos,
    wanted,
    at,
    read: (name: string) => readFileSync(at(name), 'utf8'),
    run: (options: Partial<CheckoutOptions> = {}, shell?: readonly string[], env: NodeJS.ProcessEnv = {}) =>
      sh(
        checkout(
          { appDir: repos.app, compose: 'docker compose' },
          { commit: wanted, expectedHead: repos.first, branch: 'main', mounted: [], ...options },
        ),
        env,
        shell,
      ),
    state: () => ({
      head: git(repos.app, 'rev-parse', 'HEAD'),
      branch: git(repos.app, 'rev-parse', '--abbrev-ref', 'HEAD'),
      changes: git(repos.app, 'status', '--porcelain', '--untracked-files=no'),
      keep: existsSync(at('.ops/keep')),
      mark: existsSync(at('.ops/checkout')),
    }),
  };
}

const clean = { changes: '', keep: false, mark: false };

describe('moves', () => {
  it('the branch, by fast-forward', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    expect(app.run()).toMatchObject({ code: 0, stderr: '' });
    expect(app.state()).toEqual({ head: app.wanted, branch: 'main', ...clean });
    expect(app.read('app.txt')).toBe('two');
  });

  it('to a commit alone, and leaves the branch', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    expect(app.run({ branch: undefined }).code).toBe(0);
    expect(app.state()).toMatchObject({ head: app.wanted, branch: 'HEAD' });
    expect(git(app.app, 'rev-parse', 'main')).toBe(app.first);
  });

  it('back from a detached HEAD, onto a branch that was not there', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    git(app.app, 'checkout', '--quiet', '--detach');
    expect(app.run({ branch: 'release/x' }).code).toBe(0);
    expect(app.state()).toMatchObject({ head: app.wanted, branch: 'release/x' });
  });

  it('backwards', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two', 'new.txt': 'n' });
    app.run();
    expect(app.run({ commit: app.first, expectedHead: app.wanted }).code).toBe(0);
    expect(app.state()).toMatchObject({ head: app.first, branch: 'main' });
    expect(existsSync(app.at('new.txt'))).toBe(false);
  });

  it('a branch away from commits that only the server has, which keep a name', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    const local = commit(app.app, 'Local', { 'local.txt': 'l' });
    expect(app.run({ expectedHead: local, keepRef: 'refs/ops/kept/R' }).code).toBe(0);
    expect(git(app.app, 'rev-parse', 'refs/ops/kept/R')).toBe(local);
    expect(app.state()).toMatchObject({ head: app.wanted });
  });
});

describe('refuses, and loses nothing', () => {
  it('local changes', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    writeFileSync(app.at('app.txt'), 'mine');
    const result = app.run();
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('local changes:\n M app.txt');
    expect(app.state().head).toBe(app.first);
    expect(app.read('app.txt')).toBe('mine');
  });

  it('staged changes', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    writeFileSync(app.at('other.txt'), 'mine');
    git(app.app, 'add', 'other.txt');
    expect(app.run().code).toBe(1);
    expect(app.read('other.txt')).toBe('mine');
  });

  it('a HEAD that somebody moved', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    const moved = commit(app.app, 'Moved', {});
    expect(app.run()).toMatchObject({
      code: 1,
      stderr: 'HEAD moved since the plan was made; run the command again.\n',
    });
    expect(app.state().head).toBe(moved);
  });

  it('an untracked file in the way', () => {
    const app = server({ 'app.txt': 'one', 'nginx.conf': 'n1' }, { 'new.txt': 'theirs', 'nginx.conf': 'n2' });
    writeFileSync(app.at('new.txt'), 'mine');
    const inode = statSync(app.at('nginx.conf')).ino;
    const result = app.run({ mounted: ['nginx.conf'] });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('new.txt');
    expect(app.read('new.txt')).toBe('mine');
    expect(app.state()).toEqual({ head: app.first, branch: 'main', ...clean });
    expect(statSync(app.at('nginx.conf')).ino).toBe(inode);
    expect(app.read('nginx.conf')).toBe('n1');
  });

  it('a file in the way that git is told to ignore', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two', '.env': 'theirs' });
    writeFileSync(app.at('.git/info/exclude'), '.env\n');
    writeFileSync(app.at('.env'), 'SECRET=1');
    const result = app.run();
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('.env');
    expect(app.read('.env')).toBe('SECRET=1');
    expect(app.state()).toEqual({ head: app.first, branch: 'main', ...clean });
  });

  it('but keeps untracked files that are not in the way', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    writeFileSync(app.at('.env'), 'SECRET=1');
    expect(app.run().code).toBe(0);
    expect(app.read('.env')).toBe('SECRET=1');
  });
});

it('gives the tip of a detached HEAD a name when it is told one', () => {
  const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
  git(app.app, 'checkout', '--quiet', '--detach');
  const local = commit(app.app, 'Local', { 'local.txt': 'l' });
  expect(app.run({ expectedHead: local, keepHead: 'refs/ops/kept/R-head' }).code).toBe(0);
  expect(git(app.app, 'rev-parse', 'refs/ops/kept/R-head')).toBe(local);
});

describe.each(shells)('a stash, in %s', (...shell) => {
  it('keeps the inode of a mounted file that is changed here and by the commit, and comes back', () => {
    const app = server({ 'nginx.conf': 'n1', 'app.txt': 'one' }, { 'nginx.conf': 'n2', 'app.txt': 'two' });
    const { ino } = statSync(app.at('nginx.conf'));
    writeFileSync(app.at('nginx.conf'), 'mine');
    expect(app.run({ stash: 'ops R', mounted: ['nginx.conf'] }, shell)).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect([app.read('nginx.conf'), statSync(app.at('nginx.conf')).ino]).toEqual(['n2', ino]);
    const context = { appDir: app.app, compose: 'docker compose' };
    expect(
      app.run({ commit: app.first, expectedHead: app.wanted, mounted: ['nginx.conf'] }, shell).code,
    ).toBe(0);
    expect(sh(unstash(context, 'ops R', ['nginx.conf']), {}, shell)).toMatchObject({ code: 0, stderr: '' });
    expect([app.read('nginx.conf'), statSync(app.at('nginx.conf')).ino]).toEqual(['mine', ino]);
    expect([git(app.app, 'stash', 'list'), app.state().keep]).toEqual(['', false]);
  });

  it('that does not fit any more is a failure, and is kept', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    writeFileSync(app.at('app.txt'), 'mine');
    expect(app.run({ stash: 'ops R' }, shell).code).toBe(0);
    const context = { appDir: app.app, compose: 'docker compose' };
    expect(sh(unstash(context, 'ops R', ['app.txt']), {}, shell).code).not.toBe(0);
    expect(git(app.app, 'stash', 'list')).toContain('ops R');
  });

  it('of somebody else stays where it is', () => {
    const app = server({ 'app.txt': 'one' }, { 'app.txt': 'two' });
    writeFileSync(app.at('app.txt'), 'mine');
    git(app.app, 'stash', 'push', '--message', 'ops R2');
    const context = { appDir: app.app, compose: 'docker compose' };
    expect(sh(unstash(context, 'ops R', []), {}, shell)).toMatchObject({ code: 0 });
    expect(git(app.app, 'stash', 'list')).toContain('ops R2');
  });
});

it('stashes local changes under a name when it may', () => {
  const app = server({ 'app.txt': 'one', 'other.txt': 'o' }, { 'app.txt': 'two' });
  writeFileSync(app.at('other.txt'), 'mine');
  expect(app.run({ stash: 'ops R' })).toMatchObject({ code: 0 });
  expect(app.state()).toMatchObject({ head: app.wanted, ...clean });
  expect(git(app.app, 'stash', 'list')).toContain('ops R');
  git(app.app, 'stash', 'pop');
  expect(app.read('other.txt')).toBe('mine');
});

describe.each(shells)('files that containers have mounted one by one, in %s', (...shell) => {
  const names = ['nginx.conf', 'conf/site one.conf', 'conf/ünï "q" $x.conf', "it's.conf"];
  const files = (text: string): Files => Object.fromEntries(names.map((name) => [name, text]));

  it('keep their inode and get the new content', () => {
    const app = server(files('old\n'), files('new, and longer\n'));
    const inodes = names.map((name) => statSync(app.at(name)).ino);
    const open = openSync(app.at('nginx.conf'), 'r');
    expect(app.run({ mounted: names }, shell)).toMatchObject({ code: 0, stderr: '' });
    expect(names.map((name) => statSync(app.at(name)).ino)).toEqual(inodes);
    expect(names.map((name) => app.read(name))).toEqual(names.map(() => 'new, and longer\n'));
    expect(readFileSync(open, 'utf8'), 'as a container sees it').toBe('new, and longer\n');
    closeSync(open);
    expect(app.state()).toEqual({ head: app.wanted, branch: 'main', ...clean });
  });

  it('get the new mode, too', () => {
    const app = server({ 'run.sh': 'one', 'stop.sh': 'one' }, { 'run.sh': 'two', 'stop.sh': 'one' });
    chmodSync(join(app.work, 'run.sh'), 0o755);
    const wanted = publish(app, 'Executable', {});
    git(app.app, 'fetch', '--quiet');
    const inode = statSync(app.at('run.sh')).ino;
    expect(app.run({ commit: wanted, mounted: ['run.sh', 'stop.sh'] }, shell).code).toBe(0);
    expect(statSync(app.at('run.sh'))).toMatchObject({ ino: inode, mode: 0o100755 });
    expect(app.run({ commit: app.first, expectedHead: wanted, mounted: ['run.sh'] }, shell).code).toBe(0);
    expect(statSync(app.at('run.sh'))).toMatchObject({ ino: inode, mode: 0o100644 });
    expect(app.state()).toEqual({ head: app.first, branch: 'main', ...clean });
  });

  it('that the new commit has not are gone, or are what it has instead', () => {
    const app = server(
      { 'gone.conf': 'g', 'folder.conf': 'f', 'a.txt': 'a' },
      {
        'gone.conf': null,
        'folder.conf': null,
        'folder.conf/x': 'x',
      },
    );
    expect(app.run({ mounted: ['gone.conf', 'folder.conf', 'never.conf'] }, shell)).toMatchObject({
      code: 0,
    });
    expect(existsSync(app.at('gone.conf'))).toBe(false);
    expect(app.read('folder.conf/x')).toBe('x');
    expect(app.state()).toEqual({ head: app.wanted, branch: 'main', ...clean });
  });

  it('stay alone when they are not touched', () => {
    const app = server({ 'same.conf': 's', 'app.txt': '1' }, { 'app.txt': '2' });
    const before = statSync(app.at('same.conf'));
    expect(app.run({ mounted: ['same.conf'] }, shell).code).toBe(0);
    expect(statSync(app.at('same.conf'))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });
});

it('what an interrupted checkout left is no hindrance', () => {
  const app = server({ 'nginx.conf': 'old' }, { 'nginx.conf': 'new' });
  mkdirSync(app.at('.ops/keep'), { recursive: true });
  writeFileSync(app.at('.ops/keep/1'), 'rubbish');
  expect(app.run({ mounted: ['nginx.conf'] }).code).toBe(0);
  expect(app.read('nginx.conf')).toBe('new');
});

it('what is ended in the middle leaves nothing of its own but the mark', () => {
  const app = server({ 'nginx.conf': 'old' }, { 'nginx.conf': 'new' });
  const real = shOk('command -v git').trim();
  const ending = fakeProgram(
    'git',
    `case " $* " in *" checkout "*) ls .ops/keep >&2; kill -TERM $PPID; exit 1 ;; esac; exec ${real} "$@"`,
  );
  expect(app.run({ mounted: ['nginx.conf'] }, undefined, ending)).toMatchObject({ code: 143, stderr: '1\n' });
  expect(app.state()).toEqual({ head: app.first, branch: 'main', ...clean, mark: true });
});

describe('submodules', () => {
  /** A server whose checked-out commit has a library; the wanted one has a newer library. */
  function withLibrary() {
    const library = temporary();
    git(library, 'init', '--quiet');
    commit(library, 'Library one', { 'lib.txt': 'one' });
    const app = server({ 'app.txt': '1' }, {});
    git(app.work, 'submodule', '--quiet', 'add', library, 'lib');
    const before = publish(app, 'With a library', {});
    git(app.app, 'fetch', '--quiet');
    const first = app.run({ commit: before });
    commit(library, 'Library two', { 'lib.txt': 'two' });
    git(join(app.work, 'lib'), 'pull', '--quiet', 'origin', 'main');
    const wanted = publish(app, 'With a newer library', {});
    git(app.app, 'fetch', '--quiet', '--no-recurse-submodules');
    return { ...app, library, before, wanted, first };
  }

  it('follow the commit', () => {
    const app = withLibrary();
    expect(app.first).toMatchObject({ code: 0 });
    expect(app.read('lib/lib.txt')).toBe('one');
    expect(app.run({ commit: app.wanted, expectedHead: app.before })).toMatchObject({ code: 0 });
    expect(app.read('lib/lib.txt')).toBe('two');
    expect(app.state()).toMatchObject(clean);
  });

  it('one that cannot be fetched is a failure, and the way back is open', () => {
    const app = withLibrary();
    renameSync(app.library, `${app.library}.away`);
    expect(app.run({ commit: app.wanted, expectedHead: app.before }).code).not.toBe(0);
    expect(app.run({ commit: app.before, expectedHead: app.wanted })).toMatchObject({ code: 0, stderr: '' });
    expect(app.read('lib/lib.txt')).toBe('one');
    renameSync(`${app.library}.away`, app.library);
  });

  it('with local changes are refused', () => {
    const app = withLibrary();
    writeFileSync(app.at('lib/lib.txt'), 'mine');
    expect(app.run({ commit: app.wanted, expectedHead: app.before }).code).toBe(1);
    expect(app.read('lib/lib.txt')).toBe('mine');
  });
});

describe('what cannot be written', () => {
  const before = { 'app.txt': 'one\n', 'locked/a.txt': 'one\n', 'nginx.conf': 'one\n' };
  const after = {
    'app.txt': 'two\n',
    'locked/a.txt': 'two\n',
    'locked/new.txt': 'new\n',
    'nginx.conf': 'two\n',
  };

  /** Root may write anywhere; so the repository is handed to a user who may not write in one of its folders. */
  function lock(app: string, folder: string): { as: readonly string[]; unlock: () => void } {
    const path = join(app, folder);
    if (process.getuid?.() !== 0) {
      chmodSync(path, 0o555);
      return { as: [], unlock: () => chmodSync(path, 0o755) };
    }
    chmodSync(dirname(app), 0o711);
    execFileSync('chown', ['-R', '65534:65534', app]);
    execFileSync('chown', ['-R', '0:0', path]);
    return {
      as: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'],
      unlock: () => void execFileSync('chown', ['-R', '0:0', app]),
    };
  }

  it.each(shells)('stops the deploy at the old commit, in %s', (...shell) => {
    const { app, first, at, read, run, state } = server(before, after);
    const inode = statSync(at('nginx.conf')).ino;
    const { as, unlock } = lock(app, 'locked');
    try {
      const result = run({ mounted: ['nginx.conf'] }, [...as, ...shell]);
      expect(result).toMatchObject({ code: 1 });
      expect(result.stderr).toContain('git could not write these files as the commit has them:');
      expect(result.stderr).toContain('locked/a.txt');
      expect(result.stderr).toContain('locked/new.txt');
    } finally {
      unlock();
    }
    expect(state()).toEqual({ ...clean, head: first, branch: 'main' });
    expect(['app.txt', 'locked/a.txt', 'nginx.conf'].map(read)).toEqual(['one\n', 'one\n', 'one\n']);
    expect(statSync(at('nginx.conf')).ino).toBe(inode);
    expect(run({}, shell).code).toBe(0);
    expect(read('locked/new.txt')).toBe('new\n');
  });
});
