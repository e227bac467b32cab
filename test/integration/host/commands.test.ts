import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, get, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HostConfig } from '../../../src/config/config.ts';
import { sshConnector } from '../../../src/host/connect.ts';
import type { Host, OutputLine } from '../../../src/host/host.ts';
import type { SshTimings } from '../../../src/host/ssh/timings.ts';
import { siteClient } from '../../../src/observe/http.ts';
import { selfSigned } from '../../support/certificate.ts';
import { freePort, startSshd } from '../../support/sshd.ts';
import type { SshdOptions, TestSshd } from '../../support/sshd.ts';

/** Finds our processes again: it is in the environment of each of them. */
const runId = `run-${process.pid}`;

const open: Host[] = [];
const running: TestSshd[] = [];

async function serve(options: SshdOptions = {}): Promise<TestSshd> {
  const sshd = await startSshd(options);
  running.push(sshd);
  return sshd;
}

async function connect(
  sshd: TestSshd,
  timings: Partial<SshTimings> = {},
  more: Partial<HostConfig> = {},
): Promise<Host> {
  const host = await sshConnector({
    ssh: { configFile: 'none', knownHostsFile: sshd.knownHosts, connectTimeoutMs: 5_000 },
    runId,
    env: { PATH: process.env['PATH'] },
    timings: { graceMs: 400, quietMs: 300, ...timings },
  })({
    name: 'web',
    address: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    keyFile: sshd.clientKey,
    ...more,
  });
  open.push(host);
  return host;
}

let sshd: TestSshd;
beforeAll(async () => {
  sshd = await serve();
});
const onEnd: (() => void)[] = [];
afterEach(async () => {
  for (const end of onEnd.splice(0)) end();
  for (const host of open.splice(0)) await host.close();
  // What a test left behind on purpose, when it lost its connection.
  for (const { pid } of ourProcesses()) process.kill(pid, 'SIGKILL');
});
afterAll(async () => {
  for (const server of running) await server.stop();
});

/** State and session of each process whose environment has our run id, zombies left out. */
function ourProcesses(): { pid: number; session: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(`OPS_RUN_ID=${runId}\0`)) return [];
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? [] : [{ pid: Number(name), session: Number(session) }];
    } catch {
      return [];
    }
  });
}

/** What is left of a session (or of all of them) after a moment. */
async function leftOf(session?: number): Promise<number[]> {
  const left = () =>
    ourProcesses().flatMap((found) =>
      session === undefined || found.session === session ? [found.pid] : [],
    );
  for (let i = 0; i < 400 && left().length > 0; i++) await delay(25);
  return left();
}

