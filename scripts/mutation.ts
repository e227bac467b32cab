/**
 * `npm run test:mutation`: changes the code that decides and writes scripts, piece by piece, and counts how many changes
 * the tests notice. One folder after another, each with a score of its own; below the threshold of stryker.config.json
 * the command fails. `npm run test:mutation -- src/plan` takes some of the folders, or single files.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stryker = fileURLToPath(
  new URL('../node_modules/@stryker-mutator/core/bin/stryker.js', import.meta.url),
);
const given = process.argv.slice(2);
const parts = given.length > 0 ? given : ['src/plan', 'src/deploy', 'src/shell'];

const failed = parts.filter((part) => {
  const mutate = part.endsWith('.ts') ? part : `${part}/**/*.ts`;
  const { status } = spawnSync(process.execPath, [stryker, 'run', '--mutate', mutate], {
    cwd: root,
    stdio: 'inherit',
  });
  return status !== 0;
});
for (const part of parts) console.error(`${failed.includes(part) ? '✖' : '✔'} ${part}`);
if (failed.length > 0) process.exitCode = 1;
