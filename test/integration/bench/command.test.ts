import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../../support/run-cli.ts';
import { startSite, type Site } from '../../support/run-site.ts';

let site: Site;
let cwd: string;
beforeAll(async () => {
  site = await startSite();
  cwd = mkdtempSync(join(tmpdir(), 'ops-bench-'));
});
afterAll(async () => {
  await site.stop();
  rmSync(cwd, { recursive: true, force: true });
});

async function bench(...args: readonly string[]): Promise<CliResult> {
  return await runCli(['bench', ...args], { source: true, cwd });
}

describe('ops bench', () => {
  it('measures a URL, and compares it with thresholds', async () => {
    const { code, json } = await bench(
      `${site.url}/delay?ms=30`,
      ...'--connections 3 --duration 1s --warm-up 0s --json --threshold p50>25ms --threshold p50<25ms'.split(
        ' ',
      ),
    );
    expect(code).toBe(1);
    expect(json()).toMatchObject({
      command: 'bench',
      ok: false,
      reason: 'checksFailed',
      result: {
        version: 1,
        scenario: { load: { kind: 'closed', connections: 3 } },
        total: { errorShare: 0 },
      },
      thresholds: [{ kept: true }, { kept: false }],
    });
  });

  it('prints a table', async () => {
    const { stdout } = await bench(
      site.url,
      '/a',
      '/b',
      ...'--requests 40 --rate 100 --warm-up 0s --timeout 5s'.split(' '),
    );
    expect(stdout).toMatch(/GET \/a +20 /);
    expect(stdout).toMatch(/all +40 /);
    expect(stdout).toContain('generator  lag p50');
  });

  it('stops a run whose requests fail', async () => {
    const { code, json } = await bench(
      `${site.url}/status?code=500`,
      ...'--rate 200 --duration 20s --warm-up 0s --json'.split(' '),
    );
    expect(code).toBe(1);
    expect(json()).toMatchObject({ result: { stopped: 'errors' } });
  });

  it('shows what it has when it is interrupted', async () => {
    const { code, json } = await runCli(
      ['bench', site.url, '--duration', '30s', '--warm-up', '0s', '--json'],
      {
        source: true,
        cwd,
        onStart: ({ kill }) => setTimeout(() => kill('SIGINT'), 4_000),
      },
    );
    expect(code).toBe(130);
    expect(json()).toMatchObject({ reason: 'interrupted', result: { stopped: 'interrupted' } });
  });

  it('asks what ops.yaml says of a target, and only there a site that is not on this machine', async () => {
    writeFileSync(
      join(cwd, 'ops.yaml'),
      `hosts: [203.0.113.5]\nurl: ${site.url}\nbench:\n  requests: [/a, { path: /b, weight: 3 }]\n  rate: 100\n  duration: 1s\n  warm_up: 0s\n  thresholds: [errors<1%]\n`,
    );
    const { json } = await bench('-t', 'production', '--json');
    expect(json()).toMatchObject({
      result: { total: { sent: 100 }, requests: { 'GET /a': { sent: 25 }, 'GET /b': { sent: 75 } } },
      thresholds: [{ threshold: 'errors<1%', kept: true }],
    });
    const stranger = await bench('http://192.0.2.1/');
    expect(stranger.code).toBe(2);
    expect(stranger.stderr).toContain('NEEDS_YES');
    const own = await bench(
      'http://203.0.113.5:9/',
      '--requests',
      '1',
      '--warm-up',
      '0s',
      '--timeout',
      '100ms',
      '--json',
    );
    expect(own.json()).toMatchObject({ reason: 'checksFailed', result: { total: { ok: 0 } } });
    const meant = await bench(
      'http://192.0.2.1/',
      '--i-own-this',
      '--requests',
      '1',
      '--warm-up',
      '0s',
      '--timeout',
      '100ms',
    );
    expect(meant.code).toBe(1);
  });

  it.each([
    [['/a'], 'TARGET_MISSING'],
    [['localhost:80'], 'WRONG_PATH'],
    [['http://127.0.0.1/', '--method', 'DELETE'], 'NEEDS_ALLOW_WRITES'],
    [['http://127.0.0.1/', '--threshold', 'p95'], 'WRONG_THRESHOLD'],
    [['http://127.0.0.1/', '--ca', 'nowhere.pem'], 'WRONG_CA'],
  ])('refuses %j', async (args, code) => {
    rmSync(join(cwd, 'ops.yaml'), { force: true });
    const { code: exit, stderr } = await bench(...args);
    expect(exit).toBe(2);
    expect(stderr).toContain(code);
  });
});