describe('run', () => {
  test('gives output, error output and exit code; a failure is a result', async () => {
    const host = await connect(sshd);
    expect(await host.run('echo out; echo err >&2; exit 3')).toMatchObject({
      code: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
  });

  test('a command that is ended by a signal', async () => {
    const host = await connect(sshd);
    expect(await host.run('kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('hands over input, text and bytes', async () => {
    const host = await connect(sshd);
    expect((await host.run('cat', { stdin: 'text' })).stdout).toBe('text');
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
    expect((await host.run('wc -c', { stdin: bytes })).stdout.trim()).toBe('300000');
  });

  test('without input the command reads an end at once', async () => {
    const host = await connect(sshd);
    expect((await host.run('cat; echo end')).stdout).toBe('end\n');
  });

  test('a command that does not read its input', async () => {
    const host = await connect(sshd);
    expect(await host.run('exit 4', { stdin: 'x'.repeat(5_000_000) })).toMatchObject({ code: 4 });
    expect(await host.run('exit 5')).toMatchObject({ code: 5 });
  });

  test('whole lines as they arrive, characters in pieces put together', async () => {
    const host = await connect(sshd);
    const lines: OutputLine[] = [];
    const command = String.raw`printf 'a\nb \342\202'; sleep 0.2; printf '\254\nend'; printf 'e\303' >&2; sleep 0.2; printf '\244' >&2`;
    const result = await host.run(command, { onLine: (line) => lines.push(line) });
    expect(result).toMatchObject({ stdout: 'a\nb €\nend', stderr: 'eä' });
    expect(lines).toEqual([
      { stream: 'stdout', text: 'a' },
      { stream: 'stdout', text: 'b €' },
      { stream: 'stdout', text: 'end' },
      { stream: 'stderr', text: 'eä' },
    ]);
  });

  test('the run id is in the environment of every process', async () => {
    const host = await connect(sshd);
    const look = 'grep -ao "OPS_RUN_ID=[a-z0-9-]*" /proc/self/environ';
    for (const { stdout } of [await host.run(look), await host.run(`\n${look}`), await host.script(look)]) {
      expect(stdout).toBe(`OPS_RUN_ID=${runId}\n`);
    }
  });

  test('keeps the end of too much output', async () => {
    const host = await connect(sshd);
    const result = await host.run('seq 1 100000', { maxBytes: 1_000 });
    expect(result.truncated).toBe(true);
    expect(result.stdout.length).toBeLessThanOrEqual(1_000);
    expect(result.stdout.endsWith('99999\n100000\n')).toBe(true);
  });

  test('100 MB of output: its end is kept, memory does not grow', async () => {
    const host = await connect(sshd);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = 0;
    let lines = 0;
    const onLine = () => {
      if (++lines % 50_000 === 0) most = Math.max(most, process.memoryUsage().rss);
    };
    const result = await host.run(
      'yes "a line of a very long build log that somebody will want to see the end of" | head -c 100000000; echo; echo END',
      {
        onLine,
        maxBytes: 1 << 20,
      },
    );
    expect(result.truncated).toBe(true);
    expect(result.stdout.endsWith('\nEND\n')).toBe(true);
    expect(lines).toBeGreaterThan(1_200_000);
    expect((most - before) / 2 ** 20).toBeLessThan(100);
  });

  test('a slow taker of lines holds the command back, and loses nothing', async () => {
    const host = await connect(sshd);
    let taken = 0;
    let atOnce = 0;
    let most = 0;
    const onLine = async () => {
      most = Math.max(most, ++atOnce);
      if (++taken % 1_000 === 0) await delay(5);
      atOnce--;
    };
    const result = await host.run('seq 1 50000; exit 2', { onLine });
    expect(result.code).toBe(2);
    expect(taken).toBe(50_000);
    expect(result.stdout.endsWith('\n50000\n')).toBe(true);
    expect(most).toBeLessThan(50_000);
  });

  test('what is held back on one stream is not lost when the other ends', async () => {
    const host = await connect(sshd);
    const result = await host.run('echo out; echo err >&2', { onLine: () => delay(100) });
    expect(result).toMatchObject({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  test('a taker of lines that fails later', async () => {
    const host = await connect(sshd);
    const onLine = async () => {
      await delay(20);
      throw new Error('full');
    };
    await expect(host.run('echo x; sleep 30', { onLine })).rejects.toThrow('full');
    expect(await leftOf()).toEqual([]);
  });

  test('12 at once on one connection, which allows 10', async () => {
    const host = await connect(sshd);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => host.run(`sleep 0.1; echo ${index}`)),
    );
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(
      Array.from({ length: 12 }, (_, index) => index),
    );
  });

  test('a server that allows fewer: they wait for each other', async () => {
    const host = await connect(await serve({ config: ['MaxSessions 2'] }));
    const results = await Promise.all(Array.from({ length: 6 }, (_, index) => host.run(`echo ${index}`)));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a server that allows none', async () => {
    const host = await connect(await serve({ config: ['MaxSessions 0'] }));
    await expect(host.run('echo')).rejects.toMatchObject({ code: 'SESSION_REFUSED' });
  });

  test('something in the background that keeps the output open does not keep us', async () => {
    const host = await connect(sshd);
    const started = performance.now();
    expect(await host.run('sleep 5 & echo started')).toMatchObject({ code: 0, stdout: 'started\n' });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('a callback that throws ends the command and gives its error', async () => {
    const host = await connect(sshd);
    let session = 0;
    const onLine = ({ text }: OutputLine) => {
      session = Number(text);
      throw new Error('full');
    };
    await expect(host.run('echo $$; sleep 30', { onLine })).rejects.toThrow('full');
    expect(await leftOf(session)).toEqual([]);
  });
});

describe('script', () => {
  test('runs in sh, fails like a command, reads nothing', async () => {
    const host = await connect(sshd);
    const result = await host.script('set -e\nx=$(cat)\necho "[$x]"\nread y || echo none\nfalse\necho never');
    expect(result).toMatchObject({ code: 1, stdout: '[]\nnone\n' });
  });

  test('its text is in no process list', async () => {
    const host = await connect(sshd);
    const { stdout } = await host.script(
      "secret=s3''cret\nfor f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f 2>/dev/null; echo; done | grep -c \"s3[']\" ",
    );
    expect(stdout).toBe('0\n');
  });

  test('a long one', async () => {
    const host = await connect(sshd);
    const script = `${Array.from({ length: 20_000 }, (_, index) => `x=${index}`).join('\n')}\necho $x`;
    expect((await host.script(script)).stdout).toBe('19999\n');
  });
});

/** A tree that is hard to end: other process groups, and processes that ignore TERM. */
const stubborn = [
  'echo $$',
  'sleep 61 &',
  'timeout 62 sleep 63 &',
  "(trap '' TERM; sleep 64) &",
  'sh -c \'trap "" TERM HUP; while :; do sleep 1; done\' &',
  'wait',
].join('\n');

describe('ending a command', () => {
  test.each([
    { how: 'run', start: (host: Host, options: object) => host.run(stubborn, options) },
    { how: 'script', start: (host: Host, options: object) => host.script(stubborn, options) },
  ])('a time-out ends the whole remote tree ($how)', async ({ start }) => {
    const host = await connect(sshd);
    let session = 0;
    const failed = start(host, {
      // Enough for the command to begin, on a busy machine too; it would never end by itself.
      timeoutMs: 6_000,
      onLine: ({ text }: OutputLine) => (session = Number(text)),
    });
    const error: unknown = await failed.catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'COMMAND_TIMEOUT',
      place: { host: 'web', output: [String(session)] },
    });
    expect(session).toBeGreaterThan(0);
    expect(await leftOf(session)).toEqual([]);
    expect((await host.run('echo still here')).stdout).toBe('still here\n');
  });

  test('an abort ends the whole remote tree', async () => {
    const host = await connect(sshd);
    const controller = new AbortController();
    let session = 0;
    const onLine = ({ text }: OutputLine) => {
      session = Number(text);
      controller.abort();
    };
    await expect(host.run(stubborn, { onLine, signal: controller.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(await leftOf(session)).toEqual([]);
  });

  test('an abort before the command has started, and while it waits for a session', async () => {
    const host = await connect(sshd);
    const signal = AbortSignal.timeout(100);
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, () => host.run('sleep 20', { signal })),
    );
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
      Array.from({ length: 12 }, () => 'INTERRUPTED'),
    );
    expect(await leftOf()).toEqual([]);
    await expect(host.run('echo', { signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect((await host.run('echo still here')).stdout).toBe('still here\n');
  });

  test('a command that cleans up when it is told to end may do so', async () => {
    const host = await connect(sshd);
    const lines: string[] = [];
    const controller = new AbortController();
    const failed = host.run("trap 'echo cleaned; exit' TERM; echo ready; sleep 30 & wait", {
      signal: controller.signal,
      // Not before the trap is set, however busy the machine is.
      onLine: ({ text }) => {
        lines.push(text);
        controller.abort();
      },
    });
    await expect(failed).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(lines).toEqual(['ready', 'cleaned']);
  });
});

describe('start', () => {
  const loop = 'while read -r x; do echo "got $x"; done; echo bye';

  test('goes on until its input is closed', async () => {
    const host = await connect(sshd);
    const lines: string[] = [];
    const command = await host.start(loop, { onLine: ({ text }) => lines.push(text) });
    command.write('a\n');
    while (lines.length === 0) await delay(10);
    command.write('b\n');
    expect(await command.end()).toMatchObject({ code: 0, stdout: 'got a\ngot b\nbye\n' });
    expect(await command.ended).toMatchObject({ code: 0 });
    command.write('too late\n');
  });

  test('ends by itself', async () => {
    const host = await connect(sshd);
    const command = await host.start('exit 7');
    expect(await command.ended).toMatchObject({ code: 7 });
  });

  test('an abort closes its input, so that it can put things in order', async () => {
    const host = await connect(sshd);
    const controller = new AbortController();
    const command = await host.start(loop, { signal: controller.signal });
    controller.abort();
    expect(await command.ended).toMatchObject({ code: 0, stdout: 'bye\n' });
  });

  test('one that does not end with its input is ended', async () => {
    const host = await connect(sshd, { endMs: 300 });
    let session = 0;
    const command = await host.start('echo $$; sleep 65', { onLine: ({ text }) => (session = Number(text)) });
    await expect(command.end()).rejects.toMatchObject({ code: 'COMMAND_TIMEOUT' });
    expect(await leftOf(session)).toEqual([]);
  });
});

describe('upload and forward', () => {
  test('writes a file with its mode over another one', async () => {
    const host = await connect(sshd);
    const path = join(sshd.dir, "a secret's file");
    await host.upload('first', path, { mode: 0o644 });
    await host.upload('K=vä\n', path, { mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('K=vä\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await host.upload(new Uint8Array(), path, { mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  test('a directory that is not there', async () => {
    const host = await connect(sshd);
    await expect(host.upload('x', '/does/not/exist', { mode: 0o600 })).rejects.toMatchObject({
      code: 'UPLOAD_FAILED',
    });
  });

  test('a tunnel carries HTTP', async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const host = await connect(sshd);
    const stream = await host.forward('127.0.0.1', port);
    const body = await new Promise<string>((resolve, reject) => {
      get({ createConnection: () => stream, path: '/' }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
    expect(body).toBe('hello');
    await new Promise((resolve) => server.close(resolve));
  });

  test('a tunnel to nobody', async () => {
    const host = await connect(sshd);
    await expect(host.forward('127.0.0.1', await freePort())).rejects.toMatchObject({
      code: 'FORWARD_FAILED',
    });
  });

  test('requests are counted', async () => {
    const host = await connect(sshd);
    await host.run(':');
    await host.script(':');
    await host.upload('x', join(sshd.dir, 'counted'), { mode: 0o600 });
    await (await host.start('cat')).end();
    expect(host.roundTrips).toBe(4);
  });
});

describe('login shells', () => {
  test('what their start-up files print is not the output of a command', async () => {
    const host = await connect(
      await serve({
        config: ['ForceCommand echo "Welcome!"; printf "no line end" >&2; eval "$SSH_ORIGINAL_COMMAND"'],
      }),
    );
    const lines: OutputLine[] = [];
    const result = await host.run('echo out; echo err >&2', { onLine: (line) => lines.push(line) });
    expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
    expect(lines.length).toBe(2);
  });

  test('one that runs nothing', async () => {
    const host = await connect(
      await serve({ config: ['ForceCommand echo "This account is not available."; exit 1'] }),
    );
    await expect(host.run('echo')).rejects.toMatchObject({
      code: 'SHELL_REFUSED',
      place: { output: ['This account is not available.'] },
    });
  });

  test('one that waits for something', async () => {
    const host = await connect(await serve({ config: ['ForceCommand sleep 3'] }), { startMs: 300 });
    await expect(host.run('echo')).rejects.toMatchObject({ code: 'CONNECTION_STALLED' });
  });
});

/** Stops or kills what serves the connections of a server. */
const toSessions = (server: TestSshd, signal: NodeJS.Signals) => {
  for (const pid of server.sessions()) process.kill(pid, signal);
};

describe('a connection that is lost', () => {
  /** Resolves when the command has printed its first line. */
  async function begin(host: Host, command: string) {
    let seen = (): void => {};
    const printed = new Promise<void>((resolve) => (seen = resolve));
    const finished = host.run(command, { onLine: () => seen() });
    finished.catch(() => {});
    await printed;
    return { finished };
  }

  test('in the middle of a command: which one, on which host, and its last lines', async () => {
    const server = await serve();
    const host = await connect(server);
    const { finished } = await begin(host, 'echo one; sleep 5; echo two');
    toSessions(server, 'SIGKILL');
    await expect(finished).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      reason: 'connection',
      place: { host: 'web', command: 'echo one; sleep 5; echo two', output: ['one'] },
    });
    const started = performance.now();
    await expect(host.run('echo')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(host.forward('127.0.0.1', 1)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await host.close();
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('with commands running and waiting, and a started one: all of them are told', async () => {
    const server = await serve();
    const host = await connect(server);
    const holder = await host.start('echo up; cat');
    const { finished } = await begin(host, 'echo up; sleep 5');
    const others = Array.from({ length: 10 }, () => host.run('sleep 5'));
    const all = Promise.allSettled([finished, ...others]);
    await delay(200);
    toSessions(server, 'SIGKILL');
    for (const result of await all)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'CONNECTION_LOST' } });
    expect(await holder.ended).toMatchObject({ code: null });
    await expect(holder.end()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    holder.write('nobody reads this');
  });

  test('frozen in the middle of a command: the keep-alive notices', async () => {
    const server = await serve();
    const host = await connect(server, { keepaliveMs: 150, keepaliveCount: 2 });
    const { finished } = await begin(host, 'echo up; sleep 5');
    toSessions(server, 'SIGSTOP');
    const started = performance.now();
    await expect(finished).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('frozen before a command: the session that never opens is given up', async () => {
    const server = await serve();
    const host = await connect(server, { openMs: 300 });
    toSessions(server, 'SIGSTOP');
    await expect(host.run('echo')).rejects.toMatchObject({ code: 'CONNECTION_STALLED' });
    await expect(host.forward('127.0.0.1', 1)).rejects.toMatchObject({ code: 'CONNECTION_STALLED' });
    const started = performance.now();
    await host.close();
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  test('frozen while a command is timed out: still bounded', async () => {
    const server = await serve();
    const host = await connect(server, { keepaliveMs: 150, keepaliveCount: 2 });
    const { finished } = await begin(host, 'echo up; sleep 5');
    const timedOut = host.run('echo up; sleep 5', { timeoutMs: 200 });
    toSessions(server, 'SIGSTOP');
    await expect(timedOut).rejects.toMatchObject({ reason: expect.stringMatching(/connection|unchanged/) });
    await expect(finished).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  test('reset by something on the way', async () => {
    const sockets: Socket[] = [];
    const proxy = createTcpServer((client) => {
      const server = connectTcp(sshd.port, '127.0.0.1');
      sockets.push(client, server);
      for (const socket of [client, server]) socket.on('error', () => {});
      client.pipe(server).pipe(client);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const host = await connect(sshd, {}, { port, hostKey: sshd.fingerprint() });
    const { finished } = await begin(host, 'echo up; sleep 5');
    sockets[0]?.resetAndDestroy();
    await expect(finished).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('ECONNRESET'),
    });
    // Nobody is there to say good-bye to.
    await delay(50);
    const started = performance.now();
    await host.close();
    expect(performance.now() - started).toBeLessThan(500);
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });

  test('a tunnel breaks with it, and does not look as if all had been said', async () => {
    const server = await serve();
    const host = await connect(server);
    const { port } = await silentSite();
    const stream = await host.forward('127.0.0.1', port);
    const told: string[] = [];
    for (const event of ['end', 'error', 'close']) stream.once(event, () => told.push(event));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.resume();
    toSessions(server, 'SIGKILL');
    await closed;
    expect(told).toEqual(['error', 'close']);
  });

  /** A site that takes a request and never answers it. */
  async function silentSite() {
    const asked: Socket[] = [];
    const site = createTcpServer((socket) => {
      socket.on('error', () => {});
      asked.push(socket.resume());
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    onEnd.push(() => {
      for (const socket of asked) socket.destroy();
      site.close();
    });
    return { port: (site.address() as AddressInfo).port, asked };
  }

  test.for(['SIGKILL', 'SIGSTOP'] as const)(
    'a request through a tunnel is told, and so is one that waits for another (%s)',
    async (signal) => {
      const server = await serve();
      const host = await connect(server, { keepaliveMs: 150, keepaliveCount: 2 });
      const { port, asked } = await silentSite();
      const stream = await host.forward('127.0.0.1', port);
      const failed = new Promise<Error>((resolve) => {
        get({ createConnection: () => stream, path: '/' }).on('error', resolve);
      });
      while (asked.length === 0) await delay(10);
      const idle = await host.forward('127.0.0.1', port);
      const closed = new Promise((resolve) => idle.once('close', resolve));
      toSessions(server, signal);
      expect(await failed).toMatchObject({ code: 'CONNECTION_LOST' });
      await closed;
    },
  );

  test.for(['plain', 'TLS'] as const)('asking a site (%s): that is no answer of the site', async (kind) => {
    const server = await serve();
    const host = await connect(server);
    const { key, certificate } = selfSigned('shop.example');
    const asked: (string | undefined)[] = [];
    const answer: RequestListener = (request, response) => {
      asked.push(request.url);
      if (request.url !== '/never') response.end('here');
    };
    const site = kind === 'TLS' ? createTlsServer({ key, cert: certificate }, answer) : createServer(answer);
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    onEnd.push(() => {
      site.closeAllConnections();
      site.close();
    });
    const { port } = site.address() as AddressInfo;
    const client = siteClient(host, { kind: 'tunnel', address: '127.0.0.1', port, tls: kind === 'TLS' }, () =>
      performance.now(),
    );
    expect(await client.get('/')).toMatchObject({ status: 200 });
    const pending = client.get('/never');
    pending.catch(() => {});
    while (!asked.includes('/never')) await delay(10);
    const started = performance.now();
    toSessions(server, 'SIGKILL');
    await expect(pending).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(client.get('/')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(performance.now() - started).toBeLessThan(5_000);
    client.close();
  });

  test('frozen: a request through a tunnel is over when it is given up', async () => {
    const server = await serve();
    const host = await connect(server);
    const { port, asked } = await silentSite();
    const stream = await host.forward('127.0.0.1', port);
    const giveUp = new AbortController();
    const failed = new Promise<Error>((resolve) => {
      get({ createConnection: () => stream, path: '/', signal: giveUp.signal }).on('error', resolve);
    });
    while (asked.length === 0) await delay(10);
    toSessions(server, 'SIGSTOP');
    giveUp.abort();
    expect(await failed).toMatchObject({ name: 'AbortError' });
  });

  test('a tunnel that opens after it was given up is closed', async () => {
    const server = await serve();
    const host = await connect(server, { openMs: 300 });
    const { port, asked } = await silentSite();
    // By then what let us in has ended.
    await host.run(':');
    toSessions(server, 'SIGSTOP');
    await expect(host.forward('127.0.0.1', port)).rejects.toMatchObject({ code: 'CONNECTION_STALLED' });
    toSessions(server, 'SIGCONT');
    while (asked[0]?.closed !== true) await delay(10);
  });

  test('closing ends what still runs', async () => {
    const host = await connect(sshd);
    const { finished } = await begin(host, 'echo up; sleep 5');
    await host.close();
    await expect(finished).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await host.close();
  });
});
