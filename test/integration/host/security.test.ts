import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sshConnector } from '../../../src/host/connect.ts';
import { privateDir, removePrivateDirs, startSshd, type TestSshd } from '../../support/sshd.ts';

let server: TestSshd;
/** Takes the same users and keys, but has another host key: somebody in the middle. */
let middle: TestSshd;
let dir: string;

beforeAll(async () => {
  dir = privateDir();
  [server, middle] = await Promise.all([startSshd(), startSshd()]);
  middle.authorize(`${server.clientKey}.pub`);
});
afterAll(async () => {
  await Promise.all([server.stop(), middle.stop()]);
  removePrivateDirs();
});

const connect = (env: NodeJS.ProcessEnv, knownHostsFile: string, port: number) =>
  sshConnector({
    ssh: { configFile: 'none', knownHostsFile, connectTimeoutMs: 10_000 },
    runId: 'test',
    env: { PATH: process.env['PATH'], HOME: dir, ...env },
    // Whoever sits there says yes to everything.
    confirmHostKey: async () => await Promise.resolve(true),
  })({ name: 'web', address: '127.0.0.1', port, user: server.user, keyFile: server.clientKey });

test('a man in the middle sees neither a login nor a command, whoever says yes', async () => {
  const known = execFileSync('cat', [server.knownHosts], { encoding: 'utf8' });
  const file = join(dir, 'known_hosts');
  // The server's key, where the one in the middle listens.
  writeFileSync(file, known.replaceAll(`:${server.port} `, `:${middle.port} `));
  await expect(connect({}, file, middle.port)).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
  const login = /Accepted|Failed|Postponed|publickey/;
  expect(middle.log()).not.toMatch(login);
  await (await connect({}, server.knownHosts, server.port)).close();
  expect(server.log(), 'a login would be seen').toMatch(login);
});

test('the agent is not forwarded, whatever is set', async () => {
  const socket = join(dir, 'agent.sock');
  const agent = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(agent)?.[1]);
  try {
    const host = await connect({ SSH_AUTH_SOCK: socket }, server.knownHosts, server.port);
    const { stdout } = await host.script('echo "${SSH_AUTH_SOCK:-none}"');
    await host.close();
    expect(stdout.trim()).toBe('none');
  } finally {
    process.kill(pid);
  }
});
