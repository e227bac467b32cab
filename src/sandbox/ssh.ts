import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { runProcess, type ProcessResult } from './process.ts';
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
    '-F',
    'none',
    '-i',
    join(state.directory, files.key),
    '-p',
    String(host.sshPort),
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    'deploy@127.0.0.1',
    ...(command.length === 0 ? [] : ['--', ...command]),
  ];
}

/**
 * Runs OpenSSH's client; by default with this terminal as its own.
 *
 * @returns its exit code (255: no connection), with the output where that was to be collected
 * @throws UsageError when there is no client
 */
export async function runSsh(
  words: readonly string[],
  options: { collect: boolean; signal?: AbortSignal },
): Promise<Omit<ProcessResult, 'code'> & { code: number }> {
  const result = options.collect
    ? await runProcess('ssh', words, { stdin: '', signal: options.signal })
    : { stdout: '', stderr: '', code: await inherit('ssh', words) };
  if (result.code === 127 && result.stderr.startsWith('ssh: there is no')) throw noClient();
  return { ...result, code: result.code ?? 1 };
}

async function inherit(program: string, words: readonly string[]): Promise<number> {
  const child = spawn(program, [...words], { stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? noClient() : error));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function noClient(): UsageError {
  return new UsageError('NO_SSH_CLIENT', 'There is no ssh program here.', {
    next: ['Install OpenSSH: on Debian and Ubuntu `apt-get install openssh-client`.'],
  });
}
