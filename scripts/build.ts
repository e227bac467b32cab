/** `dist/`, the manifest and the generated pages. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(script: string, ...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
// What is gone from src must be gone from dist.
for (const file of globSync('**/*.js', { cwd: `${root}/dist` })) {
  if (!existsSync(`${root}/src/${file.replace(/js$/, 'ts')}`)) rmSync(`${root}/dist/${file}`);
}
run('scripts/generate.ts');
chmodSync(`${root}/bin/run.js`, 0o755);
