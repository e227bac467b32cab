import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const chosen = process.env['TEST_SHELLS']?.split(',');

/** The file that a program is, behind its links; undefined: it is not here. */
function fileOf(program: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', `readlink -f "$(command -v ${program})"`], {
    encoding: 'utf8',
  });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/**
 * The shells that are here, each once: `sh` is dash on Debian. Servers have dash, bash or busybox. TEST_SHELLS=sh takes
 * fewer.
 */
export const shells: readonly (readonly string[])[] = [
  ['sh'],
  ['dash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
].filter(([program = '']) => {
  const isWanted = (name: string): boolean => chosen?.includes(name) ?? true;
  if (!isWanted(program)) return false;
  const file = fileOf(program);
  // Of bash, which is `sh` elsewhere, --posix is another one all the same.
  return file !== undefined && !(program === 'dash' && isWanted('sh') && file === fileOf('sh'));
});

const directories: string[] = [];

export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ops-sh-'));
  directories.push(directory);
  return directory;
}

/** Removes every directory of `temporary`; for `afterAll`. */
export function removeTemporary(): void {
  templates.clear();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** Nothing of this machine's or this user's git configuration is used. */
export const environment: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'init.defaultBranch',
  GIT_CONFIG_VALUE_0: 'main',
  GIT_CONFIG_KEY_1: 'protocol.file.allow',
  GIT_CONFIG_VALUE_1: 'always',
};

const identity = {
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
};

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a script as the host adapter does: a POSIX shell, its text not in the arguments. */
export function sh(script: string, env: NodeJS.ProcessEnv = {}, shell: readonly string[] = ['sh']): Result {
  const [program = 'sh', ...args] = shell;
  const { status, stdout, stderr } = spawnSync(program, [...args, '-c', `eval "$(cat)"`], {
    input: script,
    encoding: 'utf8',
    env: { ...environment, ...env },
    timeout: 30_000,
  });
  return { code: status, stdout, stderr };
}

/** `sh`, and an exit code that is not 0 is a failure of the test. */
export function shOk(script: string, env: NodeJS.ProcessEnv = {}): string {
  const result = sh(script, env);
  if (result.code !== 0) throw new Error(`exit code ${result.code}\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}

export function git(directory: string, ...args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...environment, ...identity },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

export type Files = Readonly<Record<string, string | null>>;

/** Writes files (null removes one), commits, and gives the hash. */
export function commit(directory: string, subject: string, files: Files): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    if (content === null) rmSync(path);
    else writeFileSync(path, content);
  }
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', '--allow-empty', '--message', subject);
  return git(directory, 'rev-parse', 'HEAD');
}

/** A remote, a developer's clone and the server's clone, with one commit. */
export interface Repositories {
  remote: string;
  work: string;
  app: string;
  first: string;
}

export function repositories(files: Files = { 'app.txt': 'one\n' }): Repositories {
  const key = JSON.stringify(files);
  const template = templates.get(key) ?? newRepositories(files);
  templates.set(key, template);
  const root = temporary();
  cpSync(template.root, root, { recursive: true });
  for (const clone of [template.work, template.app]) {
    const config = join(root, clone, '.git', 'config');
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll(template.root, root));
  }
  const [remote, work, app] = [template.remote, template.work, template.app].map((name) =>
    join(root, name),
  ) as [string, string, string];
  return { remote, work, app, first: template.first };
}

/** Names below a root. Each test gets a copy, which takes a tenth of the time. */
interface Template extends Repositories {
  root: string;
}

const templates = new Map<string, Template>();

function newRepositories(files: Files): Template {
  const root = temporary();
  const [remote, work, app] = ['remote.git', 'work', 'server app'];
  git(root, 'init', '--quiet', '--bare', '--template=', remote);
  git(root, 'clone', '--quiet', '--template=', join(root, remote), work);
  const first = commit(join(root, work), 'First', files);
  git(join(root, work), 'push', '--quiet', 'origin', 'main');
  git(root, 'clone', '--quiet', join(root, remote), app);
  return { root, remote, work, app, first };
}

/** Commits in the developer's clone and pushes. */
export function publish({ work }: Repositories, subject: string, files: Files, branch = 'main'): string {
  const hash = commit(work, subject, files);
  git(work, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
  return hash;
}

/** An environment in which a program is this script. */
export function fakeProgram(name: string, script: string): NodeJS.ProcessEnv {
  const bin = temporary();
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
  return { PATH: `${bin}:${environment['PATH'] ?? ''}` };
}

export const fakeDocker = (script: string): NodeJS.ProcessEnv => fakeProgram('docker', script);

export interface Running {
  child: ChildProcess;
  /** Lines of standard output so far. */
  lines: string[];
  /** The first line, or the reason why there is none. */
  first: Promise<string>;
  ended: Promise<number | null>;
}

/** Starts a command whose standard input stays open. */
export function start(command: string, env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn('sh', ['-c', command], {
    env: { ...environment, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    // As sshd does it: signals go to the group.
    detached: true,
  });
  const lines: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const first = new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const whole = text.split('\n');
      text = whole.pop() ?? '';
      lines.push(...whole);
      if (lines[0] !== undefined) resolve(lines[0]);
    });
    child.on('close', (code) => resolve(`ended with ${code}`));
  });
  return { child, lines, first, ended };
}

/** Waits until something holds; bounded. */
export async function until(holds: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** It runs: a child that has ended and was not waited for yet does not. */
export function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
