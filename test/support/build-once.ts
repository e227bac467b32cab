import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Builds what the e2e tests start, once before all of them. */
export function setup(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The build failed:\n${stdout}${stderr}`);
}
