import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export type HostKeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface SshdOptions {
  /** Default: ed25519 only. */
  hostKeys?: readonly HostKeyType[];
  /** More lines for sshd_config; the first value of a setting wins, and these come first. */
  config?: readonly string[];
}

/** A real sshd on a loopback port, with keys of its own; nothing of the machine's configuration is used. */
export interface TestSshd {
  readonly port: number;
  readonly user: string;
  /** Private directory; removed by `stop`. */
  readonly dir: string;
  /** Private key that is let in. */
  readonly clientKey: string;
  /** known_hosts file with every host key of the server. */
  readonly knownHosts: string;
  /** `SHA256:…` of a host key. */
  fingerprint(type?: HostKeyType): string;
  /** `ssh-ed25519 AAAA…` of a host key. */
  publicKey(type?: HostKeyType): string;
  /** Lets one more public key in. */
  authorize(publicKeyFile: string): void;
  /** Process ids that serve connections now: what to stop or kill to make a connection freeze or drop. */
  sessions(): number[];
  /** What sshd has logged. */
  log(): string;
  stop(): Promise<void>;
}

const sshdPath = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path));

/** Makes a key pair. @returns path of the private key */
export function makeKey(
  dir: string,
  name: string,
  type: HostKeyType = 'ed25519',
  passphrase = '',
  more: string[] = [],
) {
  const file = join(dir, name);
  const size = type === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, ...more, '-N', passphrase, '-C', name, '-f', file]);
  return file;
}

export function fingerprintOf(file: string): string {
  return execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

const privateDirs: string[] = [];

/** A directory that only its owner can read, for keys. */
export function privateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ops-test-'));
  chmodSync(dir, 0o700);
  privateDirs.push(dir);
  return dir;
}

/** Removes every directory that `privateDir` has made in this file; for `afterAll`. */
export function removePrivateDirs(): void {
  for (const dir of privateDirs.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitForBanner(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const until = Date.now() + 10_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) break;
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.setTimeout(1_000, () => socket.destroy());
      socket.once('data', () => socket.end());
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(socket.bytesRead > 0));
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`sshd did not start:\n${log()}`);
}

/** Every process below `pid`, from /proc. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while we looked.
    }
  }
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const child of parents.get(parent) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

/** Starts sshd as the current user (root or not); it lets in that user with `clientKey`. */
export async function startSshd({
  hostKeys = ['ed25519'],
  config = [],
}: SshdOptions = {}): Promise<TestSshd> {
  if (sshdPath === undefined) throw new Error('These tests need sshd: apt-get install openssh-server');
  const dir = privateDir();
  const port = await freePort();
  const { username: user, uid } = userInfo();
  const clientKey = makeKey(dir, 'client');
  const hostKeyFile = (type: HostKeyType) => join(dir, `host_${type}`);
  for (const type of hostKeys) makeKey(dir, `host_${type}`, type);
  const publicKey = (type: HostKeyType = hostKeys[0] ?? 'ed25519') =>
    readFileSync(`${hostKeyFile(type)}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');

  const authorizedKeys = join(dir, 'authorized_keys');
  writeFileSync(authorizedKeys, readFileSync(`${clientKey}.pub`, 'utf8'), { mode: 0o600 });
  const knownHosts = join(dir, 'known_hosts');
  writeFileSync(knownHosts, hostKeys.map((type) => `[127.0.0.1]:${port} ${publicKey(type)}\n`).join(''), {
    mode: 0o600,
  });

  const configFile = join(dir, 'sshd_config');
  writeFileSync(
    configFile,
    [
      ...config,
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      'PidFile none',
      ...hostKeys.map((type) => `HostKey ${hostKeyFile(type)}`),
      `AuthorizedKeysFile ${authorizedKeys}`,
      'StrictModes no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'UseDNS no',
      'MaxStartups 100',
      // bash reads ~/.bashrc of a session: what this machine's user has there is slow at times, and no part of a test.
      `SetEnv HOME=${dir}`,
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  );
  // sshd started by root separates privileges in this directory and refuses to run without it.
  if (uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(sshdPath, ['-D', '-e', '-f', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  // A test run that is given up must not leave a server behind.
  const onExit = () => child.kill('SIGKILL');
  process.once('exit', onExit);
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-200_000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await waitForBanner(port, child, () => text);

  const sessions = () =>
    descendants(child.pid ?? 0).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sshd');
      } catch {
        return false;
      }
    });

  return {
    port,
    user,
    dir,
    clientKey,
    knownHosts,
    publicKey,
    fingerprint: (type = hostKeys[0] ?? 'ed25519') => fingerprintOf(`${hostKeyFile(type)}.pub`),
    authorize: (file) =>
      writeFileSync(authorizedKeys, readFileSync(authorizedKeys, 'utf8') + readFileSync(file, 'utf8')),
    sessions,
    log: () => text,
    stop: async () => {
      for (const pid of sessions()) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
      child.kill('SIGTERM');
      await ended;
      process.off('exit', onExit);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
