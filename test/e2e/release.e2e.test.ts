import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from '../support/load.ts';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';
import {
  expectClean,
  expectUnnoticed,
  hostsOf,
  opsFor,
  pushRelease,
  serving,
  underLoad,
} from '../support/shop-server.ts';

let server: TestSandbox;
let ops: ReturnType<typeof opsFor>;

/** A release that differs from the one before, and from every earlier one. */
async function push(version: string, files?: Readonly<Record<string, string>>): Promise<string> {
  return await pushRelease(server, version, files);
}

beforeAll(async () => {
  server = await sandbox({ name: 'e2e-shop' });
  await server.reset('after');
  ops = opsFor(server);
});

afterAll(async () => {
  await server.rest();
});

describe('deploy', () => {
  it('starts a stack that never ran, and does nothing the second time', async () => {
    const first = await ops(['deploy', '--json']);
    expect(first.stderr).toBe('');
    expect([first.code, hostsOf(first)[0]?.outcome]).toEqual([0, 'live']);
    await expectClean(server);
    const second = await ops(['deploy', '--json']);
    expect([second.code, hostsOf(second)[0]?.outcome]).toEqual([0, 'nothing-to-do']);
  });

  it('replaces the app under load without anybody noticing, and measures it', async () => {
    await push('two');
    const page = join(server.root, 'deploy.html');
    const done = await underLoad(
      server,
      async () => await ops(['deploy', '--json', '--report', page], { env: { OPS_BUILD_CACHE: 'false' } }),
    );
    expect(done.value.code).toBe(0);
    expectUnnoticed(done);
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('Send traffic to the new containers only');
    expect(text).toMatch(/<svg[\s>]/);
    const probe = hostsOf(done.value)[0]?.probe;
    expect(probe?.failed).toBe(0);
    expect(probe?.requests).toBeGreaterThan(50);
    expect((await serving(server)).version).toBe('two');
    await expectClean(server);
  });

  it('loads a changed bind-mounted nginx.conf without recreating the proxy', async () => {
    const before = await server.sh('docker inspect --format "{{.Id}}" shop-nginx-1');
    const conf = await server.sh('cat /srv/app/nginx/nginx.conf');
    await push('conf', {
      'nginx/nginx.conf': conf.replace(
        'location / {',
        'add_header X-Shop-Conf new always;\n    location / {',
      ),
    });
    const done = await underLoad(server, async () => await ops(['deploy', '--json']));
    expect(done.value.code).toBe(0);
    expectUnnoticed(done);
    const answer = await fetch(`${server.url()}/version`);
    expect(answer.headers.get('x-shop-conf')).toBe('new');
    expect(await server.sh('docker inspect --format "{{.Id}}" shop-nginx-1')).toBe(before);
    await expectClean(server);
  });

  it('refuses an nginx.conf that is not valid; the loaded one serves on', async () => {
    const before = await serving(server);
    const conf = await server.sh('cat /srv/app/nginx/nginx.conf');
    await push('bad conf', { 'nginx/nginx.conf': `${conf}\nthis is no directive;\n` });
    const done = await underLoad(server, async () => await ops(['deploy', '--json']));
    await push('good conf', { 'nginx/nginx.conf': conf });
    expect(done.value.code).toBe(4);
    expect(done.value.stdout).toContain('unknown directive');
    expectUnnoticed(done);
    expect(await serving(server)).toEqual(before);
    await expectClean(server);
    expect((await ops(['deploy'])).code).toBe(0);
  });
});

describe('a release that fails', () => {
  const cases = [
    { fault: 'never-healthy', code: 4, outcome: 'failed', stability: '1s', wait: '12s' },
    { fault: 'migration-fails', code: 4, outcome: 'failed', stability: '1s', wait: '90s' },
    // Healthy first, dead under traffic: while old and new share it, nginx passes on what the new one drops.
    { fault: 'crash-after-requests:40', code: 5, outcome: 'restored', stability: '20s', wait: '90s' },
  ] as const;
  for (const { fault, code, outcome, stability, wait } of cases) {
    it(`${fault}: the old one serves on, and the exit code tells`, async () => {
      const before = await serving(server);
      await push(fault, { 'backend/fault.txt': fault });
      const done = await underLoad(
        server,
        async () =>
          await ops(['deploy', '--json'], { env: { OPS_STABILITY: stability, OPS_HEALTH_TIMEOUT: wait } }),
      );
      expect([done.value.code, hostsOf(done.value)[0]?.outcome]).toEqual([code, outcome]);
      expectUnnoticed(done, { crashes: fault.startsWith('crash') });
      expect(await serving(server)).toEqual(before);
      await expectClean(server);
    });
  }
});

describe('a site that does not answer its health path', () => {
  const env = { OPS_HEALTH_PATH: '/ready' };

  it('is as it was when a release fails', async () => {
    const before = await serving(server);
    await push('no build', { 'backend/Dockerfile': 'FROM scratch\nRUN false\n' });
    const result = await ops(['deploy', '--json'], { env });
    expect([result.code, hostsOf(result)[0]?.outcome]).toEqual([4, 'failed']);
    expect(await serving(server)).toEqual(before);
    await expectClean(server);
  });

  it('gets the release that answers it', async () => {
    const main = await server.sh('cat /srv/app/backend/main.py');
    await push('ready', {
      'backend/main.py': `${main}\n\n@app.get("/ready")\ndef ready():\n    return {"ready": True}\n`,
    });
    const result = await ops(['deploy', '--json'], { env });
    expect([result.code, hostsOf(result)[0]?.outcome]).toEqual([0, 'live']);
    expect((await fetch(`${server.url()}/ready`)).status).toBe(200);
    await expectClean(server);
  });
});

