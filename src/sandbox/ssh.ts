import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { files, type SandboxHost, type SandboxState } from './state.ts';

/**
 * The server that is meant: by name, or the first one.
 *
 * @throws UsageError when there is none of that name
 */
export function sandboxHost(state: SandboxState, name: string | undefined): SandboxHost {
  const found = name === undefined ? state.hosts[0] : state.hosts.find((host) => host.name === name);
  if (found === undefined)
    throw new UsageError('NO_SUCH_HOST', `The sandbox ${state.name} has no server ${name ?? ''}.`, {
      next: [`It has: ${state.hosts.map((host) => host.name).join(', ')}.`],
    });
  return found;
}

/** Words for OpenSSH's client that reach a server with its own key, its own known_hosts and no user configuration. */
export function sshWords(state: SandboxState, host: SandboxHost, command: readonly string[]): string[] {
  const options = {
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: `"${join(state.directory, files.knownHosts)}"`,
    GlobalKnownHostsFile: 'none',
    LogLevel: 'ERROR',
  };
  return [
    ...['-F', 'none', '-i', join(state.directory, files.key), '-p', String(host.sshPort)],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['deploy@127.0.0.1', ...(command.length === 0 ? [] : ['--', ...command])],
  ];
}
