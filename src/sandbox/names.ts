import { createHash } from 'node:crypto';
import { UsageError } from '../errors.ts';

/** Label of everything that a sandbox makes: its value is the sandbox's name. */
export const sandboxLabel = 'dev.ops.sandbox';
/** Label with the project directory that a sandbox belongs to. */
export const rootLabel = 'dev.ops.sandbox.root';
/** Label of images: the hash of what they were built from. */
export const sourceLabel = 'dev.ops.sandbox.source';

export const defaultName = 'sandbox';

/** Names of the Docker objects of one sandbox. The same name in two projects is two sandboxes. */
export interface SandboxNames {
  name: string;
  root: string;
  network: string;
  /** The git origin, shared by all servers. */
  gitVolume: string;
  container: (index: number) => string;
  dockerVolume: (index: number) => string;
  /** What `ops` and the server itself call the server; counted from 1. */
  host: (index: number) => string;
}

/**
 * @param name letters, digits and hyphens
 * @param root absolute path of the project directory
 */
export function sandboxNames(name: string, root: string): SandboxNames {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name))
    throw new UsageError('BAD_SANDBOX_NAME', `"${name}" can't be the name of a sandbox.`, {
      next: ['Use up to 31 lower-case letters, digits and hyphens, starting with a letter or digit.'],
    });
  const project = createHash('sha256').update(root).digest('hex').slice(0, 6);
  const prefix = `ops-sandbox-${name}-${project}`;
  return {
    name,
    root,
    network: prefix,
    gitVolume: `${prefix}-git`,
    container: (index) => `${prefix}-${index}`,
    dockerVolume: (index) => `${prefix}-${index}-docker`,
    host: (index) => `${name}-${index}`,
  };
}
