import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostConfig, SshConfig } from '../../../src/config/config.ts';
import { Secret } from '../../../src/config/secret.ts';
import type { OpsError } from '../../../src/errors.ts';
import type { Host } from '../../../src/host/host.ts';
import { sshConnector } from '../../../src/host/connect.ts';
import type { SshConnectorOptions } from '../../../src/host/connect.ts';
import {
  fingerprintOf,
  freePort,
  makeKey,
  privateDir,
  removePrivateDirs,
  startSshd,
} from '../../support/sshd.ts';
import type { TestSshd } from '../../support/sshd.ts';

let sshd: TestSshd;
/** Knows the host by its RSA and ECDSA keys too. */
let dir: string;

beforeAll(async () => {
  dir = privateDir();
  sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
});
afterAll(async () => {
  await sshd.stop();
  removePrivateDirs();
});

/** Nothing of the person who runs the tests: no agent, no configuration. */
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: dir,
  ...more,
});

type Options = Omit<Partial<SshConnectorOptions>, 'ssh'> & { ssh?: Partial<SshConfig> };

function open(host: Partial<HostConfig> = {}, { ssh, ...options }: Options = {}, signal?: AbortSignal) {
  const connect = sshConnector({
    ssh: { configFile: 'none', knownHostsFile: sshd.knownHosts, connectTimeoutMs: 5_000, ...ssh },
    runId: 'test',
    env: env(),
    ...options,
  });
  return connect(
    { name: 'web', address: '127.0.0.1', port: sshd.port, user: sshd.user, keyFile: sshd.clientKey, ...host },
    signal,
  );
}

/** Closes, and gives the name of the host: a connection was made. */
async function nameOf(opening: Promise<Host>): Promise<string> {
  const host = await opening;
  await host.close();
  return host.name;
}

const works = (host?: Partial<HostConfig>, options?: Options) => nameOf(open(host, options));

async function failure(
  host?: Partial<HostConfig>,
  options?: Options,
  signal?: AbortSignal,
): Promise<OpsError> {
  try {
    await (await open(host, options, signal)).close();
  } catch (error) {
    return error as OpsError;
  }
  throw new Error('the connection was not refused');
}

const textOf = (error: OpsError) => [error.message, ...error.next].join('\n');

function file(name: string, content: string, mode = 0o600): string {
  const path = join(dir, name);
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
  return path;
}

const name = () => `[127.0.0.1]:${sshd.port}`;

