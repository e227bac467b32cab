/** Writes the files that are made from source; with `--check` only says which are out of date. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withChecksTable } from './checks-page.ts';
import { envExample, schemaFile, withSettingsTable } from './config-files.ts';
import { exitCodesPage } from './exit-codes-page.ts';
import { buildManifest } from './manifest.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

const files: Record<string, () => Promise<string>> = {
  'oclif.manifest.json': async () => `${JSON.stringify(await buildManifest(root), null, 2)}\n`,
  'docs/exit-codes.md': async () => exitCodesPage(),
  'schema/ops.schema.json': async () => schemaFile(),
  '.env.example': async () => envExample(),
  'docs/configuration.md': async () =>
    withSettingsTable(await readFile(join(root, 'docs/configuration.md'), 'utf8')),
  'docs/checks.md': async () => withChecksTable(await readFile(join(root, 'docs/checks.md'), 'utf8')),
};

const stale: string[] = [];
for (const [path, make] of Object.entries(files)) {
  const [wanted, present] = await Promise.all([
    make(),
    readFile(join(root, path), 'utf8').catch(() => undefined),
  ]);
  if (wanted === present) continue;
  stale.push(path);
  if (!check) await writeFile(join(root, path), wanted);
}

if (check && stale.length > 0) {
  console.error(`Out of date: ${stale.join(', ')}. Run \`npm run generate\` and commit the result.`);
  process.exitCode = 1;
}
