/**
 * `npm run demo`: a server, a deploy, a second one under load, the same without ops, a rollback. Everything that is
 * shown is run and measured while you watch; a step that does not do what it claims ends the demo with exit code 1.
 */
import { existsSync, globSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { columns } from '../src/cli/reports/table.ts';
import type { ProbeSummary } from '../src/ledger/entry.ts';
import type { ReleaseView } from '../src/observe/history.ts';
import { probeText } from '../src/probe/summary.ts';
import { commit } from '../src/sandbox/server.ts';
import { requireSandbox } from '../src/sandbox/state.ts';
import { auditOrders, startLoad, type LoadReport, type OrderAudit } from '../test/support/load.ts';
import { demoDown } from './demo-down.ts';
import { count, DemoFailed, expectThat, heading, ops, opsData, root, say, time } from './narration.ts';

const name = 'demo';
const target = ['-t', name] as const;
const connections = 20;

/** Builds `dist` unless the last build is newer than all that it is made of. */
function build(): void {
  const newest = (files: readonly string[], pick: (...times: number[]) => number): number =>
    pick(...files.map((file) => statSync(`${root}/${file}`).mtimeMs));
  const built = globSync('dist/**/*.js', { cwd: root });
  const sources = [...globSync('src/**/*.ts', { cwd: root }), 'package-lock.json', 'scripts/bundle.ts'];
  const isNew = built.length > 0 && existsSync(`${root}/oclif.manifest.json`);
  if (isNew && newest(built, Math.min) > newest(sources, Math.max)) return;
  say('Building ops …');
  const { status } = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new DemoFailed('The build failed.');
}

function releases(limit: number): readonly ReleaseView[] {
  interface History {
    hosts: readonly { releases: readonly ReleaseView[] }[];
  }
  const { hosts } = opsData('history', ...target, '--limit', String(limit)) as History;
  return hosts[0]?.releases ?? [];
}

/** The newest release, which must serve. */
function liveRelease(): ReleaseView {
  const [release] = releases(1);
  if (release === undefined) throw new DemoFailed('The ledger has no release.');
  expectThat(release.outcome === 'live', `${release.id} is live`);
  return release;
}

async function version(url: string): Promise<string> {
  const response = await fetch(`${url}/version`);
  const body = await response.text();
  say(`\nGET ${url}/version → ${body}`);
  return (JSON.parse(body) as { version: string }).version;
}

interface Measured {
  durationMs: number;
  load: LoadReport;
  orders: OrderAudit;
  probe?: ProbeSummary | undefined;
}

/** Does something while visitors browse and order; two seconds of the load before it and after it. */
async function underLoad(url: string, work: () => Promise<number>): Promise<Measured> {
  say(`Load: ${connections} connections; half of them place orders that take 0.2 to 1.5 s, half browse.`);
  const load = startLoad(url, { connections });
  try {
    await wait(2_000);
    const durationMs = await work();
    await wait(2_000);
    const report = await load.stop();
    return { durationMs, load: report, orders: await auditOrders(url, report) };
  } finally {
    await load.stop();
  }
}

function show({ load, orders, probe }: Measured): void {
  const reasons = Object.entries(load.reasons).map(([reason, times]) => `${count(times)} × ${reason}`);
  say('\nWhat the visitors met:');
  const rows = [
    ['requests', `${count(load.requests)} (${count(load.gets)} pages, ${count(load.posts)} orders)`],
    ['failed', reasons.length === 0 ? '0' : `${count(load.failed)} (${reasons.join(', ')})`],
    ['longest time without any answer', time(load.longestGapMs)],
    ['answers', `p50 ${time(load.p50Ms)}, p95 ${time(load.p95Ms)}, max ${time(load.maxMs)}`],
    ['orders', `${count(orders.confirmed)} confirmed, ${orders.lost} lost, ${orders.doubled} handled twice`],
    ['sent again on a new connection', String(load.resent)],
    ...(probe ? [['measured by ops itself (its probe)', probeText(probe)]] : []),
  ];
  for (const line of columns(rows)) say(line);
  say();
}

function expectNoDowntime({ load, orders, probe }: Measured): void {
  expectThat(load.failed === 0, `none of ${count(load.requests)} requests of the load failed`);
  expectThat(
    orders.lost === 0 && orders.doubled === 0 && orders.confirmed > 0,
    `no order is lost, none was handled twice (${count(orders.confirmed)} orders)`,
  );
  expectThat(
    probe?.servedBefore === true && probe.failed === 0,
    `the probe of ops saw no failure either (${count(probe?.requests ?? 0)} requests)`,
  );
}

async function setUp(): Promise<number> {
  heading('Set-up: a server of its own, in a container');
  const began = performance.now();
  build();
  await ops('sandbox', 'up', '--name', name, '--install-engine');
  const durationMs = performance.now() - began;
  say(
    `\nThe server has sshd, git and Docker, and a clone of the sample app in /srv/app. Set-up: ${time(durationMs)}.`,
  );
  say('`ops` below is `npx ops` in this directory.');
  return durationMs;
}

async function firstDeploy(url: string): Promise<void> {
  const before = releases(1).length > 0;
  heading(before ? '1. Deploy (this server has releases of an earlier run)' : '1. The first deploy');
  await ops('deploy', ...target);
  say();
  liveRelease();
  await version(url);
}

async function check(url: string): Promise<void> {
  heading('2. Check');
  say('100 visits first: a cache that nobody has used yet has no hit rate to check.');
  for (let visit = 0; visit < 100; visit += 1) {
    const response = await fetch(`${url}/api/products`);
    await response.arrayBuffer();
    await wait(20);
  }
  await ops('check', ...target);
}

async function deployUnderLoad(container: string, url: string): Promise<Measured> {
  heading('3. A second commit, deployed while people use the shop');
  const next = String(releases(1_000).length + 1);
  const files = [{ path: 'backend/VERSION', content: Buffer.from(`${next}\n`) }];
  const id = await commit(container, files, `Version ${next}`, 'add');
  say(`A developer pushes ${id.slice(0, 7)} "Version ${next}" to the git origin.`);
  const measured = await underLoad(url, async () => await ops('deploy', ...target));
  const result = { ...measured, probe: releases(1)[0]?.probe };
  show(result);
  liveRelease();
  expectThat((await version(url)) === next, `the new version, ${next}, serves`);
  expectNoDowntime(result);
  return result;
}

async function contrast(url: string): Promise<Measured> {
  heading('4. The same load, the usual way: docker compose up --force-recreate');
  const compose = 'docker compose -f docker-compose.prod.yml';
  const result = await underLoad(url, async () => {
    const script = `cd /srv/app && ${compose} up -d --force-recreate backend && ${compose} exec -T nginx nginx -s reload`;
    const durationMs = await ops('sandbox', 'ssh', '--name', name, '--', script);
    for (const end = Date.now() + 60_000; Date.now() < end; await wait(200))
      if ((await fetch(`${url}/health`)).ok) return durationMs;
    throw new DemoFailed('The shop did not come back within 60 s.');
  });
  show(result);
  expectThat(
    result.load.failed > 0,
    `${count(result.load.failed)} requests failed: this load does see downtime`,
  );
  return result;
}

async function rollback(url: string): Promise<Measured> {
  heading('5. Roll back, under the same load');
  const from = await version(url);
  const measured = await underLoad(url, async () => await ops('rollback', ...target, '--push'));
  const result = { ...measured, probe: releases(1)[0]?.probe };
  show(result);
  const release = liveRelease();
  expectThat(release.kind === 'rollback', 'the ledger says that it is a rollback');
  const now = await version(url);
  expectThat(now !== from, `version ${now} serves again, instead of ${from}`);
  expectNoDowntime(result);
  return result;
}

async function lookBack(): Promise<void> {
  heading('6. What happened, and what runs');
  await ops('history', ...target);
  await ops('status', ...target);
}

function summary(setUpMs: number, deploy: Measured, plain: Measured, back: Measured): void {
  heading('Measured');
  const row = (title: string, { durationMs, load }: Measured): string[] => [
    title,
    time(durationMs),
    `${count(load.failed)} of ${count(load.requests)}`,
    time(load.longestGapMs),
  ];
  const rows = [
    ['', 'took', 'failed requests', 'longest time without any answer'],
    row('ops deploy', deploy),
    row('docker compose up -d --force-recreate', plain),
    row('ops rollback', back),
  ];
  for (const line of columns(rows)) say(line);
  say(`\nSet-up took ${time(setUpMs)}, all of the demo ${time(performance.now())}.`);
}

function whatNext(url: string): void {
  heading('What next');
  const rows = [
    ['npx ops status -t demo', `what runs; the shop is at ${url}/api/products`],
    ['npx ops check -t demo --watch', 'the checks, again and again'],
    ['npx ops deploy -t demo --dry-run', 'what a deploy would do'],
    ['npx ops sandbox ssh --name demo', 'look around on the server'],
    ['npm run demo', 'once more; the server is kept, so it starts at once'],
    ['npm run demo:down', 'remove everything that the demo and the tests made'],
  ];
  for (const line of columns(rows)) say(line);
}

async function demo(): Promise<void> {
  const setUpMs = await setUp();
  const [host] = requireSandbox(root, name).hosts;
  if (host === undefined) throw new DemoFailed('The sandbox has no server.');
  const url = `http://127.0.0.1:${host.httpPort}`;
  await firstDeploy(url);
  await check(url);
  const deployed = await deployUnderLoad(host.container, url);
  const plain = await contrast(url);
  const back = await rollback(url);
  await lookBack();
  summary(setUpMs, deployed, plain, back);
  whatNext(url);
}

try {
  await (process.argv.includes('--down') ? demoDown(name) : demo());
} catch (error) {
  if (!(error instanceof DemoFailed)) throw error;
  console.error(`\n✖ ${error.message}`);
  process.exitCode = 1;
}