function hashedName(plain: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(plain).digest('base64')}`;
}

/** A private key that no server lets in. */
const stranger = () => join(dir, 'stranger');
beforeAll(() => {
  makeKey(dir, 'stranger');
});

describe('host keys', () => {
  test('a known key', async () => {
    expect(await works()).toBe('web');
  });

  test('a hashed entry, as ssh-keygen -H writes it', async () => {
    const path = file('kh-hashed', `${name()} ${sshd.publicKey('ed25519')}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
    expect(readFileSync(path, 'utf8')).toMatch(/^\|1\|/);
    expect(await works({}, { ssh: { knownHostsFile: path } })).toBe('web');
  });

  test.each(['rsa', 'ecdsa'] as const)('a host that is known by its %s key only', async (type) => {
    expect(
      await works({}, { ssh: { knownHostsFile: file(`kh-${type}`, `${name()} ${sshd.publicKey(type)}\n`) } }),
    ).toBe('web');
  });

  test('an unknown key is refused, with the fingerprint and how to pin it', async () => {
    const error = await failure({}, { ssh: { knownHostsFile: file('kh-empty', '') } });
    expect(error).toMatchObject({ code: 'HOST_KEY_UNKNOWN', reason: 'connection' });
    expect(textOf(error)).toContain(`--host-key ${sshd.fingerprint()}`);
  });

  test('an unknown key that a person trusts is added, for its owner only', async () => {
    const path = join(dir, 'new', '.ssh', 'known_hosts');
    const questions: unknown[] = [];
    const confirmHostKey = async (question: unknown) => questions.push(question) === 1;
    expect(await works({}, { ssh: { knownHostsFile: path }, confirmHostKey })).toBe('web');
    expect(questions).toEqual([{ host: 'web', fingerprint: sshd.fingerprint(), type: 'ssh-ed25519' }]);
    expect(readFileSync(path, 'utf8')).toBe(`${name()} ${sshd.publicKey('ed25519')}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'new', '.ssh')).mode & 0o777).toBe(0o700);
    // Known now: nobody is asked again.
    expect(await works({}, { ssh: { knownHostsFile: path }, confirmHostKey })).toBe('web');
  });

  test('a person may think for longer than the time-out of the connection', async () => {
    const confirmHostKey = () => new Promise<boolean>((resolve) => setTimeout(resolve, 1_500, true));
    expect(
      await works(
        {},
        { ssh: { knownHostsFile: join(dir, 'kh-slow'), connectTimeoutMs: 1_000 }, confirmHostKey },
      ),
    ).toBe('web');
  });

  test('an unknown key that a person does not trust', async () => {
    const path = join(dir, 'kh-no');
    const error = await failure({}, { ssh: { knownHostsFile: path }, confirmHostKey: async () => false });
    expect(error.code).toBe('HOST_KEY_REFUSED');
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  test('a line is added to a file whose last line has no end', async () => {
    const path = file('kh-cut', '# my hosts');
    expect(await works({}, { ssh: { knownHostsFile: path }, confirmHostKey: async () => true })).toBe('web');
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe('# my hosts');
  });

  test('a changed key is refused whoever says yes, with both fingerprints and the line', async () => {
    const other = readFileSync(`${stranger()}.pub`, 'utf8');
    const path = file('kh-changed', `# hosts\n${hashedName(name())} ${other}`);
    const error = await failure({}, { ssh: { knownHostsFile: path }, confirmHostKey: async () => true });
    expect(error).toMatchObject({ code: 'HOST_KEY_CHANGED', place: { file: path, line: 2 } });
    expect(textOf(error)).toContain(sshd.fingerprint());
    expect(textOf(error)).toContain(fingerprintOf(`${stranger()}.pub`));
    expect(textOf(error)).toContain(`${path}:2`);
  });

  test('a revoked key is refused whoever says yes', async () => {
    const path = file('kh-revoked', `${name()} ${sshd.publicKey()}\n@revoked * ${sshd.publicKey()}\n`);
    const error = await failure({}, { ssh: { knownHostsFile: path }, confirmHostKey: async () => true });
    expect(error).toMatchObject({ code: 'HOST_KEY_REVOKED', place: { line: 2 } });
  });

  test('a certificate authority is reported and not taken for the host', async () => {
    const path = file('kh-ca', `@cert-authority * ${sshd.publicKey()}\n`);
    const error = await failure({}, { ssh: { knownHostsFile: path } });
    expect(error.code).toBe('HOST_KEY_UNKNOWN');
    expect(textOf(error)).toContain('certificate');
  });

  test.each(['ed25519', 'ecdsa', 'rsa'] as const)('a pinned fingerprint of its %s key', async (type) => {
    expect(
      await works({ hostKey: sshd.fingerprint(type) }, { ssh: { knownHostsFile: join(dir, 'none') } }),
    ).toBe('web');
  });

  test('another pinned fingerprint is refused, even for a known host', async () => {
    const hostKey = fingerprintOf(`${stranger()}.pub`);
    const error = await failure({ hostKey }, { confirmHostKey: async () => true });
    expect(error.code).toBe('HOST_KEY_CHANGED');
    expect(textOf(error)).toContain(hostKey);
  });

  test('a pin that is no fingerprint', async () => {
    expect((await failure({ hostKey: 'SHA256:abc' })).code).toBe('HOST_KEY_PIN_INVALID');
  });
});

