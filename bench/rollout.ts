/**
 * What `ops` adds to the work that has to be done anyway, measured on a sandbox server of its own: round trips of
 * check, of a deploy without changes, of a roll and of a rollback; their time as a ratio to the same work done by
 * hand, in one run; the client's memory with a large build log. Exits with 1 when a figure is over its budget.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { gatherScript } from '../src/facts/gather.ts';
import { hostFacts } from '../src/facts/index.ts';
import { inspectRef } from '../src/shell/git.ts';
import { sandbox } from '../test/support/sandbox.ts';
import { median } from './median.ts';

const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const runs = Number(process.argv[2] ?? 7);
const target = await sandbox({ name: 'bench' });
await target.reset('after');
const [server] = target.state.hosts;
if (!server) throw new Error('The sandbox has no server.');
const compose = 'docker compose -f docker-compose.prod.yml';

interface Ran {
  ms: number;
  /** Peak resident memory, MiB. */
  memory: number;
  /** From the start to the first line on stderr, milliseconds. */
  firstMs: number;
  /** From the line that says that a connection is being made to the next one: SSH handshake and login included. */
  connectedMs: number;
  /** Step title → milliseconds, of the plain progress view. */
  steps: ReadonlyMap<string, number>;
  stderr: string;
}

/** Runs the built program; its peak memory is what the kernel says when it ends. */
async function ops(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> {
  const began = performance.now();
  const report = `process.on("exit",()=>process.stderr.write("\\n@memory "+process.resourceUsage().maxRSS+"\\n"))`;
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, bin, ...args],
    {
      cwd: target.root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, OPS_STABILITY: '0s', ...env },
    },
  );
  let stderr = '';
  let firstMs = 0;
  let connectedMs = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    const now = performance.now() - began;
    if (firstMs !== 0) connectedMs ||= now - firstMs;
    firstMs ||= now;
    // The log of the last case is large; what is read here is at its end.
    stderr = (stderr + chunk.toString()).slice(-200_000);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0)
    throw new Error(`ops ${args.join(' ')} ended with ${String(code)}:\n${stderr.slice(-2000)}`);
  const steps = new Map(
    [...stderr.matchAll(/✔ ([^\n]*?)(?:: [^\n]*)? \(([\d.]+) (ms|s)\)/g)].map(
      ([, title = '', value, unit]) => [title, Number(value) * (unit === 's' ? 1000 : 1)],
    ),
  );
  const memory = Number(/@memory (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024;
  return { ms: performance.now() - began, memory, firstMs, connectedMs, steps, stderr };
}

/** Round trips of one command, as its own report counts them. */
function roundTrips(...args: readonly string[]): { count: number; ms: number } {
  const began = performance.now();
  const { stdout, status } = spawnSync(process.execPath, [bin, ...args, '--json'], {
    cwd: target.root,
    encoding: 'utf8',
    env: { ...process.env, OPS_STABILITY: '0s' },
  });
  // A check that fails has looked all the same.
  if (status !== 0 && !(args[0] === 'check' && status === 1))
    throw new Error(`ops ${args.join(' ')} ended with ${String(status)}:\n${stdout.slice(-2000)}`);
  const { hosts } = JSON.parse(stdout) as { hosts: { roundTrips: number }[] };
  return { count: hosts[0]?.roundTrips ?? Number.NaN, ms: performance.now() - began };
}

/** The same commands as one script through one `ssh`. */
function bySsh(script: string): number {
  const began = performance.now();
  const folder = join(target.root, '.ops', 'sandbox', target.name);
  const { status, stderr } = spawnSync(
    'ssh',
    [
      '-F',
      'none',
      '-i',
      join(folder, 'id_ed25519'),
      '-o',
      `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    ].concat(['-p', String(server?.sshPort), 'deploy@127.0.0.1', 'sh -s']),
    { input: script, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`ssh ended with ${String(status)}: ${stderr}`);
  return performance.now() - began;
}

const table = new Table({
  head: ['figure', 'value', 'budget', ''],
  colAligns: ['left', 'right', 'right', 'left'],
  style: { head: [], border: [] },
});
let over = false;
function row(figure: string, value: number, unit: string, budget?: number): void {
  const ok = budget === undefined || value <= budget;
  over ||= !ok;
  table.push([
    figure,
    `${value.toFixed(unit === '×' ? 2 : 0)} ${unit}`,
    budget === undefined ? '' : `${budget} ${unit}`,
    budget === undefined ? '' : ok ? 'ok' : 'OVER',
  ]);
}

await ops({}, 'deploy', '-t', 'bench');

const scope = {
  appDir: '/srv/app',
  composeFlags: '-f docker-compose.prod.yml',
  remote: 'origin',
  branch: 'main',
};
const script = `${gatherScript(hostFacts, scope, '@bench@').replace(/\nexit 0$/, '')}\n${inspectRef({ appDir: '/srv/app', compose }, scope)}`;
const mine: number[] = [];
const byHand: number[] = [];
const first: number[] = [];
const connected: number[] = [];
for (let run = 0; run < runs; run += 1) {
  const ran = await ops({}, 'deploy', '-t', 'bench');
  mine.push(ran.ms);
  first.push(ran.firstMs);
  connected.push(ran.connectedMs);
  byHand.push(bySsh(script));
}
row('deploy without changes', median(mine), 'ms');
row('  the same as one script through one ssh', median(byHand), 'ms');
row('  ratio', median(mine) / median(byHand), '×', 1.1);
row('  first progress after the start of the process', median(first), 'ms');
row('  next progress, SSH handshake and login included', median(connected), 'ms', 200);
row('  requests over SSH', roundTrips('deploy', '-t', 'bench').count, '');
row('check, requests over SSH', roundTrips('check', '-t', 'bench').count, '');

const rolls: number[] = [];
const backs: number[] = [];
let rollTrips = 0;
for (let run = 0; run < 3; run += 1) {
  await target.commit({ 'backend/VERSION': `bench ${run}\n` }, `Version ${run}`);
  const ran = await ops({}, 'deploy', '-t', 'bench');
  const step = (part: string): number =>
    [...ran.steps].find(([title]) => title.includes(part))?.[1] ?? Number.NaN;
  const needed = step('wait until healthy') + step('finish their requests') + step('Stop and remove');
  const moved = /Move traffic: done \(([\d.]+) s\)/.exec(ran.stderr)?.[1];
  rolls.push((Number(moved) * 1000) / needed);
  const back = await ops({}, 'rollback', '-t', 'bench');
  const health = [...back.steps].find(([title]) => title.includes('wait until healthy'))?.[1] ?? Number.NaN;
  backs.push(back.ms - health);
  if (run === 0) {
    await target.commit({ 'backend/VERSION': `bench ${run}b\n` }, `Version ${run}b`);
    rollTrips = roundTrips('deploy', '-t', 'bench').count;
    row('rollback, requests over SSH', roundTrips('rollback', '-t', 'bench').count, '');
  }
}
row('roll, requests over SSH', rollTrips, '');
row('roll / (start to healthy + drain + stop)', median(rolls), '×', 1.2);
row('rollback from kept images, without the wait for health', median(backs), 'ms', 5000);

// A build's own log would not do: BuildKit cuts each step's output at 2 MiB.
await target.commit({ 'backend/VERSION': 'loud\n' }, 'A loud release command');
const loud = "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 200";
const large = await ops({ OPS_RELEASE_COMMAND: loud }, 'deploy', '-t', 'bench');
row('peak memory of the client, 100 MB of output', large.memory, 'MiB', 150);

console.log(`Rollouts on a sandbox server, ${runs} interleaved runs, Node.js ${process.version}`);
console.log(table.toString());
if (over) process.exitCode = 1;
