/** How long `ops audit` takes on a repository of 200 files, start-up included, against a bare start of the runtime. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { variantDirectory } from '../src/sandbox/app.ts';
import { median } from './median.ts';

const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const runs = Number(process.argv[2] ?? 15);
const budgetMs = 1000;

/**
 * The sample app in the midst of a larger code base: a tenth of the files are YAML, a third of the others have routes,
 * which are read closely, the rest is code that has nothing to say to an audit.
 */
function repository(files: number): string {
  const root = mkdtempSync(join(tmpdir(), 'ops-bench-audit-'));
  cpSync(variantDirectory('before'), root, { recursive: true });
  const source = readFileSync(join(root, 'backend', 'main.py'), 'utf8');
  const plain = source
    .replaceAll(/^(?:@app|from|import|engine).*$/gm, '')
    .replaceAll('create_tables', 'make_tables');
  for (let index = 0; index < files; index += 1) {
    const folder = join(root, index % 10 === 0 ? 'deploy' : 'backend', `part${index % 20}`);
    mkdirSync(folder, { recursive: true });
    if (index % 10 === 0)
      writeFileSync(
        join(folder, `values${index}.yaml`),
        `name: part${index}\nreplicas: ${index}\n`.repeat(20),
      );
    else
      writeFileSync(
        join(folder, `module${index}.py`),
        (index % 3 === 0 ? source : plain).replaceAll('products', `products${index}`),
      );
  }
  return root;
}

function milliseconds(args: readonly string[], codes: readonly number[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (!codes.includes(status ?? -1))
    throw new Error(`${args.join(' ')} ended with ${String(status)}:\n${stderr}`);
  return performance.now() - began;
}

const root = repository(200);
try {
  const bare: number[] = [];
  const audit: number[] = [];
  const json: number[] = [];
  milliseconds([bin, 'audit', root], [1]);
  for (let run = 0; run < runs; run += 1) {
    bare.push(milliseconds(['-e', '0'], [0]));
    audit.push(milliseconds([bin, 'audit', root], [1]));
    json.push(milliseconds([bin, 'audit', root, '--json'], [1]));
  }
  const table = new Table({
    head: ['case', 'median ms', 'ratio', 'budget ms', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  let over = false;
  for (const [name, values, budget] of [
    ['node -e 0', bare, undefined],
    ['ops audit, 200 files', audit, budgetMs],
    ['ops audit --json, 200 files', json, budgetMs],
  ] as const) {
    const ms = median(values);
    const ok = budget === undefined || ms <= budget;
    over ||= !ok;
    table.push([
      name,
      ms.toFixed(0),
      (ms / median(bare)).toFixed(1),
      budget === undefined ? '' : String(budget),
      budget === undefined ? '' : ok ? 'ok' : 'OVER',
    ]);
  }
  console.log(`Audit of a directory, ${runs} interleaved runs, Node.js ${process.version}`);
  console.log(table.toString());
  if (over) process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
