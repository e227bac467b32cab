import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { variantDirectory } from '../../src/sandbox/app.ts';
import { auditOrders, startLoad, type LoadReport, type OrderAudit } from './load.ts';
import { runCli, type CliResult, type RunCliOptions } from './run-cli.ts';
import type { TestSandbox } from './sandbox.ts';

/** What one host of a rollout reports with `--json`. */
export interface HostReport {
  host: string;
  outcome: string;
  durationMs: number;
  probe?: { requests: number; failed: number; longestGapMs: number };
}

/** The shop with one worker: what is tested starts many times, on small machines. */
export const oneWorker: Readonly<Record<string, string>> = {
  'backend/Dockerfile': readFileSync(
    join(variantDirectory('after'), 'backend', 'Dockerfile'),
    'utf8',
  ).replace('"--workers", "4"', '"--workers", "1"'),
};

/** Commits a release that differs from every other by its version, and is a healthy one unless `files` say otherwise. */
export async function pushRelease(
  server: TestSandbox,
  version: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  return await server.commit(
    { ...oneWorker, 'backend/VERSION': `${version}\n`, 'backend/fault.txt': '', ...files },
    version,
  );
}

/** Runs `ops` against a sandbox, with short waits: what is tested is the order of things, not patience. */
export function opsFor(server: TestSandbox) {
  const settings = { OPS_STABILITY: '1s', OPS_HEALTH_TIMEOUT: '90s', OPS_BUILD_CACHE: 'true' };
  return async (args: readonly string[], options: RunCliOptions = {}): Promise<CliResult> =>
    await runCli([...args, '-t', server.name], {
      cwd: server.root,
      timeoutMs: 240_000,
      ...options,
      env: { ...settings, ...options.env },
    });
}

export function hostsOf(result: CliResult): readonly HostReport[] {
  return (result.json() as { hosts: HostReport[] }).hosts;
}

export interface UnderLoad<Value> {
  value: Value;
  load: LoadReport;
  orders: OrderAudit;
}

/** Does something while 20 visitors browse and place slow orders; then counts what they met. */
export async function underLoad<Value>(
  server: TestSandbox,
  work: () => Promise<Value>,
): Promise<UnderLoad<Value>> {
  const load = startLoad(server.url());
  try {
    const value = await work();
    const report = await load.stop();
    return { value, load: report, orders: await auditOrders(server.url(), report) };
  } finally {
    await load.stop();
  }
}

/**
 * Nobody met an error, and every order that was confirmed is there once.
 *
 * @param crashes the app itself dies at its work: between its commit and its answer that is a request without an
 * answer, which nginx sends to another container, so that an order is handled twice (and placed once)
 */
export function expectUnnoticed({ load, orders }: UnderLoad<unknown>, { crashes = false } = {}): void {
  expect({ failed: load.failed, reasons: load.reasons }).toEqual({ failed: 0, reasons: {} });
  expect(load.requests).toBeGreaterThan(100);
  expect(orders).toMatchObject(crashes ? { lost: 0 } : { lost: 0, doubled: 0 });
  expect(orders.confirmed).toBeGreaterThan(10);
}

/** Nothing of a rollout is left on a server but the release: no lock, pin, extra container, half release. */
export async function expectClean(
  server: TestSandbox,
  { host = 0, containers = 3 }: { host?: number; containers?: number } = {},
): Promise<void> {
  const left = await server.sh(
    [
      'cd /srv/app',
      '[ ! -d .ops/lock ] || echo "a lock"',
      '! docker exec shop-nginx-1 grep "# ops" /etc/hosts',
      `[ "$(docker ps --all --quiet --filter label=com.docker.compose.project=shop | wc -l)" = ${containers} ] || docker ps --all --format "{{.Names}} {{.Status}}"`,
      'git status --porcelain',
      '[ -z "$(ls -d .ops/keep .ops/revert-* .ops/look.* 2>/dev/null)" ] || ls .ops',
      'tail -n 1 .ops/ledger.jsonl | grep -q \'"event":"finished"\' || echo "an unfinished release"',
    ].join('\n'),
    { host },
  );
  expect(left.trim()).toBe('');
}

/** The id of the release that serves, its commit, and the containers of the app. */
export async function serving(
  server: TestSandbox,
  host = 0,
): Promise<{ version: string; commit: string; containers: string }> {
  const response = await fetch(`${server.url(host)}/version`);
  const { version } = (await response.json()) as { version: string };
  const [commit = '', containers = ''] = (
    await server.sh(
      'cd /srv/app && git rev-parse HEAD && docker ps --quiet --no-trunc --filter label=com.docker.compose.service=backend | sort | tr "\\n" " "',
      { host },
    )
  ).split('\n');
  return { version, commit, containers };
}
