/**
 * What the load generator of `ops bench` holds: its rate and its own lag at 1,000 and 5,000 requests a second, and its
 * highest throughput as a ratio to `wrk` where that is installed, against the same server in a process of its own.
 * Rounds are interleaved. Exits with 1 when a figure is over its budget.
 */
import { fork, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import type { BenchResult } from '../src/bench/result.ts';
import { runLoad } from '../src/bench/run-load.ts';
import type { Load } from '../src/bench/scenario.ts';
import { median } from './median.ts';

const rounds = Number(process.argv[2] ?? 3);
const measureMs = 2_000;
const connections = 20;
const wrk = '/usr/bin/wrk';
/** Of the wanted rate; milliseconds; of wrk's throughput with one thread. */
const budgets = { held: 0.99, lagP99: 5, ratio: 0.2 };

const server = fork(fileURLToPath(new URL('load-server.ts', import.meta.url)), {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const port = await new Promise<number>((resolve, reject) => {
  server.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
  server.stdout?.once('data', (data: Buffer) => resolve(Number(data.toString())));
});
const url = `http://127.0.0.1:${port}`;

async function run(load: Load): Promise<BenchResult> {
  return await runLoad(
    {
      url,
      requests: [{ name: 'GET /', method: 'GET', path: '/', weight: 1, headers: {} }],
      load,
      warmUpMs: 500,
      timeoutMs: 5_000,
    },
    {
      now: () => performance.now(),
      random: () => Math.random(),
      signal: new AbortController().signal,
      at: new Date().toISOString(),
      tool: 'bench:load',
    },
  );
}

/** Requests a second of wrk, with one thread as ours. */
function runWrk(): number {
  const { stdout, stderr } = spawnSync(wrk, ['-t1', `-c${connections}`, `-d${measureMs / 1000}s`, url], {
    encoding: 'utf8',
  });
  const found = /Requests\/sec:\s*([\d.]+)/.exec(stdout);
  if (!found) throw new Error(`wrk did not say its rate: ${stderr}`);
  return Number(found[1]);
}

const rates = [1_000, 5_000];
const open = new Map(rates.map((rate) => [rate, [] as BenchResult[]]));
const closed: BenchResult[] = [];
const reference: number[] = [];
const hasWrk = existsSync(wrk);
try {
  for (let round = 0; round < rounds; round += 1) {
    for (const [rate, results] of open)
      results.push(await run({ kind: 'open', rate, most: 2_000, stop: { afterMs: measureMs } }));
    closed.push(await run({ kind: 'closed', connections, thinkMs: 0, stop: { afterMs: measureMs } }));
    if (hasWrk) reference.push(runWrk());
  }
} finally {
  server.removeAllListeners('exit');
  server.kill();
}

const table = new Table({
  head: ['case', 'requests/s', 'of wanted', 'lag p50 ms', 'lag p99 ms', 'p50 ms', 'p99 ms', 'CPU', ''],
  colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
  style: { head: [], border: [] },
});
let over = false;
function verdict(ok: boolean): string {
  over ||= !ok;
  return ok ? 'ok' : 'OVER';
}
function row(results: readonly BenchResult[]): (read: (result: BenchResult) => number) => number {
  return (read) => median(results.map(read));
}
for (const [rate, results] of open) {
  const of = row(results);
  const reached = of(({ total }) => total.okRate ?? total.rate);
  const lagP99 = of(({ generator }) => generator.lagP99);
  table.push([
    `open, ${rate.toLocaleString('en')} requests/s`,
    reached.toFixed(0),
    `${((reached / rate) * 100).toFixed(1)} %`,
    of(({ generator }) => generator.lagP50).toFixed(2),
    lagP99.toFixed(2),
    of(({ total }) => total.latency.p50).toFixed(2),
    of(({ total }) => total.latency.p99).toFixed(2),
    of(({ generator }) => generator.cpu).toFixed(2),
    verdict(reached >= rate * budgets.held && lagP99 <= budgets.lagP99),
  ]);
}
const ours = row(closed);
const most = ours(({ total }) => total.okRate ?? total.rate);
const theirs = median(reference);
table.push([
  `closed, ${connections} connections`,
  most.toFixed(0),
  '',
  ours(({ generator }) => generator.lagP50).toFixed(2),
  ours(({ generator }) => generator.lagP99).toFixed(2),
  ours(({ total }) => total.latency.p50).toFixed(2),
  ours(({ total }) => total.latency.p99).toFixed(2),
  ours(({ generator }) => generator.cpu).toFixed(2),
  hasWrk ? verdict(most >= theirs * budgets.ratio) : '',
]);
if (hasWrk)
  table.push([`wrk, 1 thread, ${connections} connections`, theirs.toFixed(0), '', '', '', '', '', '', '']);
console.log(`Load generator, median of ${rounds} interleaved rounds, Node.js ${process.version}`);
console.log(table.toString());
console.log(
  hasWrk
    ? `Highest throughput: ${(most / theirs).toFixed(2)} of wrk's (budget ${budgets.ratio}).`
    : 'wrk is not installed: no ratio. On Debian: apt-get install wrk',
);
console.log(`Budgets: ${budgets.held * 100} % of the rate held, lag p99 ${budgets.lagP99} ms.`);
if (over) process.exitCode = 1;