describe('keys', () => {
  test('a key file', async () => {
    expect(await works()).toBe('web');
  });

  test('an encrypted key file, passphrase from the configuration', async () => {
    const keyFile = makeKey(dir, 'encrypted', 'ed25519', 'open sesame');
    sshd.authorize(`${keyFile}.pub`);
    expect(await works({ keyFile }, { ssh: { passphrase: new Secret('open sesame') } })).toBe('web');
  });

  test('an encrypted key file, passphrase asked until it is right, connection waiting', async () => {
    const answers = ['wrong', 'open sesame'];
    const asked: string[] = [];
    const keyFile = join(dir, 'encrypted');
    const askPassphrase = async (path: string) => {
      asked.push(path);
      await new Promise((resolve) => setTimeout(resolve, 600));
      return answers.shift();
    };
    expect(await works({ keyFile }, { ssh: { connectTimeoutMs: 1_000 }, askPassphrase })).toBe('web');
    expect(asked).toEqual([keyFile, keyFile]);
  });

  test('several hosts at once: one passphrase is asked for once', async () => {
    let asked = 0;
    const connect = sshConnector({
      ssh: { configFile: 'none', knownHostsFile: sshd.knownHosts, connectTimeoutMs: 5_000 },
      runId: 't',
      env: env(),
      askPassphrase: async () => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return 'open sesame';
      },
    });
    const { port, user } = sshd;
    const host = { address: '127.0.0.1', port, user, keyFile: join(dir, 'encrypted') };
    const names = await Promise.all(['a', 'b', 'c'].map((name) => nameOf(connect({ ...host, name }))));
    expect(names).toEqual(['a', 'b', 'c']);
    expect(asked).toBe(1);
  });

  test('an encrypted key file without a passphrase', async () => {
    const error = await failure({ keyFile: join(dir, 'encrypted') });
    expect(error.code).toBe('KEY_PASSPHRASE_MISSING');
    expect(textOf(error)).toContain('OPS_SSH_PASSPHRASE');
  });

  test('a wrong passphrase', async () => {
    const error = await failure(
      { keyFile: join(dir, 'encrypted') },
      { ssh: { passphrase: new Secret('wrong') } },
    );
    expect(error.code).toBe('KEY_PASSPHRASE_WRONG');
  });

  test('an encrypted PEM key, which hides its public half', async () => {
    const keyFile = makeKey(dir, 'encrypted-pem', 'rsa', 'open sesame', ['-m', 'PEM']);
    sshd.authorize(`${keyFile}.pub`);
    expect(await works({ keyFile }, { ssh: { passphrase: new Secret('open sesame') } })).toBe('web');
  });

  test('nobody is asked for the passphrase of a key that the server does not want', async () => {
    makeKey(dir, 'encrypted-stranger', 'ed25519', 'secret');
    const asked: string[] = [];
    const askPassphrase = async (path: string) => {
      asked.push(path);
      return 'secret';
    };
    const error = await failure({ keyFile: join(dir, 'encrypted-stranger') }, { askPassphrase });
    expect(error.code).toBe('AUTH_FAILED');
    expect(asked).toEqual([]);
  });

  test('an RSA key, signed with SHA-2', async () => {
    const keyFile = makeKey(dir, 'client-rsa', 'rsa');
    sshd.authorize(`${keyFile}.pub`);
    expect(await works({ keyFile })).toBe('web');
  });

  test('key text, and nothing else, whatever key file there is', async () => {
    const key = new Secret(readFileSync(sshd.clientKey, 'utf8'));
    expect(await works({ keyFile: '/does/not/exist' }, { ssh: { key } })).toBe('web');
  });

  test('key text that is no key', async () => {
    const error = await failure({}, { ssh: { key: new Secret('-----BEGIN what-----') } });
    expect(error).toMatchObject({ code: 'KEY_TEXT_INVALID', reason: 'usage' });
  });

  test('a key file that others can read is refused, as ssh does', async () => {
    const keyFile = file('loose', readFileSync(sshd.clientKey, 'utf8'), 0o644);
    const error = await failure({ keyFile });
    expect(error.code).toBe('KEY_FILE_PERMISSIONS');
    expect(textOf(error)).toContain(`chmod 600 '${keyFile}'`);
  });

  test('a key file that does not exist', async () => {
    expect((await failure({ keyFile: join(dir, 'nothing') })).code).toBe('KEY_FILE_UNREADABLE');
  });

  test('a public key instead of the private one', async () => {
    expect(
      (await failure({ keyFile: file('public', readFileSync(`${sshd.clientKey}.pub`, 'utf8')) })).code,
    ).toBe('KEY_FILE_INVALID');
  });

  test('a key that the server does not know: what was tried, and what to do', async () => {
    const error = await failure({ keyFile: stranger() });
    expect(error.code).toBe('AUTH_FAILED');
    expect(textOf(error)).toContain(`key file ${stranger()}`);
    expect(textOf(error)).toContain('authorized_keys');
  });

  test('every IdentityFile is tried, the unusable ones are reported', async () => {
    const loose = join(dir, 'loose');
    const configured = (last: string) =>
      file(
        `config-${last.length}`,
        [
          'Host *',
          `  IdentityFile ${stranger()}`,
          `  IdentityFile ${loose}`,
          `  IdentityFile ${last}`,
          '',
        ].join('\n'),
      );
    const { keyFile: _, ...host } = {
      keyFile: '',
      name: 'web',
      address: '127.0.0.1',
      port: sshd.port,
      user: sshd.user,
    };
    const connect = (config: string) =>
      sshConnector({
        ssh: { configFile: config, knownHostsFile: sshd.knownHosts, connectTimeoutMs: 5_000 },
        runId: 't',
        env: env(),
      })(host);
    expect(await nameOf(connect(configured(sshd.clientKey)))).toBe('web');
    const error = (await connect(configured('/x')).then(
      () => undefined,
      (reason: unknown) => reason,
    )) as OpsError;
    expect(error.code).toBe('AUTH_FAILED');
    expect(textOf(error)).toContain(`Tried: key file ${stranger()}`);
    expect(textOf(error)).toContain(`Not used: The key file ${loose}`);
  });
});

