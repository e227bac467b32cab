/**
 * What starting `ops` costs, as a ratio to starting bare Node.js: runs are interleaved, so that a busy
 * machine slows all cases alike. Exits with 1 when a case is over its budget.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';

const runs = Number(process.argv[2] ?? 25);
const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url));

const cases = [
  { name: 'node -e 0', args: ['-e', '0'], code: 0, budget: undefined },
  { name: 'ops --version', args: [bin, '--version'], code: 0, budget: 2.5 },
  { name: 'ops deploy --help', args: [bin, 'deploy', '--help'], code: 0, budget: 2.5 },
  { name: 'ops --help', args: [bin, '--help'], code: 0, budget: 2.5 },
  { name: 'ops deploy --wrong', args: [bin, 'deploy', '--wrong'], code: 2, budget: undefined },
];

function time({ name, args, code }: (typeof cases)[number]): number {
  const started = performance.now();
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  const elapsed = performance.now() - started;
  if (status !== code) throw new Error(`${name} ended with ${status}, not ${code}.`, { cause: error });
  return elapsed;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError('A median needs a value.');
  return middle;
}

// The first run of each fills the compile cache and the disk cache.
for (const each of cases) time(each);
const times = cases.map((): number[] => []);
for (let run = 0; run < runs; run += 1) {
  for (const [index, each] of cases.entries()) times[index]?.push(time(each));
}

const medians = times.map(median);
const [bare = Number.NaN] = medians;
const table = new Table({
  head: ['case', 'median ms', 'ratio', 'budget', ''],
  colAligns: ['left', 'right', 'right', 'right', 'left'],
  style: { head: [], border: [] },
});
let over = false;
for (const [index, { name, budget }] of cases.entries()) {
  const value = medians[index] ?? Number.NaN;
  const ratio = value / bare;
  const ok = budget === undefined || ratio <= budget;
  over ||= !ok;
  const verdict = budget === undefined ? '' : ok ? 'ok' : 'OVER';
  table.push([name, value.toFixed(1), ratio.toFixed(2), budget?.toFixed(1) ?? '', verdict]);
}
console.log(`Start-up, ${runs} interleaved runs, Node.js ${process.version}`);
console.log(table.toString());
if (over) process.exitCode = 1;
