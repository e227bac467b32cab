import type { Config } from './config.ts';

/**
 * Whether a file of the project, and not the operator, names the SSH configuration. `ssh -G` runs the commands of
 * `Match exec` in it; who clones a project and asks for its status has not agreed to run any.
 */
export function sshConfigIsOfProject({ provenance }: Pick<Config, 'provenance'>): boolean {
  const source = provenance['ssh.configFile']?.source;
  return source === '.env' || source === 'ops.yaml' || source === 'sandbox';
}
