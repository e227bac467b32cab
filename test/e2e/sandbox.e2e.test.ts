import { existsSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../../src/sandbox/docker.ts';
import { runCli } from '../support/run-cli.ts';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';

const compose = 'cd /srv/app && docker compose -f docker-compose.prod.yml';

describe('ops sandbox', () => {
  const root = join(realpathSync(tmpdir()), 'ops-e2e', 'cli');
  const files = join(root, '.ops', 'sandbox', 'cli');
  const ops = async (...args: string[]) => await runCli(args, { cwd: root, timeoutMs: 600_000 });

  const containers = async (): Promise<string[]> =>
    (
      await docker([
        'ps',
        '--all',
        '--format',
        '{{.Names}}',
        '--filter',
        `label=dev.ops.sandbox.root=${root}`,
      ])
    )
      .split('\n')
      .filter(Boolean);

  beforeAll(async () => {
    mkdirSync(root, { recursive: true });
    await ops('sandbox', 'down', '--name', 'cli');
  });
  afterAll(async () => {
    await ops('sandbox', 'down', '--name', 'cli');
    rmSync(root, { recursive: true, force: true });
  });

  it('starts a server, shows that it works from the beginning on, and starts none the second time', async () => {
    const firstWords: number[] = [];
    const began = performance.now();
    const first = await runCli(['sandbox', 'up', '--name', 'cli'], {
      cwd: root,
      timeoutMs: 600_000,
      onStderr: () => firstWords.push(performance.now() - began),
    });
    expect(first.stderr).toContain('Start the server');
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('Next: ops deploy -t cli');
    // Node.js itself takes a part of it; a machine that is busy takes more.
    expect(firstWords[0]).toBeLessThan(2000);

    const second = await ops('sandbox', 'up', '--name', 'cli', '--json');
    expect(second.json()).toMatchObject({ ok: true, sandbox: { name: 'cli', seed: 'after' } });
    expect(second.stderr).toBe('');
    expect(await containers()).toHaveLength(1);
  });

  it('keeps its files private', () => {
    expect(statSync(files).mode & 0o777).toBe(0o700);
    for (const name of ['id_ed25519', 'known_hosts', 'target.yaml', 'state.json'])
      expect([name, statSync(join(files, name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  it('publishes ports on the loopback address only', async () => {
    const [container = ''] = await containers();
    const format =
      '{{range $port, $at := .NetworkSettings.Ports}}{{range $at}}{{println .HostIp}}{{end}}{{end}}';
    const addresses = (await docker(['container', 'inspect', '--format', format, container]))
      .split('\n')
      .filter(Boolean);
    expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('runs commands on the server by ssh, and passes their exit code on', async () => {
    const run = await ops(
      'sandbox',
      'ssh',
      '--name',
      'cli',
      '--',
      'id -un; docker compose version --short; exit 7',
    );
    expect(run.stdout).toMatch(/^deploy\n2\.\d+/);
    expect(run.code).toBe(7);
    const git = await ops(
      'sandbox',
      'ssh',
      'cli-1',
      '--name',
      'cli',
      '--json',
      '--',
      'git -C /srv/app status -sb',
    );
    expect(git.json()).toMatchObject({
      ok: true,
      exitCode: 0,
      host: 'cli-1',
      stdout: '## main...origin/main',
    });
    expect((await ops('sandbox', 'ssh', 'cli-9', '--name', 'cli')).code).toBe(2);
  });

  it('adds servers that share the git origin, and starts one that was stopped', async () => {
    const [container = ''] = await containers();
    await docker(['stop', '--time', '5', container]);
    expect((await ops('sandbox', 'status', '--name', 'cli')).stdout).toMatch(/cli-1 +exited/);
    const up = await ops('sandbox', 'up', '--name', 'cli', '--hosts', '2', '--json');
    expect(up.json()).toMatchObject({ sandbox: { hosts: [{ name: 'cli-1' }, { name: 'cli-2' }] } });
    expect((await ops('sandbox', 'status', '--name', 'cli')).stdout).toMatch(
      /cli-1 +running.*\n.*cli-2 +running/,
    );
    const commits = await Promise.all(
      ['cli-1', 'cli-2'].map(
        async (host) =>
          (await ops('sandbox', 'ssh', host, '--name', 'cli', '--', 'git -C /srv/app rev-parse HEAD')).stdout,
      ),
    );
    expect(commits[0]).toMatch(/^[0-9a-f]{40}\n$/);
    expect(commits[1]).toBe(commits[0]);
  });

  it('is a target by its name', async () => {
    const { code, stdout, stderr } = await ops('config', 'show', '-t', 'cli', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('cli-2');
  });

  it('removes everything', async () => {
    const down = await ops('sandbox', 'down', '--name', 'cli', '--json');
    expect(down.json()).toMatchObject({ ok: true, engineStopped: false });
    expect(await containers()).toEqual([]);
    for (const kind of ['volume', 'network'])
      expect(await docker([kind, 'ls', '--quiet', '--filter', `label=dev.ops.sandbox.root=${root}`])).toBe(
        '',
      );
    expect(existsSync(files)).toBe(false);
    expect((await ops('sandbox', 'down', '--name', 'cli')).code).toBe(0);
    expect((await ops('sandbox', 'ssh', '--name', 'cli')).code).toBe(2);
  });
});

describe('the sample shop', () => {
  let server: TestSandbox;

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url() + path, { headers });
    return {
      status: response.status,
      cache: response.headers.get('x-cache-status'),
      body: await response.text(),
    };
  };
  const order = async (id: string, delayMs = 0) => {
    const response = await fetch(`${server.url()}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, product_id: 1, quantity: 1, delay_ms: delayMs }),
    });
    return { status: response.status, body: await response.json() };
  };

  beforeAll(async () => {
    server = await sandbox({ name: 'shop' });
  });
  afterAll(async () => {
    await server.down();
  });

  describe.each(['before', 'after'] as const)('%s', (variant) => {
    beforeAll(async () => {
      await server.reset(variant);
      await server.sh(`${compose} build --no-cache --quiet`);
      if (variant === 'after') await server.sh(`${compose} run --rm -T backend python3 migrate.py`);
      await server.sh(`${compose} up --detach --wait`);
    });

    it('serves products, with or without a cache', async () => {
      const first = await get('/api/products');
      const second = await get('/api/products');
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(JSON.parse(second.body)).toHaveLength(50);
      expect([first.cache, second.cache]).toEqual(variant === 'after' ? ['MISS', 'HIT'] : [null, null]);
    });

    it('never answers from the cache to who is logged in', async () => {
      const visitors: readonly Record<string, string>[] = [
        { authorization: 'Bearer x' },
        { cookie: 'session=x' },
      ];
      for (const headers of visitors) {
        const { status, cache } = await get('/api/products', headers);
        expect([status, cache]).toEqual([200, variant === 'after' ? 'BYPASS' : null]);
      }
    });

    it('places each order once', async () => {
      expect(await order('one')).toEqual({ status: 201, body: { id: 'one', attempts: 1 } });
      expect(await order('one')).toEqual({ status: 200, body: { id: 'one', attempts: 2 } });
      await order('two', 50);
      expect(JSON.parse((await get('/api/orders/count')).body)).toEqual({ orders: 2, attempts: 3 });
      expect(JSON.parse((await get('/api/orders/ids')).body)).toEqual([
        { id: 'one', attempts: 2 },
        { id: 'two', attempts: 1 },
      ]);
    });

    it('is healthy as long as the database is', async () => {
      expect((await get('/health')).status).toBe(200);
      await server.sh(`${compose} stop db`);
      expect((await get('/health')).status).toBe(503);
      await server.sh(`${compose} up --detach --wait`);
      expect((await get('/health')).status).toBe(200);
      expect(JSON.parse((await get('/version')).body)).toMatchObject({ version: '1' });
    });

    it('runs the processes that it should', async () => {
      const top = await server.sh('docker top shop-backend-1 -eo pid,args');
      const count = (pattern: RegExp) => top.split('\n').filter((line) => pattern.test(line)).length;
      expect(count(/gunicorn main:app/)).toBe(variant === 'after' ? 5 : 0);
      expect(count(/uvicorn main:app/)).toBe(variant === 'after' ? 0 : 1);
    });
  });

  it('refuses with 429 when one address asks the app too much', async () => {
    const answers = await Promise.all(
      Array.from({ length: 800 }, async () => await get('/api/products', { authorization: 'x' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    // What the cache answers isn't counted.
    expect((await get('/api/products')).status).toBe(200);
  });

  it.each([
    ['migration-fails', 'run --rm -T backend python3 migrate.py', /migration failed/],
    ['never-healthy', 'up --detach --wait --wait-timeout 25', /unhealthy|timeout|healthy/i],
  ])('has a fault switch: %s', async (fault, command, expected) => {
    await server.commit({ 'backend/fault.txt': `${fault}\n` }, `A release with ${fault}`);
    await server.sh(`cd /srv/app && git pull --quiet && ${compose} build --quiet`);
    const { code, stderr, stdout } = await server.exec(`${compose} ${command}`);
    expect(code).not.toBe(0);
    expect(stderr + stdout).toMatch(expected);
  });

  it.each(['exit-after:1', 'crash-after-requests:1'])('has a fault switch: %s', async (fault) => {
    await server.commit({ 'backend/fault.txt': `${fault}\n` }, `A release with ${fault}`);
    // Without the proxy: it would wait for a healthy backend, which may be gone before it is.
    await server.sh(
      `cd /srv/app && git pull --quiet && ${compose} build --quiet && ${compose} up --detach backend`,
    );
    // A request of its own: the health check doesn't count. What `docker exec` says of a container that is gone goes to stdout.
    const restarts = `for i in $(seq 50); do docker exec shop-backend-1 curl -sm 1 -o /dev/null http://127.0.0.1:8000/version >/dev/null 2>&1; n=$(docker inspect --format '{{.RestartCount}}' shop-backend-1); [ "$n" = 0 ] || break; sleep 0.2; done; echo "$n"`;
    expect(Number(await server.sh(restarts))).toBeGreaterThan(0);
  });
});
