import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../../support/run-cli.ts';
import { freePort, privateDir, removePrivateDirs, startSshd, type TestSshd } from '../../support/sshd.ts';

const running: TestSshd[] = [];
afterEach(async () => {
  for (const sshd of running.splice(0)) await sshd.stop();
});
afterAll(removePrivateDirs);

/** A server whose `docker` is this script: `$3` is the word behind `docker compose -f FILE`. */
async function serve(docker: string): Promise<TestSshd> {
  const bin = join(privateDir(), 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\n[ "$2" = version ] && exit 0\n${docker}\n`);
  chmodSync(join(bin, 'docker'), 0o755);
  const sshd = await startSshd({ config: [`SetEnv PATH=${bin}:/usr/bin:/bin`] });
  running.push(sshd);
  return sshd;
}

interface Started {
  /** Sends the signal of Ctrl+C once, when its moment has come. */
  interrupt: (now: boolean) => void;
  stdout: string;
  stderr: string;
}

/** Runs a command on hosts `web-1`, `web-2`, …: servers, or ports where nobody listens. */
async function ops(
  args: readonly string[],
  hosts: readonly (TestSshd | number)[],
  onOutput: (started: Started) => void = () => {},
): Promise<CliResult> {
  const cwd = privateDir();
  const entries = hosts.map((host, index) => {
    const key = typeof host === 'number' ? '' : `, user: ${host.user}, key_file: ${host.clientKey}`;
    return `      - { name: web-${index + 1}, address: 127.0.0.1, port: ${typeof host === 'number' ? host : host.port}${key} }`;
  });
  writeFileSync(
    join(cwd, 'known_hosts'),
    running.map((sshd) => `[127.0.0.1]:${sshd.port} ${sshd.publicKey()}\n`).join(''),
  );
  writeFileSync(
    join(cwd, 'ops.yaml'),
    [
      'targets:',
      '  production:',
      `    app_dir: ${cwd}`,
      '    ssh: { known_hosts_file: ./known_hosts, config_file: none }',
      '    hosts:',
      ...entries,
      '',
    ].join('\n'),
  );
  const started: Started = { interrupt: () => {}, stdout: '', stderr: '' };
  return await runCli(args, {
    source: true,
    cwd,
    timeoutMs: 50_000,
    onStart: ({ kill }) => {
      // Once: a second one would end it at once.
      started.interrupt = once(() => kill('SIGINT'));
    },
    onStdout: (text) => {
      started.stdout += text;
      onOutput(started);
    },
    onStderr: (text) => {
      started.stderr += text;
      onOutput(started);
    },
  });
}

/** Does something once, when its moment has come. */
function once(work: () => void): (now: boolean) => void {
  let done = false;
  return (now) => {
    if (!now || done) return;
    done = true;
    work();
  };
}

const endless = `while :; do echo "app-1  | beat"; sleep 0.2; done`;

describe('ops logs --follow on several hosts', () => {
  it('tells at once which host refused, goes on with the others, and keeps the reason on Ctrl+C', async () => {
    let beats = 0;
    const { code, stdout, stderr } = await ops(
      ['logs', '-f'],
      [await serve(endless), await freePort()],
      ({ stdout, stderr, interrupt }) => {
        if (!stderr.includes('error:')) return;
        beats ||= stdout.split('beat').length;
        // The other host is still read.
        interrupt(stdout.split('beat').length > beats + 2);
      },
    );
    expect(stderr).toMatch(/\[web-2\] error: .*refused/i);
    expect(stdout).toContain('beat');
    expect(code).toBe(3);
  });

  it('tells when a host is lost, and ends when all are gone', async () => {
    const first = await serve(endless);
    const second = await serve('echo "app-1  | hello"; exec sleep 1000');
    const drop = (sshd: TestSshd): void => {
      for (const pid of sshd.sessions()) process.kill(pid, 'SIGKILL');
    };
    const loseSecond = once(() => drop(second));
    const loseFirst = once(() => drop(first));
    const { code, stderr } = await ops(['logs', '-f'], [first, second], ({ stdout, stderr }) => {
      loseSecond(stdout.includes('hello') && stdout.includes('beat'));
      loseFirst(/\[web-2\] error: /.test(stderr));
    });
    expect(code).toBe(3);
    expect(stderr.match(/\[web-\d\] error: /g)).toEqual(['[web-2] error: ', '[web-1] error: ']);
    expect(stderr.match(/CONNECTION_LOST/g)).toHaveLength(2);
  });

  it('ends with 0 on Ctrl+C where nothing failed', async () => {
    const { code, stderr } = await ops(
      ['logs', '-f'],
      [await serve(endless), await serve(endless)],
      ({ stdout, interrupt }) => {
        interrupt(stdout.includes('web-1') && stdout.includes('web-2'));
      },
    );
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/error/i);
  });
});

describe('ops exec', () => {
  it.each([
    { ends: 0, ok: true, reason: 'ok' },
    { ends: 1, ok: false, reason: 'unchanged' },
    { ends: 7, ok: false, reason: 'unchanged' },
  ])('ends with the code of the command, $ends, and says $reason', async ({ ends, ok, reason }) => {
    const server = await serve(`echo out; echo err >&2; exit ${ends}`);
    const { code, json } = await ops(['exec', 'app', '--json', '--', 'true'], [server]);
    expect(code).toBe(ends);
    expect(json()).toMatchObject({ ok, reason, exitCode: ends, stdout: 'out\n', stderr: 'err\n' });
  });
});
