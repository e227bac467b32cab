import { existsSync, realpathSync, rmSync } from 'node:fs';
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

/**
 * Removes what the demo and the end-to-end tests made: their servers and files, and, when nobody else's are left,
 * the images of the servers and an engine that was started for them.
 */
export async function demoDown(demo: string): Promise<void> {
  const here = realpathSync(root);
  const tests = join(realpathSync(tmpdir()), 'ops-e2e');
  const isOurs = (one: Sandbox): boolean =>
    (one.name === demo && one.root === here) || one.root.startsWith(tests + sep);
  const ours = (await sandboxes()).filter(isOurs);
  for (const one of [{ name: demo, root: here }, ...ours.filter(({ name }) => name !== demo)]) {
    if (!existsSync(one.root)) continue;
    const { removed } = await sandboxDown(one, () => {});
    if (removed.length > 0) say(`Removed the server${removed.length > 1 ? 's' : ''} ${removed.join(', ')}.`);
  }
  rmSync(tests, { recursive: true, force: true });
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
  if (stdout.trim() !== '') return;
  const { stopped, installed } = await stopOwnEngine();
  if (stopped) say('Stopped the Docker engine that was started for this.');
  if (installed.length > 0) say(`Packages that were installed for it stay: ${installed.join(', ')}.`);
}
