/** Writes the files that are made from source; with `--check` only says which are out of date. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rules } from '../src/audit/registry.ts';
import type { Results } from '../test/support/faults/results.ts';
import { withChecksTable } from './checks-page.ts';
import { envExample, schemaFile, withSettingsTable } from './config-files.ts';
import { dependenciesPage } from './dependencies-page.ts';
import { exitCodesPage } from './exit-codes-page.ts';
import type { LockFile } from './lock-file.ts';
import { buildManifest } from './manifest.ts';
import { reliabilityPage } from './reliability-page.ts';
import { rulesFolder, rulesPages } from './rules-page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

const pages = rulesPages(rules);

const files: Record<string, () => Promise<string>> = {
  'oclif.manifest.json': async () => `${JSON.stringify(await buildManifest(root), null, 2)}\n`,
  'docs/exit-codes.md': async () => exitCodesPage(),
  'docs/dependencies.md': async () =>
    dependenciesPage(root, JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as LockFile),
  'schema/ops.schema.json': async () => schemaFile(),
  '.env.example': async () => envExample(),
  'docs/configuration.md': async () =>
    withSettingsTable(await readFile(join(root, 'docs/configuration.md'), 'utf8')),
  'docs/reliability.md': async () =>
    reliabilityPage(JSON.parse(await readFile(join(root, 'test/faults/results.json'), 'utf8')) as Results),
  'docs/checks.md': async () => withChecksTable(await readFile(join(root, 'docs/checks.md'), 'utf8')),
  ...Object.fromEntries(Object.entries(pages).map(([path, page]) => [path, async () => page])),
};

const stale: string[] = [];
for (const [path, make] of Object.entries(files)) {
  const [wanted, present] = await Promise.all([
    make(),
    readFile(join(root, path), 'utf8').catch(() => undefined),
  ]);
  if (wanted === present) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), wanted);
}

// The page of a rule that is no more.
for (const name of await readdir(join(root, rulesFolder)).catch(() => [])) {
  const path = `${rulesFolder}/${name}`;
  if (pages[path] !== undefined) continue;
  stale.push(path);
  if (!check) await rm(join(root, path));
}

if (check && stale.length > 0) {
  console.error(`Out of date: ${stale.join(', ')}. Run \`npm run generate\` and commit the result.`);
  process.exitCode = 1;
}
