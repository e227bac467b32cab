import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { sandboxFolder } from '../config/root.ts';
import { UsageError } from '../errors.ts';
import { defaultName } from './names.ts';

/** One server of a sandbox. */
export interface SandboxHost {
  name: string;
  container: string;
  /** Ports of this machine's loopback address. */
  sshPort: number;
  httpPort: number;
  /** Public key, as in known_hosts: `ssh-ed25519 AAAA…`. */
  hostKey: string;
}

/** What is known of a sandbox between two commands. */
export interface SandboxState {
  version: 1;
  name: string;
  /** The project directory that it belongs to. */
  root: string;
  /** Private directory with keys and target file. */
  directory: string;
  hosts: readonly SandboxHost[];
  /** What its git origin was filled with: `after`, `before`, or a directory. */
  seed: string;
  /** Settings for a target file that the app on the servers needs, besides the servers themselves. */
  app: Readonly<Record<string, unknown>>;
}

const port = z.int().min(1).max(65_535);

const stateSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  root: z.string(),
  directory: z.string(),
  hosts: z.array(
    z.object({
      name: z.string(),
      container: z.string(),
      sshPort: port,
      httpPort: port,
      hostKey: z.string(),
    }),
  ),
  seed: z.string(),
  app: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<SandboxState>;

export const files = {
  key: 'id_ed25519',
  knownHosts: 'known_hosts',
  target: 'target.yaml',
  state: 'state.json',
} as const;

/** Where a project has the files of its sandboxes. */
export function sandboxesDirectory(root: string): string {
  return join(root, sandboxFolder);
}

/** Where the files of one sandbox are. */
function sandboxDirectory(root: string, name: string): string {
  return join(sandboxesDirectory(root), name);
}

/** The state of a sandbox; undefined when there is none, it cannot be read, or its key is gone. */
export function readState(root: string, name: string): SandboxState | undefined {
  const directory = sandboxDirectory(root, name);
  if (!existsSync(join(directory, files.key))) return undefined;
  try {
    const state: unknown = JSON.parse(readFileSync(join(directory, files.state), 'utf8'));
    return { ...stateSchema.parse(state), root, directory };
  } catch {
    return undefined;
  }
}

/**
 * The state of a sandbox that must be there.
 *
 * @throws UsageError `NO_SANDBOX`, `SANDBOX_UNREADABLE`
 */
export function requireSandbox(root: string, name: string): SandboxState {
  const state = readState(root, name);
  if (state !== undefined) return state;
  const flag = name === defaultName ? '' : ` --name ${name}`;
  const file = join(sandboxDirectory(root, name), files.state);
  if (existsSync(file))
    throw new UsageError('SANDBOX_UNREADABLE', `What ${file} says of the sandbox "${name}" cannot be read.`, {
      place: { file },
      next: [`Remove it and start it anew: ops sandbox down${flag}, then ops sandbox up${flag}`],
    });
  throw new UsageError('NO_SANDBOX', `There is no sandbox "${name}" in ${root}.`, {
    next: [`Start it: ops sandbox up${flag}`],
  });
}

/** known_hosts lines of all servers. */
export function knownHosts(hosts: readonly SandboxHost[]): string {
  return hosts.map(({ sshPort, hostKey }) => `[127.0.0.1]:${sshPort} ${hostKey}\n`).join('');
}

/** The target file: what stands below a target's name in ops.yaml. */
export function targetFile({ directory, hosts, app, name }: SandboxState): string {
  const target = {
    production: false,
    hosts: hosts.map((host) => ({
      name: host.name,
      address: '127.0.0.1',
      port: host.sshPort,
      user: 'deploy',
      key_file: join(directory, files.key),
    })),
    ssh: { known_hosts_file: join(directory, files.knownHosts), config_file: 'none' },
    app_dir: '/srv/app',
    branch: 'main',
    ...app,
  };
  return `# The target of \`-t ${name}\`; made by \`ops sandbox up\`, gone with \`ops sandbox down\`.\n${stringify(target)}`;
}

/** Beside it first, then renamed over it: whole or not at all, and never through a link. */
function writePrivate(path: string, content: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(temporary, path);
}

/**
 * A repository may bring a link in the place of our directories; what lies behind it is not ours to write or remove.
 *
 * @throws UsageError when one of them is a link
 */
function refuseLinks(root: string, name: string): void {
  const own = sandboxDirectory(root, name);
  for (const path of [dirname(sandboxesDirectory(root)), sandboxesDirectory(root), own]) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      throw new UsageError(
        'SANDBOX_LINKED',
        `${path} is a link; files of sandboxes are not kept behind links.`,
        {
          place: { file: path },
          next: ['Remove the link.'],
        },
      );
  }
}

/**
 * Makes the private directory.
 *
 * @throws UsageError when its place is a link
 */
export function makeDirectory(root: string, name: string): string {
  refuseLinks(root, name);
  const directory = sandboxDirectory(root, name);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  return directory;
}

/** Writes the key pair. */
export function writeKeys(directory: string, keys: { privateKey: string; publicKey: string }): void {
  writePrivate(join(directory, files.key), keys.privateKey);
  writePrivate(join(directory, `${files.key}.pub`), keys.publicKey);
}

/** The public key of a sandbox that was made before. */
export function readKeys(directory: string): { publicKey: string } {
  return { publicKey: readFileSync(join(directory, `${files.key}.pub`), 'utf8') };
}

/** Writes state, known_hosts and target file. */
export function writeState(state: SandboxState): void {
  writePrivate(join(state.directory, files.knownHosts), knownHosts(state.hosts));
  writePrivate(join(state.directory, files.target), targetFile(state));
  writePrivate(join(state.directory, files.state), `${JSON.stringify(state, null, 2)}\n`);
}

/**
 * Removes all files of a sandbox, and the folders above them that are empty then.
 *
 * @throws UsageError when their place is a link
 */
export function removeState(root: string, name: string): void {
  refuseLinks(root, name);
  rmSync(sandboxDirectory(root, name), { recursive: true, force: true });
  for (const folder of [sandboxesDirectory(root), dirname(sandboxesDirectory(root))]) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}
