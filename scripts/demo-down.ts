import { realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { tryDocker } from '../src/sandbox/docker.ts';
import { sandboxDown } from '../src/sandbox/down.ts';
import { stopOwnEngine } from '../src/sandbox/engine.ts';
import { removeImages } from '../src/sandbox/images.ts';
import { rootLabel, sandboxLabel } from '../src/sandbox/names.ts';
import { root, say } from './narration.ts';

interface Sandbox {
  name: string;
  root: string;
}

/** Names of the sandboxes on this machine, with the project directory of each. */
async function sandboxes(): Promise<Sandbox[]> {
  const format = `{{.Label "${sandboxLabel}"}}\t{{.Label "${rootLabel}"}}`;
  const filter = ['--filter', `label=${rootLabel}`];
  const { stdout } = await tryDocker(['ps', '--all', ...filter, '--format', format]);
  const lines = [...new Set(stdout.split('\n').filter((line) => line.includes('\t')))];
  return lines.map((line) => {
    const [name = '', folder = ''] = line.split('\t');
    return { name, root: folder };
  });
}

/** Project directories whose sandboxes the demo and the end-to-end tests made. */
export interface Places {
  /** Of the demo. */
  project: string;
  /** What is below it belongs to tests. */
  tests: string;
}

/**
 * Removes the servers and files of the demo and of the tests, by their labels, also those whose directory is gone.
 * Where no engine answers nothing is removed, for its servers could not be.
 */
export async function removeServers(demo: string, { project, tests }: Places): Promise<void> {
  const { code, stderr } = await tryDocker(['version', '--format', '{{.Server.Version}}']);
  if (code !== 0) {
    const [why = ''] = stderr.trim().split('\n');
    say(`No Docker engine answers, so no server was removed, if there are any${why && ` (${why})`}.`);
    return;
  }
  const isOurs = (one: Sandbox): boolean =>
    (one.name === demo && one.root === project) || one.root.startsWith(tests + sep);
  const ours = (await sandboxes()).filter(isOurs);
  for (const one of [{ name: demo, root: project }, ...ours.filter(({ name }) => name !== demo)]) {
    const { removed } = await sandboxDown(one, () => {});
    if (removed.length > 0) say(`Removed the server${removed.length > 1 ? 's' : ''} ${removed.join(', ')}.`);
  }
  rmSync(tests, { recursive: true, force: true });
}

/** Removes the images of the servers and an engine that was started for them, when nobody else uses them. */
async function removeEngine(): Promise<void> {
  const others = await sandboxes();
  if (others.length > 0) {
    say(`Other sandboxes use the images of the servers: ${others.map(({ name }) => name).join(', ')}.`);
    say('`ops sandbox down --all` removes those sandboxes too, and the images.');
    return;
  }
  const { code, stdout } = await tryDocker(['ps', '--quiet']);
  if (code === 0) {
    await removeImages();
    say('Removed the images of the servers.');
  }
  if (stdout.trim() !== '') {
    say('The Docker engine stays: other containers run in it.');
    return;
  }
  const { stopped, installed } = await stopOwnEngine();
  if (stopped) say('Stopped the Docker engine that was started for this.');
  if (installed.length > 0) say(`Packages that were installed for it stay: ${installed.join(', ')}.`);
}

/** Removes what the demo and the end-to-end tests made, and says what stays; a second time it finds nothing. */
export async function demoDown(demo: string): Promise<void> {
  await removeServers(demo, { project: realpathSync(root), tests: join(realpathSync(tmpdir()), 'ops-e2e') });
  await removeEngine();
}
