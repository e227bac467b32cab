import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/check/run.ts';
import type { CheckId } from '../../src/check/registry.ts';
import type { Variant } from '../../src/sandbox/app.ts';
import { runCli, type CliResult } from '../support/run-cli.ts';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';
import { visitors } from '../support/visitors.ts';

const name = 'e2e-shop';
let server: TestSandbox;

/** On a slow machine the look itself is much of what a short window sees. */
const env = { OPS_CHECKS_CPU_WINDOW: '10s' };

async function ops(...args: readonly string[]): Promise<CliResult> {
  return await runCli([...args, '-t', name], { cwd: server.root, env });
}

/** The app as a person would start it by hand: ops has made no release yet. */
async function start(variant: Variant): Promise<void> {
  await server.reset(variant);
  const compose = 'docker compose -f docker-compose.prod.yml';
  await server.sh(
    `cd /srv/app && GIT_COMMIT=$(git rev-parse HEAD) ${compose} build --quiet && ${compose} up --detach --wait --quiet-pull`,
  );
  if (variant === 'after') await server.sh(`cd /srv/app && ${compose} exec -T backend python3 migrate.py`);
}

interface Checked {
  code: number | null;
  results: Readonly<Record<CheckId, CheckResult>>;
}

async function check(...flags: readonly string[]): Promise<Checked> {
  const result = await ops('check', '--json', ...flags);
  const { hosts } = result.json() as { hosts: { checks: CheckResult[] }[] };
  const entries = (hosts[0]?.checks ?? []).map((one) => [one.id, one]);
  return { code: result.code, results: Object.fromEntries(entries) as Checked['results'] };
}

/** While 20 people browse the products, two pages a second each. */
async function checkUnderVisits(): Promise<Checked> {
  const people = visitors(`${server.url()}/api/products`, 20, 500);
  await wait(2_000);
  const checked = await check();
  const { answered } = await people.stop();
  expect(answered).toBeGreaterThan(20);
  return checked;
}

beforeAll(async () => {
  server = await sandbox({ name });
});

afterAll(async () => {
  await server.rest();
});

describe('the app with eight causes of slowness', () => {
  beforeAll(async () => {
    await start('before');
  });

  it('fails the four checks for the right reasons', async () => {
    const { code, results } = await checkUnderVisits();
    expect(code).toBe(1);
    expect(results.workers).toMatchObject({
      status: 'fail',
      value: 1,
      message: 'backend: 1 uvicorn process: a single worker answers one request after the other.',
    });
    expect(results['cache-hit-rate']).toMatchObject({
      status: 'fail',
      value: 0,
      message: 'nginx has no cache: no proxy_cache is in its configuration.',
    });
    expect(results['response-time'].status).toBe('fail');
    expect(results['response-time'].value).toBeGreaterThan(200);
    expect(results['response-time'].message).toMatch(/^\/api\/products: p50 \d+/);
    // A single worker and its database keep about a core and a half busy; what share that is depends on the machine.
    const { value: cpu = 0, message, status } = results.cpu;
    const cores = Number(/ on (\d+) cores?/.exec(message)?.[1]);
    expect((cpu / 100) * cores).toBeGreaterThan(0.7);
    expect(status).toBe(cpu < 40 ? 'pass' : 'fail');
    expect(results.health.status).toBe('pass');
    expect(results.restarts.status).toBe('pass');
    expect(results['database-connections'].status).toBe('pass');
  });

  it('says so on a terminal of its own, with a summary', async () => {
    const { code, stdout, stderr } = await ops(
      'check',
      '--only',
      'workers',
      '--only',
      'cache-hit-rate',
      '--only',
      'disk',
    );
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/error/i);
    expect(stdout).toMatch(/✖ fail +App workers +1 worker +≥ 2 workers +backend: 1 uvicorn process/);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^2 failed, (1 warned, |1 unknown, )?\d+ passed$/);
  });
});

