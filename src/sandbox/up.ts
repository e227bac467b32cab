import { realpathSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { Progress } from '../plan/progress.ts';
import { appTree, chooseApp, type Variant } from './app.ts';
import { docker, tryDocker } from './docker.ts';
import { ensureEngine } from './engine.ts';
import { ensureImages, ensureImageStore } from './images.ts';
import { defaultName, rootLabel, sandboxLabel, sandboxNames, type SandboxNames } from './names.ts';
import {
  cloneApp,
  commit,
  createServer,
  hasCommit,
  hostKey,
  loadImages,
  makeKeys,
  removeRemains,
  stateOf,
} from './server.ts';
import { makeDirectory, readKeys, readState, writeKeys, writeState } from './state.ts';
import type { SandboxHost, SandboxState } from './state.ts';
import { runSteps, type Step } from './steps.ts';

export interface SandboxUpOptions {
  /** The project directory: its `.ops/sandbox/NAME` gets keys and target file. */
  root: string;
  /** What `app` is relative to; default `root`. */
  cwd?: string;
  name?: string;
  /** Number of servers. A sandbox that has more keeps them. */
  hosts?: number;
  variant?: Variant | undefined;
  /** Directory with an app to put on the servers, instead of the sample app. */
  app?: string | undefined;
  /** Install and start a Docker engine where there is none (Debian and Ubuntu, as root). */
  installEngine?: boolean;
  signal?: AbortSignal | undefined;
}

const mostHosts = 8;

/**
 * Makes a sandbox, or starts and completes the one that is there. Does nothing, quickly, when all of it runs.
 *
 * @throws UsageError when this machine lacks something; OpsError when a step fails (a second call goes on from there)
 */
export async function sandboxUp(options: SandboxUpOptions, progress: Progress): Promise<SandboxState> {
  const { name = defaultName, hosts = 1, installEngine = false, signal } = options;
  const root = realpathSync(options.root);
  const names = sandboxNames(name, root);
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > mostHosts)
    throw new UsageError('BAD_HOST_COUNT', `A sandbox has 1 to ${mostHosts} servers, not ${hosts}.`);
  const app = chooseApp(options, options.cwd ?? options.root);
  const before = readState(root, name);
  const indexes = Array.from({ length: Math.max(hosts, before?.hosts.length ?? 0) }, (_, index) => index + 1);

  let keys: { publicKey: string } | undefined;
  let servers: SandboxHost[] = [];
  const directory = makeDirectory(root, name);
  let state: SandboxState | undefined;

  const steps: Step[] = [
    {
      id: 'engine',
      title: 'Find a Docker engine',
      work: async (saying) => `Docker ${await ensureEngine({ ...saying, install: installEngine, signal })}`,
    },
    {
      id: 'images',
      title: 'Build the images of the servers',
      work: async (saying) => {
        const built = await ensureImages({ ...saying, install: installEngine, signal });
        return built.length === 0 ? 'already built' : `${built.length} built`;
      },
    },
    {
      id: 'servers',
      title: indexes.length === 1 ? 'Start the server' : `Start ${indexes.length} servers`,
      work: async ({ tell }) => {
        if (before === undefined) await removeRemains(names, mostHosts);
        const kept = await startKept(before, signal);
        const missing = indexes.filter((index) => !kept.some((host) => host.name === names.host(index)));
        if (missing.length > 0) {
          await ensureImageStore(signal);
          await ensureNetwork(names);
          keys = await keysOf(before, directory, name);
        }
        const publicKey = keys?.publicKey ?? '';
        const create = async (index: number): Promise<SandboxHost> => {
          const host = await createServer({ names, index, publicKey, signal });
          tell(`${host.name}: hand it the images of the sample app`);
          await loadImages(host.container, signal);
          return host;
        };
        // The first one fills the shared volume; then the rest may come together.
        const [first, ...rest] = missing;
        const made =
          first === undefined ? [] : [await create(first), ...(await Promise.all(rest.map(create)))];
        servers = [...kept, ...made].toSorted((a, b) =>
          a.name.localeCompare(b.name, 'en', { numeric: true }),
        );
        return made.length === 0 ? 'already there' : undefined;
      },
    },
    {
      id: 'app',
      title: 'Put the app into its git origin, clone it into /srv/app',
      work: async () => {
        const first = servers[0]?.container ?? '';
        const fresh = !(await hasCommit(first));
        if (fresh) await commit(first, appTree(app), 'First release', 'replace');
        await Promise.all(servers.map(async ({ container }) => await cloneApp(container)));
        const settings = fresh || before === undefined ? app.settings : before.app;
        state = {
          version: 1,
          name,
          root,
          directory,
          hosts: servers,
          seed: fresh ? app.id : (before?.seed ?? app.id),
          app: settings,
        };
        writeState(state);
        return fresh ? undefined : 'already there';
      },
    },
  ];
  await runSteps(name, 'prepare', steps, progress);
  if (state === undefined) throw new Error('The last step made no state.');
  const chosen = options.app !== undefined || options.variant !== undefined;
  if (chosen && state.seed !== app.id)
    progress({
      type: 'note',
      level: 'warn',
      text: `The sandbox holds "${state.seed}" already and keeps it; for "${app.id}" take it down first, or choose another --name.`,
    });
  return state;
}

/** Servers of an earlier run that still exist, started where they are not running. */
async function startKept(before: SandboxState | undefined, signal?: AbortSignal): Promise<SandboxHost[]> {
  const found = await Promise.all(
    (before?.hosts ?? []).map(async (host) => {
      const running = await stateOf(host.container);
      if (running === 'missing') return undefined;
      if (running !== 'running') await docker(['start', host.container], { signal });
      return { ...host, hostKey: await hostKey(host.container, signal) };
    }),
  );
  return found.filter((host) => host !== undefined);
}

async function keysOf(
  before: SandboxState | undefined,
  directory: string,
  name: string,
): Promise<{ publicKey: string }> {
  if (before !== undefined) return readKeys(directory);
  const keys = await makeKeys(`ops sandbox ${name}`);
  writeKeys(directory, keys);
  return keys;
}

async function ensureNetwork(names: SandboxNames): Promise<void> {
  if ((await tryDocker(['network', 'inspect', '--format', '.', names.network])).code === 0) return;
  const labels = ['--label', `${sandboxLabel}=${names.name}`, '--label', `${rootLabel}=${names.root}`];
  await docker(['network', 'create', ...labels, names.network]);
}
