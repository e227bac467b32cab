import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { removeServers } from '../../scripts/demo-down.ts';
import { docker, tryDocker } from '../../src/sandbox/docker.ts';
import { rootLabel, sandboxLabel } from '../../src/sandbox/names.ts';

const image = 'ops-demo-down-test:empty';
const demo = 'demo-down-test';
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'ops-demo-down-'));
const places = { project: join(folder, 'project'), tests: join(folder, 'tests') };

beforeAll(() => {
  // An archive without files.
  spawnSync('docker', ['import', '-', image], { input: Buffer.alloc(10_240) });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  const left = await docker(['ps', '--all', '--quiet', '--filter', `label=${sandboxLabel}=${demo}-other`]);
  for (const id of left.split('\n').filter(Boolean)) await docker(['rm', id]);
  await docker(['image', 'rm', image]);
  rmSync(folder, { recursive: true, force: true });
});

/** Containers stand for servers: what is removed is told by labels alone. */
async function server(name: string, root: string): Promise<string> {
  const labels = ['--label', `${sandboxLabel}=${name}`, '--label', `${rootLabel}=${root}`];
  return (await docker(['create', ...labels, image, 'none'])).trim();
}

async function isThere(container: string): Promise<boolean> {
  return (await tryDocker(['inspect', container])).code === 0;
}

it('removes what the demo and the tests made, and nothing else', async () => {
  mkdirSync(join(places.project, '.ops', 'sandbox', demo), { recursive: true });
  writeFileSync(join(places.project, 'mine'), '');
  mkdirSync(join(places.tests, 'shop'), { recursive: true });
  const ours = [
    await server(demo, places.project),
    await server(`${demo}-shop`, join(places.tests, 'shop')),
    // Temporary directories are emptied by others, too.
    await server(`${demo}-gone`, join(places.tests, 'gone')),
  ];
  const others = [
    await server(`${demo}-other`, places.project),
    await server(`${demo}-other`, `${places.tests}-other/shop`),
  ];

  await removeServers(demo, places);
  expect(await Promise.all(ours.map(isThere))).toEqual([false, false, false]);
  expect(await Promise.all(others.map(isThere))).toEqual([true, true]);
  expect(existsSync(places.tests)).toBe(false);
  expect(existsSync(join(places.project, '.ops'))).toBe(false);
  expect(existsSync(join(places.project, 'mine'))).toBe(true);
});

it('finds nothing a second time', async () => {
  await removeServers(demo, places);
  expect(existsSync(places.project)).toBe(true);
});

it('says that no engine answers, as after the first time when the engine was its own', async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.stubEnv('DOCKER_HOST', `unix://${folder}/none.sock`);
  await removeServers(demo, places);
  expect(said.mock.calls.join('\n')).toContain('No Docker engine answers');
  said.mockRestore();
});
