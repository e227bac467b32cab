import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Comparison } from '../../src/bench/compare.ts';
import type { BenchResult } from '../../src/bench/result.ts';
import { runCli, type CliResult } from '../support/run-cli.ts';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';

let server: TestSandbox;

beforeAll(async () => {
  // One worker, no cache: its limit is reached with few clients.
  server = await sandbox({ name: 'e2e-shop' });
  await server.reset('before');
  const compose = 'docker compose -f docker-compose.prod.yml';
  await server.sh(`cd /srv/app && ${compose} build --quiet && ${compose} up --detach --wait --quiet-pull`);
});

afterAll(async () => {
  await server.rest();
});

/** Of the target, which has no URL: requests go through an SSH tunnel, and so do the samples of the server. */
async function bench(...args: readonly string[]): Promise<CliResult> {
  const words = ['bench', '/api/products', '--connections', '8', '--warm-up', '1s', '--duration', '6s'];
  return await runCli([...words, '-t', server.name, ...args], { cwd: server.root, timeoutMs: 240_000 });
}

function resultOf(run: CliResult): BenchResult {
  return (run.json() as { result: BenchResult }).result;
}

/** A machine that is too busy makes figures that are not to be trusted, which `ops` must say. */
const codeOf = ({ invalid }: BenchResult): number => (invalid.length === 0 ? 0 : 1);

it('measures a target through SSH, with what its services use meanwhile', async () => {
  const page = join(server.root, 'bench.html');
  const run = await bench('--save', 'tunnel', '--report', page, '--threshold', 'rps>0.1', '--json');
  const result = resultOf(run);
  const { total, server: figures } = result;
  expect({ code: run.code, errors: total.errors }).toEqual({ code: codeOf(result), errors: {} });
  expect(total.ok).toBeGreaterThan(5);

  const { nginx, backend, db } = figures?.services ?? {};
  for (const service of [nginx, backend, db]) {
    expect(service?.cpu).toBeGreaterThan(0);
    expect(service?.memoryBytes).toBeGreaterThan(1024 ** 2);
  }
  // PostgreSQL's 100, less those that it keeps for its superuser.
  expect(figures?.databaseConnections?.limit).toBe(97);
  expect(figures?.databaseConnections?.max).toBeGreaterThanOrEqual(1);
  expect(figures?.samples.length).toBeGreaterThan(1);
  const html = readFileSync(page, 'utf8');
  expect(html).toContain('<svg');
  expect(html).toContain('backend');
});

it('names a limit that throttles a service as what held it back, and the change as none of chance', async () => {
  const container = 'docker ps --quiet --filter label=com.docker.compose.service=backend';
  await server.sh(`docker update --cpus 0.03 $(${container})`);
  const run = await bench('--compare', 'tunnel', '--threshold', 'p50<1ms', '--no-stop', '--json');
  expect(run.code).toBe(1);
  const { server: figures, invalid } = resultOf(run);
  expect(figures?.services['backend']?.cpuLimit).toBe(0.03);
  expect(figures?.services['backend']?.throttled).toBeGreaterThan(0.3);
  expect(figures?.bottleneck).toMatch(invalid.length === 0 ? /backend/ : /backend|generator/);
  const { comparison, thresholds } = run.json() as { comparison: Comparison; thresholds: object[] };
  expect(thresholds).toMatchObject([{ kept: false }]);
  expect(comparison.changes.find(({ metric }) => metric === 'p50')?.verdict).toBe('worse');
});
