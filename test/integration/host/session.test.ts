import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import {
  argumentSession,
  commandHeader,
  endSessions,
  fitsArgument,
  headerSession,
  receiveFile,
  scriptSession,
  scriptText,
} from '../../../src/shell/session.ts';
import { privateDir, removePrivateDirs } from '../../support/sshd.ts';
import { alive } from '../shell/sh.ts';

afterAll(() => removePrivateDirs());

const token = { runId: 'run-1', marker: 'ops-0123456789' };

/** Login shells that this machine has; `sh` always, the others are what people have on servers. */
const loginShells = [
  '/bin/sh',
  '/bin/dash',
  '/bin/bash',
  '/usr/bin/zsh',
  '/usr/bin/fish',
  '/bin/tcsh',
  '/bin/busybox',
].filter((shell) => existsSync(shell));

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** As sshd does it: the login shell, `-c`, the text. */
function login(shell: string, text: string, input: string): Promise<Outcome> {
  const args = shell.endsWith('busybox') ? ['sh', '-c', text] : ['-c', text];
  return new Promise((resolve, reject) => {
    const child = spawn(shell, args, { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Takes the lines with the marker off. */
function own({ code, stdout, stderr }: Outcome) {
  expect(stdout.startsWith(`${token.marker}\n`)).toBe(true);
  expect(stderr).toMatch(new RegExp(`^${token.marker} \\d+\n`));
  return {
    code,
    stdout: stdout.slice(stdout.indexOf('\n') + 1),
    stderr: stderr.slice(stderr.indexOf('\n') + 1),
  };
}

const commands = [
  {
    name: 'output and exit code',
    command: 'echo out; echo err >&2; exit 3',
    expected: { code: 3, stdout: 'out\n', stderr: 'err\n' },
  },
  {
    name: 'input',
    command: 'cat; echo end',
    input: 'a\nb\n',
    expected: { code: 0, stdout: 'a\nb\nend\n', stderr: '' },
  },
  {
    name: 'the run id',
    command: 'sh -c "echo $OPS_RUN_ID"',
    expected: { code: 0, stdout: 'run-1\n', stderr: '' },
  },
  {
    name: 'single quotes',
    command: `echo 'it'\\''s' "\\$HOME"`,
    expected: { code: 0, stdout: "it's $HOME\n", stderr: '' },
  },
  {
    name: 'quotes without a backslash',
    command: `echo "it's" '$HOME'`,
    expected: { code: 0, stdout: "it's $HOME\n", stderr: '' },
  },
  {
    name: 'backslashes',
    command: String.raw`printf '%s|' 'a\\b' 'a\b' '\' '\n'`,
    expected: { code: 0, stdout: String.raw`a\\b|a\b|\|\n|`, stderr: '' },
  },
  {
    name: 'exclamation marks',
    command: `echo 'a!b' !x`,
    expected: { code: 0, stdout: 'a!b !x\n', stderr: '' },
  },
  {
    name: 'lines',
    command: 'for i in 1 2\ndo\n  echo $i\ndone\ncat',
    input: 'rest',
    expected: { code: 0, stdout: '1\n2\nrest', stderr: '' },
  },
  {
    name: 'leading and trailing space',
    command: "\n  echo '  a  '  \n\n",
    expected: { code: 0, stdout: '  a  \n', stderr: '' },
  },
  { name: 'no text but the null command', command: ':', expected: { code: 0, stdout: '', stderr: '' } },
  {
    name: 'what fish, zsh and csh would expand',
    command: "echo '{a,b}' '*' '$x' '(pwd)' '~' '%1' '^a^b'",
    expected: { code: 0, stdout: '{a,b} * $x (pwd) ~ %1 ^a^b\n', stderr: '' },
  },
  {
    name: 'characters beyond ASCII',
    command: "echo 'Grüße 🚢'",
    expected: { code: 0, stdout: 'Grüße 🚢\n', stderr: '' },
  },
  { name: 'no arguments of ours', command: 'echo "$#"', expected: { code: 0, stdout: '0\n', stderr: '' } },
  {
    name: 'a very long command',
    command: `: ${'x'.repeat(200_000)}; echo ok`,
    expected: { code: 0, stdout: 'ok\n', stderr: '' },
  },
];

describe.each(loginShells)('behind %s', (shell) => {
  test.each(commands)('as one command: $name', async ({ command, input = '', expected }) => {
    const outcome = fitsArgument(command)
      ? await login(shell, argumentSession(token, command), input)
      : await login(shell, headerSession(token), commandHeader(token, command) + input);
    expect(own(outcome)).toEqual(expected);
  });

  test.each(commands.filter(({ input }) => input === undefined))(
    'as a script: $name',
    async ({ command, expected }) => {
      expect(own(await login(shell, scriptSession(token), scriptText(token, command)))).toEqual(expected);
    },
  );

  test('a script: nothing in it can eat the rest', async () => {
    const outcome = await login(
      shell,
      scriptSession(token),
      scriptText(token, 'cat\nread x\necho "x=$x"\nsh -s\necho end'),
    );
    expect(own(outcome)).toEqual({ code: 0, stdout: 'x=\nend\n', stderr: '' });
  });

  test.each([
    { name: 'a script', session: scriptSession(token), whole: scriptText(token, 'touch ran\ntouch ran-too') },
    {
      name: 'a command with a header',
      session: headerSession(token),
      whole: commandHeader(token, 'touch ran\ntouch ran-too'),
    },
  ])('$name that is cut anywhere runs nothing', async ({ session, whole }) => {
    const dir = privateDir();
    const last = whole.trimEnd().length;
    for (const length of [0, 5, whole.indexOf('\n') + 1, last - token.marker.length, last - 1]) {
      const { code } = await login(shell, `cd ${dir}; ${session}`, whole.slice(0, length));
      expect(code).toBe(255);
      expect(existsSync(join(dir, 'ran'))).toBe(false);
    }
    await login(shell, `cd ${dir}; ${session}`, whole);
    expect(existsSync(join(dir, 'ran-too'))).toBe(true);
  });
});

test.each([
  { command: 'docker ps', fits: true },
  { command: `echo "it's"`, fits: true },
  { command: String.raw`a\b`, fits: false },
  { command: 'a\nb', fits: false },
  { command: 'a!', fits: false },
  { command: 'x'.repeat(100_001), fits: false },
])('$command.length characters travel as an argument: $fits', ({ command, fits }) => {
  expect(fitsArgument(command)).toBe(fits);
});

describe('receiveFile', () => {
  const receive = (path: string, mode: number, bytes: number, input: string) =>
    login('/bin/sh', headerSession(token), commandHeader(token, receiveFile(path, mode, bytes)) + input);

  test('writes a file with its mode, whatever its name', async () => {
    const file = join(privateDir(), "it's $HOME.txt");
    expect(own(await receive(file, 0o640, 5, 'hello')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('hello');
    expect(execFileSync('stat', ['-c', '%a', file], { encoding: 'utf8' }).trim()).toBe('640');
  });

  test('never through a link that somebody has put where it will write first', async () => {
    const dir = privateDir();
    const [file, victim] = [join(dir, 'file'), join(dir, 'victim')];
    writeFileSync(victim, 'mine');
    const planted = `ln -s '${victim}' '${file}'.ops-$$\n${receiveFile(file, 0o600, 5)}`;
    const outcome = own(
      await login('/bin/sh', headerSession(token), `${commandHeader(token, planted)}hello`),
    );
    expect(outcome.code).not.toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });

  test('nobody else can read what has arrived so far', async () => {
    const dir = privateDir();
    const file = join(dir, 'file');
    // Waits in the middle: what it reads is a pipe whose other end says what is there meanwhile.
    const script = `{ printf half; sleep 0.3; stat -c %a '${dir}'/file.ops-* >'${dir}/seen'; printf more; } | {\n${receiveFile(file, 0o644, 8)}\n}`;
    expect(own(await login('/bin/sh', headerSession(token), commandHeader(token, script))).code).toBe(0);
    expect(readFileSync(join(dir, 'seen'), 'utf8')).toBe('600\n');
    expect(readFileSync(file, 'utf8')).toBe('halfmore');
  });

  test('content that did not arrive whole changes nothing and leaves nothing', async () => {
    const dir = privateDir();
    const file = join(dir, 'file');
    writeFileSync(file, 'old');
    const outcome = own(await receive(file, 0o600, 100, 'half'));
    expect(outcome).toMatchObject({ code: 1, stderr: 'only 4 of 100 bytes arrived\n' });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(execFileSync('ls', [dir], { encoding: 'utf8' })).toBe('file\n');
  });
});

describe('endSessions', () => {
  /** A session as sshd makes one, and the ids that it wrote, its own first. */
  async function session(script: string, ids: number): Promise<number[]> {
    const file = join(privateDir(), 'pids');
    writeFileSync(file, '');
    const child = spawn('/bin/sh', ['-c', `p='${file}'; echo $$ >>"$p"; ${script}`], {
      detached: true,
      stdio: 'ignore',
    });
    child.unref();
    const read = () => readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number);
    await expect.poll(() => read().length, { timeout: 10_000 }).toBe(ids);
    started.push(...read());
    return read();
  }
  const started: number[] = [];
  afterEach(() => {
    for (const pid of started.splice(0)) if (alive(pid)) process.kill(pid, 'SIGKILL');
  });

  const end = (ids: readonly number[], graceSeconds: number) =>
    execFileSync('/bin/sh', ['-c', endSessions(ids, graceSeconds)], { encoding: 'utf8' });
  const left = (pids: readonly number[]) => pids.filter(alive);

  test('ends all of a session, and nothing of another', async () => {
    const one = await session('sleep 60 & echo $! >>"$p"; wait', 2);
    const two = await session('sleep 60 & echo $! >>"$p"; wait', 2);
    const other = await session('sleep 60 & echo $! >>"$p"; wait', 2);
    end([one[0] ?? 0, two[0] ?? 0], 5);
    expect([left(one), left(two), left(other)]).toEqual([[], [], other]);
  });

  test('also a group of its own, as `timeout` makes one', async () => {
    const pids = await session('timeout 60 sh -c \'echo $$ >>"$1"; exec sleep 60\' sh "$p"', 2);
    end(pids.slice(0, 1), 5);
    expect(left(pids)).toEqual([]);
  });

  test('with TERM first: what can tidy up does', async () => {
    const file = join(privateDir(), 'tidied');
    const pids = await session(
      `trap 'echo yes >"${file}"; exit' TERM; echo $$ >>"$p"; while :; do sleep 0.1; done`,
      2,
    );
    end(pids.slice(0, 1), 10);
    expect(readFileSync(file, 'utf8')).toBe('yes\n');
    expect(left(pids)).toEqual([]);
  });

  test('with KILL what does not listen, after the grace and not before', async () => {
    const pids = await session(`trap '' TERM; echo $$ >>"$p"; while :; do sleep 0.1; done`, 2);
    const began = performance.now();
    end(pids.slice(0, 1), 1);
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(left(pids)).toEqual([]);
  });

  test('does not wait where nothing is left', async () => {
    const pids = await session('exec sleep 60', 1);
    const began = performance.now();
    end(pids, 60);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(left(pids)).toEqual([]);
  });

  test('also what was stopped', async () => {
    const file = join(privateDir(), 'tidied');
    const pids = await session(
      `trap 'echo yes >"${file}"; exit' TERM; echo $$ >>"$p"; kill -STOP $$; sleep 60`,
      2,
    );
    end(pids.slice(0, 1), 10);
    expect(readFileSync(file, 'utf8')).toBe('yes\n');
    expect(left(pids)).toEqual([]);
  });

  test('sessions that are gone are no failure', () => {
    expect(end([2 ** 22 + 1], 1)).toBe('');
  });
});
