import { setTimeout as sleep } from 'node:timers/promises';
import { OpsError } from '../errors.ts';
import { docker, tryDocker } from './docker.ts';
import { imageArchive, imageStore, serverImage } from './images.ts';
import { rootLabel, sandboxLabel, type SandboxNames } from './names.ts';
import { freePorts } from './ports.ts';
import type { SandboxHost } from './state.ts';
import { tar, type TarEntry } from './tar.ts';

const unconfined = [
  '--cap-add=ALL',
  '--security-opt=seccomp=unconfined',
  '--security-opt=apparmor=unconfined',
  '--security-opt=systempaths=unconfined',
];

/**
 * Ways to give a container what a Docker engine in it needs, best first. Where this machine itself lacks a capability,
 * `--privileged` can't be had; old engines must then be told which one, new ones leave out by themselves what is lacking.
 */
const privileges: readonly (readonly string[])[] = [
  ['--privileged'],
  [...unconfined, '--cap-drop=SYS_RESOURCE'],
  unconfined,
];

/** A key pair, made by OpenSSH in the server image, so that this machine needs none. */
export async function makeKeys(comment: string): Promise<{ privateKey: string; publicKey: string }> {
  const script = `ssh-keygen -q -t ed25519 -N '' -C "$1" -f /tmp/key && cat /tmp/key && echo && cat /tmp/key.pub`;
  const printed = await docker([
    'run',
    '--rm',
    '--entrypoint',
    'sh',
    serverImage,
    '-c',
    script,
    'sh',
    comment,
  ]);
  const [privateKey = '', publicKey = ''] = printed.split('\n\n');
  return { privateKey: `${privateKey}\n`, publicKey: `${publicKey.trim()}\n` };
}

export interface ServerOptions {
  names: SandboxNames;
  index: number;
  /** Line for authorized_keys. */
  publicKey: string;
  signal?: AbortSignal | undefined;
}

/** Starts a new server and waits until its engine and sshd answer. */
export async function createServer({ names, index, publicKey, signal }: ServerOptions): Promise<SandboxHost> {
  const container = names.container(index);
  // Left over from a start that was cut off, or from files that are gone: nobody has its key.
  await tryDocker(['rm', '--force', '--volumes', container]);
  await tryDocker(['volume', 'rm', '--force', names.dockerVolume(index)]);
  const label = ['--label', `${sandboxLabel}=${names.name}`, '--label', `${rootLabel}=${names.root}`];
  for (const volume of [names.dockerVolume(index), names.gitVolume])
    await docker(['volume', 'create', ...label, volume]);
  const [sshPort = 0, httpPort = 0] = await freePorts(2);
  const args = [
    `--name=${container}`,
    `--hostname=${names.host(index)}`,
    ...label,
    `--network=${names.network}`,
    `--network-alias=${names.host(index)}`,
    `--publish=127.0.0.1:${sshPort}:22`,
    `--publish=127.0.0.1:${httpPort}:80`,
    `--volume=${names.dockerVolume(index)}:/var/lib/docker`,
    `--volume=${names.gitVolume}:/srv/git`,
    `--volume=${imageStore()}:/images:ro`,
    `--env=SANDBOX_AUTHORIZED_KEY=${publicKey.trim()}`,
    '--cgroupns=private',
    '--stop-timeout=30',
  ];
  await runWithPrivileges(container, args, signal);
  return { name: names.host(index), container, sshPort, httpPort, hostKey: await hostKey(container, signal) };
}

async function runWithPrivileges(
  container: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const errors: string[] = [];
  for (const given of privileges) {
    const { code, stderr } = await tryDocker(['run', '--detach', ...args, ...given, serverImage], { signal });
    if (code === 0) return;
    errors.push(`with ${given.join(' ')}:`, ...stderr.split('\n'));
    await tryDocker(['rm', '--force', container]);
  }
  throw new OpsError('unchanged', 'SERVER_NOT_STARTED', 'The container of a server could not be started.', {
    place: { command: `docker run ${container}`, output: errors },
    next: ['See the lines above: the Docker engine of this machine must allow privileged containers.'],
  });
}

/** Waits for the engine and sshd of a server, and reads its host key from the inside: nothing is trusted unseen. */
export async function hostKey(container: string, signal?: AbortSignal): Promise<string> {
  const script =
    'docker version --format . >/dev/null 2>&1 && [ -f /run/sshd.pid ] && cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub';
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const { code, stdout } = await tryDocker(['exec', container, 'sh', '-c', script], { signal });
    if (code === 0) return stdout.trim();
    await sleep(200, undefined, { signal }).catch(() => {
      // The next call of the client says that it was interrupted.
    });
  }
  const log = await tryDocker(['exec', container, 'tail', '-n', '15', '/var/log/dockerd.log']);
  const start = await tryDocker(['logs', '--tail', '15', container]);
  throw new OpsError('unchanged', 'SERVER_NOT_READY', `The server ${container} is not ready after 60 s.`, {
    place: { output: `${start.stderr}\n${start.stdout}\n${log.stdout}`.trim().split('\n') },
    next: ['See the lines above; `ops sandbox down` removes it.'],
  });
}

/** Hands the images of the sample app to a server's own engine. */
export async function loadImages(container: string, signal?: AbortSignal): Promise<void> {
  await docker(['exec', container, 'docker', 'load', '--quiet', '--input', imageArchive], { signal });
}

/**
 * Commits files to the git origin of a sandbox.
 *
 * @param how `replace`: the files are the whole tree; `add`: they are put over it
 * @returns the new commit's id
 */
export async function commit(
  container: string,
  entries: readonly TarEntry[],
  message: string,
  how: 'add' | 'replace',
): Promise<string> {
  const args = ['exec', '--interactive', '--user', 'deploy', container, 'sandbox-commit', message];
  const printed = await docker([...args, ...(how === 'replace' ? ['--replace'] : [])], {
    stdin: tar(entries),
  });
  return printed.trim();
}

/** Whether the git origin of a sandbox has a commit. */
export async function hasCommit(container: string): Promise<boolean> {
  const args = ['exec', '--user', 'deploy', container, 'git', '--git-dir=/srv/git/app.git'];
  return (await tryDocker([...args, 'rev-parse', '--verify', '--quiet', 'main'])).code === 0;
}

/** Makes the clone in /srv/app, unless it is there. */
export async function cloneApp(container: string): Promise<void> {
  const script = `git -C /srv/app rev-parse --verify --quiet HEAD >/dev/null 2>&1 ||
    { find /srv/app -mindepth 1 -delete && git clone --quiet /srv/git/app.git /srv/app; }`;
  await docker(['exec', '--user', 'deploy', container, 'sh', '-c', script]);
}

/** Removes servers and the git origin of a sandbox whose start was cut off: nobody has their key. */
export async function removeRemains(names: SandboxNames, count: number): Promise<void> {
  const containers = Array.from({ length: count }, (_, index) => names.container(index + 1));
  await tryDocker(['rm', '--force', '--volumes', ...containers]);
  await tryDocker(['volume', 'rm', '--force', names.gitVolume]);
}

/** State of a server: `running`, another state of Docker, or `missing`. */
export async function stateOf(container: string): Promise<string> {
  const { code, stdout } = await tryDocker([
    'container',
    'inspect',
    '--format',
    '{{.State.Status}}',
    container,
  ]);
  return code === 0 ? stdout.trim() : 'missing';
}
