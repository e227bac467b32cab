import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';
import { expectClean, hostsOf, opsFor, pushRelease, serving } from '../support/shop-server.ts';

let servers: TestSandbox;
let ops: ReturnType<typeof opsFor>;

async function push(version: string, fault = ''): Promise<void> {
  await pushRelease(servers, version, { 'backend/fault.txt': fault });
}

beforeAll(async () => {
  servers = await sandbox({ name: 'e2e-hosts', hosts: 2 });
  await servers.reset('after');
  ops = opsFor(servers);
});

afterAll(async () => {
  await servers.rest();
});

it('releases on two hosts at once: the same release, the same commit', async () => {
  const done = await ops(['deploy', '--json']);
  expect(done.code).toBe(0);
  expect(hostsOf(done).map(({ outcome }) => outcome)).toEqual(['live', 'live']);
  const [one, two] = [await serving(servers, 0), await serving(servers, 1)];
  expect(one.commit).toBe(two.commit);
  for (const host of [0, 1]) await expectClean(servers, { host });
  const history = (await ops(['history', '--json'])).json() as { hosts: { releases: { id: string }[] }[] };
  const ids = history.hosts.map(({ releases }) => releases.at(-1)?.id ?? releases[0]?.id);
  expect(new Set(ids).size).toBe(1);
});

it('in batches, it stops at the first host that fails; the others are as they were', async () => {
  await push('bad', 'never-healthy');
  const before = [await serving(servers, 0), await serving(servers, 1)];
  const done = await ops(['deploy', '--json', '--batch', '1'], { env: { OPS_HEALTH_TIMEOUT: '12s' } });
  expect(done.code).toBe(4);
  expect(hostsOf(done).map(({ outcome }) => outcome)).toEqual(['failed', 'not-started']);
  expect([await serving(servers, 0), await serving(servers, 1)]).toEqual(before);
  for (const host of [0, 1]) await expectClean(servers, { host });
});

it('rolls both back to the same revert commit', async () => {
  await push('good');
  expect((await ops(['deploy'])).code).toBe(0);
  const done = await ops(['rollback', '--json']);
  expect(done.code).toBe(0);
  const [one, two] = [await serving(servers, 0), await serving(servers, 1)];
  expect(one.version).toBe('1');
  expect(one.commit).toBe(two.commit);
  for (const host of [0, 1]) await expectClean(servers, { host });
});