describe('an agent', () => {
  let agent: ReturnType<typeof spawn>;
  let socket: string;
  const { keyFile: _, ...noKey } = { keyFile: '' };

  beforeAll(async () => {
    socket = join(dir, 'agent.sock');
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    for (let i = 0; i < 100; i++) {
      try {
        statSync(socket);
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const add = (path: string) =>
      execFileSync('ssh-add', ['-q', path], { env: env({ SSH_AUTH_SOCK: socket }), stdio: 'ignore' });
    add(stranger());
    add(sshd.clientKey);
  });
  afterAll(() => agent.kill());

  const connect = (more: { env: NodeJS.ProcessEnv; configFile?: string }) =>
    sshConnector({
      ssh: {
        configFile: more.configFile ?? 'none',
        knownHostsFile: sshd.knownHosts,
        connectTimeoutMs: 5_000,
      },
      runId: 't',
      env: more.env,
    })({ ...noKey, name: 'web', address: '127.0.0.1', port: sshd.port, user: sshd.user });

  test('its keys are tried', async () => {
    expect(await nameOf(connect({ env: env({ SSH_AUTH_SOCK: socket }) }))).toBe('web');
  });

  test('IdentityAgent of the configuration', async () => {
    const configFile = file('config-agent', `IdentityAgent ${socket}\n`);
    expect(await nameOf(connect({ env: env(), configFile }))).toBe('web');
  });

  test('IdentitiesOnly: none of its own keys; but it signs for a key file that it holds', async () => {
    const only = (key: string) => file('config-only', `IdentitiesOnly yes\nIdentityFile ${key}\n`);
    const withAgent = env({ SSH_AUTH_SOCK: socket });
    await expect(connect({ env: withAgent, configFile: only(stranger()) })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
    });
    expect(await nameOf(connect({ env: withAgent, configFile: only(sshd.clientKey) }))).toBe('web');
  });

  test('one that is not there is reported, and the key file is used all the same', async () => {
    const gone = env({ SSH_AUTH_SOCK: join(dir, 'gone.sock') });
    expect(await works({}, { env: gone })).toBe('web');
    const error = await failure({ keyFile: stranger() }, { env: gone });
    expect(textOf(error)).toContain('gone.sock');
  });
});

describe.each([
  { how: 'with ssh -G', path: process.env['PATH'] },
  { how: 'without ssh on this machine', path: '/nonexistent' },
])('the configuration file, $how', ({ path }) => {
  let bastion: TestSshd;
  let config: string;
  beforeAll(async () => {
    bastion = await startSshd();
    mkdirSync(join(dir, 'conf.d'), { recursive: true });
    file(
      'conf.d/bastion.conf',
      [
        'Host bastion',
        '  HostName 127.0.0.1',
        `  Port ${bastion.port}`,
        `  User ${bastion.user}`,
        `  IdentityFile ${bastion.clientKey}`,
        `  UserKnownHostsFile ${bastion.knownHosts}`,
        '',
      ].join('\n'),
    );
    config = file(
      'config-jump',
      [
        `Include ${join(dir, 'conf.d')}/*.conf`,
        'Host web',
        '  HostName 127.0.0.1',
        `  Port ${sshd.port}`,
        `  User ${sshd.user}`,
        `  IdentityFile ${sshd.clientKey}`,
        `  UserKnownHostsFile "${sshd.knownHosts}"`,
        '  ProxyJump bastion',
        'Host alias',
        '  HostName 127.0.0.1',
        `  Port ${sshd.port}`,
        '  HostKeyAlias the-web',
        `  UserKnownHostsFile ${file('kh-alias', `the-web ${sshd.publicKey()}\n`)}`,
        `  IdentityFile ${sshd.clientKey}`,
        'Host proxied',
        '  ProxyCommand nc %h %p',
        '',
      ].join('\n'),
    );
  });
  afterAll(() => bastion.stop());

  const connect = (address: string, more: Partial<SshConfig> = {}, host: Partial<HostConfig> = {}) =>
    sshConnector({
      ssh: { configFile: config, connectTimeoutMs: 5_000, ...more },
      runId: 't',
      env: env({ PATH: path }),
    })({ name: address, address, ...host });

  test('a host behind a jump host; both from the configuration', async () => {
    const host = await connect('web');
    try {
      const { stdout } = await host.run('echo "$SSH_CONNECTION"');
      expect(stdout.trim().split(' ')[3]).toBe(String(sshd.port));
      expect(bastion.sessions().length).toBeGreaterThan(0);
    } finally {
      await host.close();
    }
  });

  test("closing ends the jump host's connection too", async () => {
    await nameOf(connect('web'));
    for (let i = 0; i < 50 && bastion.sessions().length > 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bastion.sessions()).toEqual([]);
  });

  test('each hop is verified by its own name: the jump host', async () => {
    const wrong = file(
      'conf.d/bastion.conf',
      readFileSync(join(dir, 'conf.d/bastion.conf'), 'utf8').replace(bastion.knownHosts, sshd.knownHosts),
    );
    try {
      await expect(connect('web')).rejects.toMatchObject({
        code: 'HOST_KEY_UNKNOWN',
        place: { host: 'bastion' },
      });
    } finally {
      writeFileSync(wrong, readFileSync(wrong, 'utf8').replace(sshd.knownHosts, bastion.knownHosts));
    }
  });

  test('each hop is verified by its own name: the host behind it', async () => {
    const hostKey = bastion.fingerprint();
    await expect(connect('web', {}, { hostKey })).rejects.toMatchObject({
      code: 'HOST_KEY_CHANGED',
      place: { host: 'web' },
    });
  });

  test('what the host itself says wins: jump, user, port', async () => {
    const opening = connect(
      '127.0.0.1',
      { knownHostsFile: sshd.knownHosts },
      {
        port: sshd.port,
        user: sshd.user,
        keyFile: sshd.clientKey,
        jump: ['bastion'],
      },
    );
    expect(await nameOf(opening)).toBe('127.0.0.1');
  });

  test('a jump host that cannot reach the host', async () => {
    const port = await freePort();
    await expect(connect('web', {}, { port })).rejects.toMatchObject({
      code: 'JUMP_FAILED',
      place: { host: 'web' },
    });
  });

  test('HostKeyAlias', async () => {
    expect(await nameOf(connect('alias', {}, { user: sshd.user }))).toBe('alias');
  });

  test('an Include inside a block counts only for that block', async () => {
    const inner = file(
      'conf-inner',
      `Host *\nPort ${sshd.port}\nUser ${sshd.user}\nIdentityFile ${sshd.clientKey}\n`,
    );
    const refused = await freePort();
    const configFile = file(
      'config-block',
      [
        'Host other',
        `  Include ${inner}`,
        'Host 127.0.0.*',
        '  IdentitiesOnly yes',
        `  Include ${inner}`,
        'Host *',
        `  Port ${refused}`,
        '',
      ].join('\n'),
    );
    const knownHostsFile = sshd.knownHosts;
    expect(await nameOf(connect('127.0.0.1', { configFile, knownHostsFile }))).toBe('127.0.0.1');
    await expect(connect('localhost', { configFile, knownHostsFile })).rejects.toMatchObject({
      code: 'CONNECT_REFUSED',
    });
  });

  test('ProxyCommand', async () => {
    await expect(connect('proxied')).rejects.toMatchObject({ code: 'PROXY_COMMAND_UNSUPPORTED' });
  });

  test('a configuration file that is not there', async () => {
    await expect(connect('web', { configFile: join(dir, 'no-config') })).rejects.toMatchObject({
      code: 'SSH_CONFIG_INVALID',
    });
  });
});

test('without ssh, Match exec runs nothing', async () => {
  const ran = join(dir, 'ran');
  const configFile = file('config-exec', `Match exec "touch ${ran}"\n  Port 1\n`);
  expect(await works({}, { ssh: { configFile }, env: env({ PATH: '/nonexistent' }) })).toBe('web');
  expect(existsSync(ran)).toBe(false);
});

test('a file that the project names runs nothing, with ssh or without', async () => {
  const ran = join(dir, 'match-exec-of-project');
  const included = file('config-included', `Match exec "touch ${ran}"\n  Port 1\n`);
  const configFile = file('config-project', `"Match" exec "touch ${ran}"\n  Port 1\nInclude ${included}\n`);
  expect(await works({}, { ssh: { configFile }, configOfProject: true })).toBe('web');
  expect(existsSync(ran)).toBe(false);
});

test('a Match exec that hangs is not waited for', async () => {
  const configFile = file('config-hang', 'Match exec "sleep 20"\n  Port 1\n');
  const error = await failure({}, { ssh: { configFile }, timings: { configMs: 500 } });
  expect(error.code).toBe('SSH_CONFIG_INVALID');
  expect(error.message).toContain('Match exec');
});

describe('servers that do not let us in', () => {
  const own: TestSshd[] = [];
  afterAll(() => Promise.all(own.map((server) => server.stop())));

  async function refusalOf(...config: string[]): Promise<OpsError> {
    const server = await startSshd({ config });
    own.push(server);
    const { port, knownHosts: knownHostsFile, clientKey: keyFile } = server;
    return failure({ port, keyFile }, { ssh: { knownHostsFile } });
  }

  test('one that takes passwords only: none is ever sent', async () => {
    const error = await refusalOf('PubkeyAuthentication no', 'PasswordAuthentication yes');
    expect(error.code).toBe('AUTH_FAILED');
    expect(textOf(error)).toContain('The server accepts only: password');
  });

  test('one that wants a password besides the key', async () => {
    const error = await refusalOf('PasswordAuthentication yes', 'AuthenticationMethods publickey,password');
    expect(error.code).toBe('AUTH_MORE_NEEDED');
    expect(error.message).toContain('password');
  });

  test('one that gives up after a few keys', async () => {
    const { keyFile: _, ...host } = { keyFile: '', name: 'web', address: '127.0.0.1', user: sshd.user };
    const server = await startSshd({ config: ['MaxAuthTries 2'] });
    own.push(server);
    const keys = Array.from({ length: 4 }, (_, index) => makeKey(dir, `many-${index}`));
    const configFile = file('config-many', keys.map((key) => `IdentityFile ${key}\n`).join(''));
    const connect = sshConnector({
      ssh: { configFile, knownHostsFile: server.knownHosts, connectTimeoutMs: 5_000 },
      runId: 't',
      env: env(),
    });
    const error = (await connect({ ...host, port: server.port }).catch(
      (reason: unknown) => reason,
    )) as OpsError;
    expect(error.code).toBe('AUTH_FAILED');
    expect(textOf(error)).toContain('too many');
  });

  test('one without the user', async () => {
    expect((await failure({ user: 'nobody-of-this-name' })).code).toBe('AUTH_FAILED');
  });

  const listeners: Server[] = [];
  afterAll(() => listeners.forEach((server) => server.close()));

  async function listen(onConnection: (socket: import('node:net').Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    });
    listeners.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  test('nobody listens', async () => {
    expect((await failure({ port: await freePort() })).code).toBe('CONNECT_REFUSED');
  });

  test('there is no such name', async () => {
    expect((await failure({ address: 'no-such-host.invalid' })).code).toBe('HOST_NOT_FOUND');
  });

  test('one that accepts and says nothing', async () => {
    const port = await listen(() => {});
    const started = performance.now();
    const error = await failure({ port }, { ssh: { connectTimeoutMs: 500 } });
    expect(error.code).toBe('CONNECT_TIMEOUT');
    expect(error.message).toContain('did not greet');
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('one that greets and then says nothing', async () => {
    const port = await listen((socket) => socket.write('SSH-2.0-Sleepy\r\n'));
    const error = await failure({ port }, { ssh: { connectTimeoutMs: 500 } });
    expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(error.message).toContain('key exchange');
  });

  test.each([
    { what: 'hangs up', reply: undefined },
    { what: 'speaks HTTP', reply: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' },
    { what: 'speaks SSH 1', reply: 'SSH-1.5-Old\r\n' },
    { what: 'breaks off after its greeting', reply: 'SSH-2.0-Broken\r\n' },
  ])('one that $what', async ({ reply }) => {
    const port = await listen((socket) => (reply === undefined ? socket.destroy() : socket.end(reply)));
    const error = await failure({ port }, { ssh: { connectTimeoutMs: 2_000 } });
    expect(['HANDSHAKE_FAILED', 'CONNECT_FAILED']).toContain(error.code);
  });

  test('one that resets the connection before the keys are read', async () => {
    let reset!: () => void;
    const isReset = new Promise<void>((resolve) => (reset = resolve));
    const port = await listen((socket) => socket.resetAndDestroy().once('close', reset));
    const agent = createServer((socket) => void isReset.then(() => setTimeout(() => socket.destroy(), 100)));
    listeners.push(agent);
    const socket = join(dir, 'slow-agent');
    await new Promise<void>((resolve) => agent.listen(socket, resolve));
    const error = await failure({ port }, { env: env({ SSH_AUTH_SOCK: socket }) });
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', place: { host: 'web' } });
  });

  test('keys that cannot be read: the connection that was begun is given up', async () => {
    let closed!: () => void;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const port = await listen((socket) => socket.resume().once('close', closed));
    expect((await failure({ port, keyFile: join(dir, 'nothing') })).code).toBe('KEY_FILE_UNREADABLE');
    await isClosed;
  });

  test('Ctrl+C while it says nothing', async () => {
    const port = await listen(() => {});
    const error = await failure({ port }, {}, AbortSignal.timeout(200));
    expect(error).toMatchObject({ code: 'INTERRUPTED', reason: 'interrupted' });
  });

  test('Ctrl+C before it begins', async () => {
    expect((await failure({}, {}, AbortSignal.abort())).code).toBe('INTERRUPTED');
  });
});