describe('rollback', () => {
  it('goes back to the kept images under load, by revert commits', async () => {
    await push('good');
    expect((await ops(['deploy'])).code).toBe(0);
    const good = await serving(server);
    await push('regretted');
    expect((await ops(['deploy'])).code).toBe(0);
    const began = performance.now();
    const done = await underLoad(
      server,
      async () => await ops(['rollback'], { env: { OPS_STABILITY: '5s' } }),
    );
    const seconds = (performance.now() - began) / 1000;
    expect(done.value.code).toBe(0);
    expectUnnoticed(done);
    expect(done.value.stderr).toContain('Take the kept images of backend');
    expect(done.value.stderr).not.toContain('Build backend');
    expect((await serving(server)).version).toBe('good');
    const trees = await server.sh(
      `cd /srv/app && git rev-parse "HEAD^{tree}" "${good.commit}^{tree}" | uniq`,
    );
    expect(trees.trim().split('\n')).toHaveLength(1);
    expect(await server.sh('cd /srv/app && git log -1 --format=%s')).toContain('Revert "regretted"');
    await expectClean(server);
    console.log(`rollback from kept images under load: ${seconds.toFixed(1)} s from start to done`);
  });

  it('keeps what was rolled back from coming back, and lets the mended commit through', async () => {
    const refused = await ops(['deploy', '--json']);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('ROLLED_BACK');
    await push('mended');
    const mended = await ops(['deploy', '--json']);
    expect(mended.code).toBe(0);
    expect((await serving(server)).version).toBe('mended');
    expect(await server.sh('cd /srv/app && git for-each-ref refs/ops/kept')).not.toBe('');
    await expectClean(server);
  });

  it('pushes the revert when asked', async () => {
    const done = await ops(['rollback', '--push']);
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('Pushed the revert commits');
    const [here, there] = [
      await server.sh('cd /srv/app && git rev-parse HEAD'),
      await server.sh('git --git-dir /srv/git/app.git rev-parse main'),
    ];
    expect(there).toBe(here);
    await expectClean(server);
  });
});

describe('care', () => {
  it('a second deploy at the same time is refused with the name of the first', async () => {
    await push('race');
    let release: ((value: unknown) => void) | undefined;
    const locked = new Promise((resolve) => (release = resolve));
    const first = ops(['deploy'], {
      env: { OPS_ACTOR: 'alice' },
      onStderr: (text) => {
        if (text.includes('✔ Take the lock')) release?.(undefined);
      },
    });
    await locked;
    const second = await ops(['deploy', '--json']);
    expect(second.code).toBe(7);
    expect(second.stdout).toMatch(/alice@/);
    const waiting = await ops(['deploy', '--json', '--lock-wait', '2m']);
    expect((await first).code).toBe(0);
    expect(waiting.code).toBe(0);
    await expectClean(server);
  });

  it('local changes on the server stop it, and are listed', async () => {
    await push('over local changes');
    await server.sh('cd /srv/app && echo "# by hand" >> docker-compose.prod.yml');
    const refused = await ops(['deploy', '--json']);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('docker-compose.prod.yml');
    expect(await server.sh('tail -n 1 /srv/app/docker-compose.prod.yml')).toContain('# by hand');
    const stashed = await ops(['deploy', '--stash']);
    expect(stashed.code).toBe(0);
    expect(await server.sh('cd /srv/app && git stash list')).toContain('ops ');
    await expectClean(server);
  });

  it('what needs downtime is named and refused before anything is changed; with consent it is done', async () => {
    const before = await serving(server);
    const file = await server.sh('cat /srv/app/docker-compose.prod.yml');
    await push('more connections', {
      'docker-compose.prod.yml': file.replace('max_connections=100', 'max_connections=101'),
    });
    const refused = await ops(['deploy', '--json']);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('NEEDS_DOWNTIME');
    expect(refused.stdout).toContain('db: it keeps state');
    expect(await serving(server)).toEqual(before);
    expect((await ops(['deploy', '--allow-downtime'])).code).toBe(0);
    expect(await server.sh('docker exec shop-db-1 psql -U shop -Atc "show max_connections"')).toContain(
      '101',
    );
    await expectClean(server);
  });
});

describe('the contrast', () => {
  it('the same load against `docker compose up -d --force-recreate`', async () => {
    const load = startLoad(server.url());
    await sleep(1_000);
    await server.sh(
      'cd /srv/app && docker compose -f docker-compose.prod.yml up -d --force-recreate --no-deps backend 2>&1',
    );
    await server.sh('docker exec shop-nginx-1 nginx -s reload');
    await sleep(6_000);
    const { failed, requests } = await load.stop();
    console.log(
      `docker compose up -d --force-recreate under the same load: ${failed} of ${requests} requests failed`,
    );
    expect(failed).toBeGreaterThan(0);
  });
});
