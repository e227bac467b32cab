import type { Target } from '../config/config.ts';
import { OpsError, UsageError } from '../errors.ts';
import type { HostFacts } from '../facts/index.ts';
import type { GitFact } from '../facts/git.ts';
import { unreadableText } from '../ledger/ledger.ts';

export interface PreflightOptions {
  stash: boolean;
}

/**
 * Refuses a host that a release could not succeed on, before anything is changed.
 *
 * @returns remarks that do not stop it
 * @throws OpsError `unchanged` or `usage`, with what to do
 */
export function preflight(
  facts: HostFacts,
  target: Target,
  host: string,
  { stash }: PreflightOptions,
): { git: GitFact & { state: 'ok' }; notes: string[] } {
  const { engine, git, system } = facts;
  const refuse = (code: string, message: string, ...next: string[]): never => {
    throw new OpsError('unchanged', code, message, { place: { host, step: 'preflight' }, next });
  };
  if (engine.docker.state === 'missing')
    refuse(
      'NO_DOCKER',
      `Docker is not installed on ${host}.`,
      'Install Docker Engine and the Compose plugin: https://docs.docker.com/engine/install/',
    );
  if (engine.docker.state === 'unreachable')
    refuse(
      'DOCKER_UNREACHABLE',
      `The Docker engine on ${host} does not answer the user ${system.user}: ${engine.docker.message}`,
      `Start it, or let the user use it: \`sudo usermod -aG docker ${system.user}\`, then log in again.`,
    );
  if (engine.compose.state === 'v1')
    refuse(
      'COMPOSE_V1',
      `${host} has docker-compose ${engine.compose.version}, version 1, which is out of support since 2023.`,
      'Install the Compose plugin (version 2): https://docs.docker.com/compose/install/linux/',
    );
  if (engine.compose.state === 'missing')
    refuse(
      'NO_COMPOSE',
      `Docker Compose is not installed on ${host}.`,
      'Install the Compose plugin: https://docs.docker.com/compose/install/linux/',
    );
  if (git.state !== 'ok') return refuseGit(git.state, target, host);
  if (git.remoteUrl === undefined)
    refuse(
      'NO_REMOTE',
      `The clone in ${target.appDir} has no remote "${target.remote}".`,
      `Add it on the server: git remote add ${target.remote} URL`,
    );
  if (git.unfinished !== undefined)
    refuse(
      'GIT_UNFINISHED',
      `Somebody left a git operation unfinished in ${target.appDir} (${git.unfinished}).`,
      'Finish or abort it on the server (`git status` says how), then run the command again.',
    );
  // What an interrupted checkout has left is put away under the lock, and then looked at again.
  if (git.changes.length > 0 && !stash && !git.interrupted) {
    throw new OpsError(
      'unchanged',
      'LOCAL_CHANGES',
      `${target.appDir} on ${host} has local changes, and a deploy never discards any.`,
      {
        place: { host, step: 'preflight', output: git.changes },
        next: [
          'Commit them or take them back on the server.',
          'Or run the command with --stash, which keeps them as a named stash.',
        ],
      },
    );
  }
  const free = Math.min(system.disk.appFreeKb, system.disk.dockerFreeKb ?? Number.POSITIVE_INFINITY) / 1024;
  if (free < target.deploy.minDiskMb)
    refuse(
      'DISK_FULL',
      `${host} has ${Math.floor(free)} MiB of free disk; a release needs ${target.deploy.minDiskMb} MiB (deploy.min_disk_mb).`,
      'Free some space, for example old build cache: `docker builder prune`.',
    );
  return { git, notes: remarks(facts) };
}

function refuseGit(state: Exclude<GitFact['state'], 'ok'>, { appDir }: Target, host: string): never {
  const texts: Record<typeof state, { code: string; message: string; next: string }> = {
    'no-directory': {
      code: 'NO_APP_DIR',
      message: `${appDir} does not exist on ${host}.`,
      next: `Clone the repository there once: git clone URL ${appDir}`,
    },
    'no-repository': {
      code: 'NO_REPOSITORY',
      message: `${appDir} on ${host} is not a git clone.`,
      next: `Clone the repository there once: git clone URL ${appDir}`,
    },
    'no-git': {
      code: 'NO_GIT',
      message: `git is not installed on ${host}.`,
      next: 'Install it, for example: apt-get install git',
    },
    'no-commit': {
      code: 'NO_COMMIT',
      message: `The clone in ${appDir} on ${host} has no commit yet.`,
      next: 'Push a first commit and pull it on the server.',
    },
    'not-owner': {
      code: 'NOT_OWNER',
      message: `The clone in ${appDir} on ${host} belongs to another user.`,
      next: `Log in as its owner (OPS_USER), or give it to the deploy user: chown -R USER ${appDir}`,
    },
  };
  const { code, message, next } = texts[state];
  throw new OpsError('unchanged', code, message, { place: { host, step: 'preflight' }, next: [next] });
}

function remarks({ git, proxy, system, ledger }: HostFacts): string[] {
  const notes: string[] = [];
  if (git.state === 'ok' && git.interrupted)
    notes.push(
      'A checkout was ended here in its middle. The files that it wrote are put away as a stash before anything else; where other files have changed too, nothing is touched and the command stops.',
    );
  if (proxy.state === 'ok') {
    for (const file of proxy.staleMounts)
      notes.push(
        `${proxy.service} still sees an older ${file}: git replaced the file, the mount did not follow. Recreate ${proxy.service} once to load it.`,
      );
    if (proxy.invalid !== undefined)
      notes.push(`The proxy’s present configuration is not valid: ${proxy.invalid.split('\n').at(-1) ?? ''}`);
  }
  if (system.memory.totalKb > 0 && system.memory.availableKb / system.memory.totalKb < 0.1)
    notes.push(
      `Only ${Math.floor(system.memory.availableKb / 1024)} MiB of memory are free; old and new containers run side by side for a while.`,
    );
  // A single torn one is the one that was cut at the top.
  if (ledger.unreadable > 1 || ledger.distrusted !== undefined) notes.push(unreadableText(ledger));
  return notes;
}

/** Compose's own words about files that it refuses. */
export function composeInvalid(host: string, message: string): never {
  throw new UsageError('COMPOSE_INVALID', `Compose refuses the files of the wanted commit on ${host}.`, {
    place: { host, step: 'preflight', output: message.split('\n').slice(-10) },
    next: ['Try it where you are: docker compose -f FILE config'],
  });
}
