import { existsSync, realpathSync } from 'node:fs';
import type { Progress } from '../plan/progress.ts';
import { docker, tryDocker } from './docker.ts';
import { ensureEngine, stopOwnEngine } from './engine.ts';
import { removeImages } from './images.ts';
import { defaultName, rootLabel, sandboxLabel, sandboxNames } from './names.ts';
import { removeState } from './state.ts';
import { sandboxStatus } from './status.ts';
import { runSteps, type Step } from './steps.ts';

export interface SandboxDownOptions {
  root: string;
  name?: string;
  /** Every sandbox of this machine, the images made for them, and an engine that `sandboxUp` started. */
  all?: boolean;
}

export interface SandboxDownResult {
  /** Names of the containers that were removed. */
  removed: readonly string[];
  engineStopped: boolean;
  /** Packages that were installed for the engine and stay. */
  installed: readonly string[];
}

/** Removes a sandbox: containers, volumes, network, files. It is no error when there is none. */
export async function sandboxDown(
  options: SandboxDownOptions,
  progress: Progress,
): Promise<SandboxDownResult> {
  const { name = defaultName, all = false } = options;
  // Servers outlive a directory that was deleted.
  const root = existsSync(options.root) ? realpathSync(options.root) : options.root;
  sandboxNames(name, root);
  const filters = all ? [sandboxLabel] : [`${sandboxLabel}=${name}`, `${rootLabel}=${root}`];
  const removed: string[] = [];
  let engine = { stopped: false, installed: [] as readonly string[] };
  const hasDocker = (await tryDocker(['--version'])).code === 0;

  const steps: Step[] = [
    {
      id: 'servers',
      title: all ? 'Remove the servers of all sandboxes' : 'Remove the servers',
      work: async (saying) => {
        if (!hasDocker) return 'no Docker here';
        await ensureEngine({ ...saying, install: false });
        const found = await labelled(filters);
        for (const container of found) {
          removed.push(container.name);
          if (all && container.root !== '') removeState(container.root, container.sandbox);
        }
        const ids = found.map(({ id }) => id);
        if (ids.length > 0) await docker(['rm', '--force', '--volumes', ...ids]);
        for (const kind of ['volume', 'network'] as const) await removeLabelled(kind, filters);
        return found.length === 0 ? 'none' : `${found.length} removed`;
      },
    },
    {
      id: 'files',
      title: 'Remove keys and target file',
      work: async () => {
        for (const each of all ? await sandboxStatus({ root }) : [{ name }]) removeState(root, each.name);
        return undefined;
      },
    },
    ...(all
      ? [
          {
            id: 'images',
            title: 'Remove the images of the servers',
            work: async () => {
              if (hasDocker) await removeImages();
              return undefined;
            },
          },
          {
            id: 'engine',
            title: 'Stop the engine if it was started for this',
            work: async () => {
              engine = await stopOwnEngine();
              return engine.stopped ? 'stopped' : 'not ours';
            },
          },
        ]
      : []),
  ];
  await runSteps(all ? 'sandboxes' : name, 'finish', steps, progress);
  return { removed, engineStopped: engine.stopped, installed: engine.installed };
}

interface Labelled {
  id: string;
  name: string;
  sandbox: string;
  root: string;
}

async function labelled(filters: readonly string[]): Promise<Labelled[]> {
  const format = `{{.ID}}\t{{.Names}}\t{{.Label "${sandboxLabel}"}}\t{{.Label "${rootLabel}"}}`;
  const where = filters.flatMap((filter) => ['--filter', `label=${filter}`]);
  const printed = await docker(['ps', '--all', '--no-trunc', ...where, '--format', format]);
  return printed
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [id = '', name = '', sandbox = '', root = ''] = line.split('\t');
      return { id, name, sandbox, root };
    });
}

async function removeLabelled(kind: 'volume' | 'network', filters: readonly string[]): Promise<void> {
  const where = filters.flatMap((filter) => ['--filter', `label=${filter}`]);
  const ids = (await docker([kind, 'ls', '--quiet', ...where])).split('\n').filter(Boolean);
  if (ids.length > 0) await docker([kind, 'rm', ...ids]);
}
