import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Effect, Metric } from '../../src/bench/sample/tables.ts';
import type { BenchResult } from '../../src/bench/result.ts';
import { runCli } from '../support/run-cli.ts';

let root: string;

beforeAll(() => {
  root = join(realpathSync(tmpdir()), 'ops-e2e', 'e2e-bench');
  mkdirSync(root, { recursive: true });
});

interface BeforeAfter {
  rows: Metric[];
  effects: Effect[];
  before: BenchResult;
  after: BenchResult;
}

it('measures the sample app with its causes of slowness, and without', async () => {
  const page = join(root, 'page.md');
  const report = join(root, 'report.html');
  const flags = ['--before-after', '--duration', '4s', '--page', page, '--report', report, '--json'];
  const result = await runCli(['bench', ...flags, '--install-engine'], { cwd: root, timeoutMs: 590_000 });
  const { before, after, rows } = result.json() as unknown as BeforeAfter;
  // How much faster depends on the machine; that it is, does not.
  expect(after.total.rate).toBeGreaterThan(3 * before.total.rate);
  expect([before.total.cache, after.total.cache['HIT']]).toEqual([{}, expect.any(Number)]);
  expect([before.total.errors, after.total.errors]).toEqual([{}, {}]);
  expect(Object.keys(after.server?.services ?? {}).toSorted()).toEqual(['backend', 'db', 'nginx']);
  expect(result.code).toBe(rows.every(({ reached }) => reached !== false) ? 0 : 1);
  const text = readFileSync(page, 'utf8');
  for (const { name, before: one, after: other } of rows)
    expect(text).toContain(`| ${name} | ${one} | ${other} |`);
  expect(readFileSync(report, 'utf8')).toContain('<svg');
});
