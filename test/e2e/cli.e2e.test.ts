import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'bin/run.js');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { commands } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, unknown>;
};
const ids = Object.keys(commands).map((id) => id.split(':'));

let empty: string;
/** Accepts connections and never says a word. */
let silent: Server;

beforeAll(async () => {
  empty = mkdtempSync(join(tmpdir(), 'ops-cli-'));
  silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  rmSync(empty, { recursive: true, force: true });
  silent.close();
});

describe('version and help', () => {
  it('prints its version', async () => {
    const { code, stdout, stderr } = await runCli(['--version']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^ops/${version} \\S+ node-v\\d+`));
  });

  it('prints its version as JSON', async () => {
    expect((await runCli(['--version', '--json'])).json()).toMatchObject({
      version: 1,
      ok: true,
      ops: version,
    });
  });

  it.each(ids)('%s %s has help with examples and exit codes', async (...id) => {
    const words = id.filter((word) => typeof word === 'string');
    const { code, stdout, stderr } = await runCli([...words, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^USAGE\\n {2}\\$ ops ${words.join(' ')}\\b`, 'm'));
    expect(stdout).toMatch(/^EXAMPLES$/m);
    expect(stdout).toMatch(/^EXIT CODES$/m);
    expect((await runCli(['help', ...words])).stdout).toBe(stdout);
  });

  it('shows help when asked nothing', async () => {
    const { code, stdout } = await runCli([]);
    expect(code).toBe(0);
    for (const id of ids) expect(stdout).toContain(`  ${id.join(' ')}`);
  });
});

describe('wrong words', () => {
  it.each([
    { args: ['statsu'], message: /There is no command `ops statsu`/, hint: /Did you mean `ops status`\?/ },
    {
      args: ['config', 'shwo'],
      message: /no command `ops config shwo`/,
      hint: /Did you mean `ops config show`\?/,
    },
    {
      args: ['status', '--tarfet', 'x'],
      message: /no flag --tarfet in `ops status`/,
      hint: /Did you mean --target\?/,
    },
    { args: ['status', 'x'], message: /Unexpected argument: x/, hint: /See `ops status --help`/ },
    {
      args: ['status', '--port', 'x'],
      message: /--port: Expected an integer/,
      hint: /See `ops status --help`/,
    },
  ])('$args', async ({ args, message, hint }) => {
    const text = await runCli(args, { cwd: empty });
    expect(text.code).toBe(2);
    expect(text.stdout).toBe('');
    expect(text.stderr).toMatch(message);
    expect(text.stderr).toMatch(hint);
    expect(text.stderr).not.toMatch(/\n\s+at /);

    const json = await runCli([...args, '--json'], { cwd: empty });
    expect(json.code).toBe(2);
    expect(json.stderr).toBe('');
    expect(json.json()).toMatchObject({
      version: 1,
      ok: false,
      exitCode: 2,
      error: { message: expect.stringMatching(message) },
    });
  });

  it('says what to do where no server is configured', async () => {
    const { code, stdout, stderr } = await runCli(['status'], { cwd: empty });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/OPS_HOST/);
  });

  it('takes no argument from standard input', async () => {
    const { code } = await runCli(['status'], { cwd: empty, stdin: 'evil\n' });
    expect(code).toBe(2);
  });
});

describe('an end from outside', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s while it connects: code 130, and soon',
    async (signal) => {
      const { port } = silent.address() as AddressInfo;
      let kill: ((name: NodeJS.Signals) => void) | undefined;
      const started = performance.now();
      const { code, stderr } = await runCli(
        ['status', '--host', '127.0.0.1', '--port', String(port), '--host-key', `SHA256:${'A'.repeat(43)}`],
        {
          cwd: empty,
          onStart: (child) => ({ kill } = child),
          // The first word on stderr: it is at work.
          onStderr: () => {
            kill?.(signal);
            kill = undefined;
          },
        },
      );
      expect(code).toBe(130);
      expect(stderr).toMatch(/INTERRUPTED/);
      expect(performance.now() - started).toBeLessThan(8000);
    },
  );

  it('a reader that goes away is no crash', () => {
    const command = `"${process.execPath}" "${bin}" --help | head -n 1; "${process.execPath}" "${bin}" status --json | true`;
    const { stderr } = spawnSync('sh', ['-c', command], { cwd: empty, encoding: 'utf8' });
    expect(stderr).toBe('');
  });
});

describe('the package', () => {
  it('refuses an old Node.js with one clear sentence', () => {
    const old = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})";
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', old, bin, '--version'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^ops needs Node\.js 22\.13 or newer/);
  });

  it('holds what it needs to run, and no tests', () => {
    const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', empty], {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    expect(packed.status).toBe(0);
    const unpacked = spawnSync('tar', ['-xzf', `ops-cli-ops-${version}.tgz`], { cwd: empty });
    expect(unpacked.status).toBe(0);
    const directory = join(empty, 'package');
    // What npm installs with it, and nothing else: everything that it is built of is in it.
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
    };
    for (const [path, { dev, optional, devOptional }] of Object.entries(packages)) {
      if (path === '' || (dev ?? optional ?? devOptional) === true) continue;
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      symlinkSync(join(root, path), join(directory, path), 'junction');
    }
    for (const path of ['test', 'src', 'scripts', 'bin/dev.js'])
      expect(existsSync(join(directory, path))).toBe(false);

    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(directory, 'bin/run.js'), ...args], { cwd: empty, encoding: 'utf8' });
    expect(run('--version')).toMatchObject({ status: 0, stderr: '' });
    expect(run('status', '--json')).toMatchObject({ status: 2, stderr: '' });
    for (const id of ids) expect(run(...id, '--no-such-flag').stderr).toContain('UNKNOWN_FLAG');
    expect(run('status', '--host', 'deploy@127.0.0.1:1').stderr).toContain('CONNECT_REFUSED');
    expect(run('bench', 'http://127.0.0.1:1', '--duration', '1s', '--warm-up', '0s').status).toBe(1);
    const licenses = readFileSync(join(directory, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['@oclif/core', 'zod', 'node-ssh', 'yaml']) expect(licenses).toContain(`${name} `);
  });
});
