import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureEngine } from '../../src/sandbox/engine.ts';

/** Before all e2e tests: the `ops` that they start, and a Docker engine for the sandbox servers. */
export async function setup(): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The build failed:\n${stdout}${stderr}`);
  await ensureEngine({
    install: true,
    say: (text) => {
      process.stderr.write(`${text}\n`);
    },
  });
}
