/**
 * `npm run test:mutation`: changes the code that decides and writes scripts, piece by piece, and counts how many changes
 * the tests notice. One folder after another, each with a score of its own; below the threshold of stryker.config.json
 * the command fails. `npm run test:mutation -- src/plan` takes some of the folders, or single files.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Report {
  files: Record<string, { mutants: { status: string }[] }>;
}

const root = new URL('../', import.meta.url);
const stryker = fileURLToPath(new URL('node_modules/@stryker-mutator/core/bin/stryker.js', root));
const report = new URL('reports/mutation/mutation.json', root);
const { thresholds } = JSON.parse(readFileSync(new URL('stryker.config.json', root), 'utf8')) as {
  thresholds: { break: number };
};
const given = process.argv.slice(2);
const parts = given.length > 0 ? given : ['src/plan', 'src/deploy', 'src/shell'];

/**
 * What Stryker takes at a time. A constant is changed for all tests that know the files of one run: most of src/shell
 * is constant text, and its tests start shells, so there each file is a run of its own.
 */
function runsOf(part: string): string[] {
  if (part.endsWith('.ts')) return [part];
  if (part !== 'src/shell') return [`${part}/**/*.ts`];
  return readdirSync(new URL(part, root)).map((name) => `${part}/${name}`);
}

/** How each change ended, by Stryker's word for it. */
function run(mutate: string): string[] {
  rmSync(report, { force: true });
  spawnSync(process.execPath, [stryker, 'run', '--mutate', mutate], {
    cwd: fileURLToPath(root),
    stdio: 'inherit',
  });
  // Below the threshold Stryker ends with an error too; without a report it has not come to its end.
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
}

const scores = parts.map((part) => {
  const ends = runsOf(part).flatMap(run);
  const noticed = ends.filter((status) => status === 'Killed' || status === 'Timeout').length;
  const all = noticed + ends.filter((status) => status === 'Survived' || status === 'NoCoverage').length;
  return { part, noticed, all, percent: (noticed / all) * 100 };
});
for (const { part, noticed, all, percent } of scores) {
  const good = percent >= thresholds.break;
  console.error(`${good ? '✔' : '✖'} ${part}: ${percent.toFixed(1)} %, ${noticed} of ${all}`);
  if (!good) process.exitCode = 1;
}
