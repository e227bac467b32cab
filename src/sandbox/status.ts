import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { tryDocker } from './docker.ts';
import { stateOf } from './server.ts';
import { readState, sandboxesDirectory, type SandboxHost, type SandboxState } from './state.ts';

export interface SandboxStatus extends Omit<SandboxState, 'hosts'> {
  hosts: readonly (SandboxHost & { state: string; url: string })[];
}

/**
 * What is there of one sandbox of a project, or of all. `unknown` is the state of servers when no engine answers.
 */
export async function sandboxStatus(options: {
  root: string;
  name?: string | undefined;
}): Promise<SandboxStatus[]> {
  const root = realpathSync(options.root);
  const directory = sandboxesDirectory(root);
  const all = existsSync(directory) ? readdirSync(directory).sort() : [];
  const states = all
    .filter((name) => options.name === undefined || options.name === name)
    .map((name) => readState(root, name))
    .filter((state) => state !== undefined);
  const answers = states.length > 0 && (await tryDocker(['version', '--format', '.'])).code === 0;
  return await Promise.all(
    states.map(async (state) => ({
      ...state,
      hosts: await Promise.all(
        state.hosts.map(async (host) => ({
          ...host,
          state: answers ? await stateOf(host.container) : 'unknown',
          url: `http://127.0.0.1:${host.httpPort}`,
        })),
      ),
    })),
  );
}
