import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { severities } from '../../src/audit/finding.ts';
import { isOpen, type AuditReport } from '../../src/audit/report.ts';
import { variantDirectory, type Variant } from '../../src/sandbox/app.ts';
import { runCli, type CliResult } from '../support/run-cli.ts';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';
import { visitors } from '../support/visitors.ts';

const name = 'e2e-audit';
const folder = mkdtempSync(join(tmpdir(), 'ops-e2e-audit-'));
let server: TestSandbox;

async function ops(...args: readonly string[]): Promise<CliResult> {
  return await runCli(args, { cwd: server.root, timeoutMs: 300_000 });
}

async function deploy(env: Readonly<Record<string, string>> = {}): Promise<void> {
  // New limits and settings of the database take effect when it is made anew.
  const flags = ['-t', name, '--allow-downtime', '--yes'];
  const { code, stderr } = await runCli(['deploy', ...flags], { cwd: server.root, env, timeoutMs: 300_000 });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

function report(result: CliResult): AuditReport {
  return result.json() as unknown as AuditReport;
}

/** Findings at medium or above that count: `rule@subject`, sorted. */
function grave({ findings }: AuditReport): string[] {
  return findings
    .filter((one) => isOpen(one) && severities.indexOf(one.severity) <= severities.indexOf('medium'))
    .map(({ rule, subject }) => `${rule}@${subject}`)
    .toSorted();
}

/** A developer's clone of a variant of the app. */
function clone(variant: Variant): string {
  const directory = join(folder, variant);
  cpSync(variantDirectory(variant), directory, { recursive: true });
  const git = (...args: readonly string[]): void => {
    execFileSync('git', [
      '-C',
      directory,
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@example.com',
      ...args,
    ]);
  };
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'First release');
  return directory;
}

const eightCauses = [
  'app-connection-pool@backend',
  'app-single-worker@backend',
  'container-no-limits@backend',
  'container-no-limits@db',
  'nginx-long-timeouts@nginx',
  'nginx-no-cache@nginx',
  'nginx-no-rate-limit@nginx',
  'nginx-no-upstream-keepalive@nginx',
  'postgres-defaults@db',
];

beforeAll(async () => {
  server = await sandbox({ name, variant: 'before' });
  await server.reset('before');
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.rest();
});

describe('the stack with eight causes of slowness', () => {
  it('is deployed, and the audit of the running server names exactly the eight', async () => {
    await deploy();
    const live = await ops('audit', '-t', name, '--json');
    expect([live.code, grave(report(live))]).toEqual([1, eightCauses]);
    const { findings, subject } = report(live);
    expect(subject).toMatchObject({ kind: 'target', name });
    expect(findings.find(({ rule }) => rule === 'postgres-defaults')?.confidence).toBe('live');
    expect(report(live).problems).toEqual([]);
  });

  it('is mended by --fix, deployed, audits clean and checks green', async () => {
    const directory = clone('before');
    const offline = await ops('audit', directory, '--json');
    expect(grave(report(offline))).toEqual(eightCauses);

    const fixed = await ops('audit', directory, '-t', name, '--fix', '--yes', '--json');
    expect(fixed.json()).toMatchObject({ exitCode: 0, written: true });
    const { files } = fixed.json() as unknown as { files: { path: string }[] };
    expect(files.map(({ path }) => path).toSorted()).toEqual([
      'backend/Dockerfile',
      'backend/database.py',
      'docker-compose.prod.yml',
      'nginx/nginx.conf',
    ]);

    await server.commit(
      Object.fromEntries(files.map(({ path }) => [path, readFileSync(join(directory, path), 'utf8')])),
      'What ops audit --fix wrote',
    );
    await deploy();
    const live = await ops('audit', '-t', name, '--json');
    expect([live.code, grave(report(live))]).toEqual([0, []]);

    const people = visitors(`${server.url()}/api/products`, 20, 500);
    await wait(3_000);
    const checked = await ops('check', '-t', name, '--json');
    const { answered } = await people.stop();
    expect(answered).toBeGreaterThan(20);
    const { hosts } = checked.json() as unknown as { hosts: { checks: { id: string; status: string }[] }[] };
    const bad = hosts[0]?.checks.filter(({ status }) => status === 'fail' || status === 'unknown');
    expect([checked.code, bad]).toEqual([0, []]);
  });
});

describe('the stack as it should be', () => {
  it('has nothing at medium or above, offline and live', async () => {
    const offline = await ops('audit', clone('after'), '--json');
    expect([offline.code, grave(report(offline))]).toEqual([0, []]);
    await server.reset('after');
    await deploy({ OPS_RELEASE_COMMAND: 'python3 migrate.py' });
    const live = await ops('audit', '-t', name, '--json');
    expect([live.code, grave(report(live))]).toEqual([0, []]);
  });

  it('can be looked at again from saved evidence, without the server', async () => {
    const evidence = join(folder, 'evidence.json');
    const live = await ops('audit', '-t', name, '--json', '--save', evidence);
    const again = await ops('audit', '--evidence', evidence, '--json');
    const words = ({ findings }: AuditReport): string[] =>
      findings.map(({ rule, subject, status, message }) => `${rule}@${subject} ${status} ${message}`);
    expect(words(report(again))).toEqual(words(report(live)));
    expect(readFileSync(evidence, 'utf8')).not.toContain('POSTGRES_PASSWORD:-shop');
  });
});