describe('the app with all of them mended', () => {
  beforeAll(async () => {
    await start('after');
    await ops('check', '--only', 'response-time');
  });

  it('passes the four checks under the same visits', async () => {
    const { code, results } = await checkUnderVisits();
    expect(results.workers).toMatchObject({
      status: 'pass',
      value: 4,
      message: 'backend: 5 gunicorn processes (1 master + 4 workers).',
    });
    expect(results['cache-hit-rate']).toMatchObject({ status: 'pass' });
    expect(results['cache-hit-rate'].message).toMatch(/by the access log \(docker logs\)/);
    expect(results['response-time']).toMatchObject({ status: 'pass' });
    expect(results.cpu).toMatchObject({ status: 'pass' });
    expect(results.health).toMatchObject({ status: 'pass' });
    expect(results['database-connections']).toMatchObject({ status: 'pass' });
    expect(results.errors).toMatchObject({ status: 'pass', value: 0 });
    expect(results.certificate).toMatchObject({ status: 'notApplicable' });
    expect(code).toBe(0);
  });

  it('reads only what is asked for', async () => {
    const { code, results } = await check('--only', 'restarts');
    expect(code).toBe(0);
    expect(Object.keys(results)).toEqual(['restarts']);
  });

  it('watches until Ctrl+C, then ends as the last round did', async () => {
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    let seen = '';
    const rounds = (): number => seen.match(/^1 passed$/gm)?.length ?? 0;
    const { code, stdout } = await runCli(
      ['check', '--only', 'restarts', '--watch', '--interval', '500ms', '-t', name],
      {
        cwd: server.root,
        onStart: (child) => (kill = child.kill),
        onStdout: (text) => {
          seen += text;
          if (rounds() < 2) return;
          // Once: a second one would end it at once.
          kill?.('SIGINT');
          kill = undefined;
        },
      },
    );
    expect(code).toBe(0);
    expect(rounds()).toBeGreaterThan(1);
    expect(stdout).not.toContain('\u001B');
  });

  it('shows what runs', async () => {
    const { code, stdout } = await ops('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/● +backend +1\/1 +healthy/);
    expect(stdout).toMatch(/● +nginx \(proxy\) +1\/1 +healthy/);
    expect(stdout).toMatch(/release +none made by ops yet/);
    const { hosts } = (await ops('status', '--json')).json() as {
      hosts: { status: { services: unknown[] } }[];
    };
    expect(hosts[0]?.status.services).toHaveLength(3);
  });

  it('has no history yet', async () => {
    const result = await ops('history', '--json');
    expect(result.code).toBe(0);
    expect(result.json()).toMatchObject({ hosts: [{ releases: [] }] });
  });

  it('shows logs: of one service, filtered, and never its escape sequences', async () => {
    const all = await ops(
      'logs',
      'backend',
      '--tail',
      '200',
      '--grep',
      String.raw`Booting worker with pid: \d+`,
    );
    expect(all.code).toBe(0);
    expect(all.stdout.trim().split('\n')).toHaveLength(4);
    await runCli(
      [
        'exec',
        'nginx',
        '-t',
        name,
        '--',
        'sh',
        '-c',
        String.raw`printf 'evil \033[2J\033]0;title\007 end\n' > /proc/1/fd/1`,
      ],
      {
        cwd: server.root,
      },
    );
    const { stdout } = await ops('logs', 'nginx', '--tail', '20', '--grep', 'evil');
    expect(stdout).toBe('nginx-1 | evil  end\n');
    const unknown = await ops('logs', 'nosuch');
    expect(unknown).toMatchObject({ code: 4, stdout: '' });
    expect(unknown.stderr).toContain('no such service: nosuch');
  });

  it('follows logs until Ctrl+C and leaves nothing running on the server', async () => {
    // Asked until it is seen: nobody knows when the following has begun.
    const visits = setInterval(() => void fetch(`${server.url()}/api/products?followed`), 500);
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const { code, stdout } = await runCli(['logs', 'nginx', '-f', '--tail', '0', '-t', name], {
      cwd: server.root,
      onStart: (child) => (kill = child.kill),
      onStdout: (text) => {
        if (!text.includes('?followed')) return;
        clearInterval(visits);
        kill?.('SIGINT');
        kill = undefined;
      },
    }).finally(() => clearInterval(visits));
    expect(code).toBe(0);
    expect(stdout).toContain('?followed');
    expect(await server.sh(`ps -ef | grep -c '[c]ompose.*logs' || :`, { user: 'root' })).toBe('0');
  });

  it('runs a command in a container and ends with its exit code', async () => {
    const words = ['sh', '-c', 'echo out; echo err >&2; exit 7'];
    const run = async (...flags: readonly string[]): Promise<CliResult> =>
      await runCli(['exec', 'backend', '-t', name, ...flags, '--', ...words], { cwd: server.root });
    expect(await run()).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    const json = await run('--json');
    expect(json.code).toBe(7);
    expect(json.json()).toMatchObject({
      ok: false,
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'err\n',
      service: 'backend',
    });
  });

  it('names a service that is down, and fails', async () => {
    await server.sh('docker stop shop-backend-1');
    const { code, results } = await check('--only', 'health', '--only', 'response-time', '--only', 'workers');
    expect(code).toBe(1);
    expect(results.health).toMatchObject({ status: 'fail' });
    expect(results.health.message).toMatch(/^backend: 0 of 1 containers run; \/health: HTTP 50[24]\.$/);
    await server.sh('docker start shop-backend-1');
  });

  it('a host that is not there is reported as such', async () => {
    const { code, stdout } = await runCli(
      ['check', '--host', '127.0.0.1', '--port', '1', '--json', '-t', name],
      {
        cwd: server.root,
      },
    );
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, reason: 'connection' });
  });
});
