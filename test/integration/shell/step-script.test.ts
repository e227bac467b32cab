import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { stepScript } from '../../../src/shell/script.ts';
import { environment, removeTemporary, sh, shells, temporary, until } from './sh.ts';

afterAll(removeTemporary);

/** A step that makes a temporary file and goes on, started as sshd does it: in a group of its own. */
async function begin(shell: readonly string[], goesOn: string) {
  const directory = temporary();
  const file = join(directory, 'made');
  const script = stepScript(
    { appDir: directory, compose: 'docker compose' },
    `trap 'rm -f made' EXIT`,
    ': > made',
    goesOn,
  );
  const [program = 'sh', ...args] = shell;
  const child = spawn(program, [...args, '-c', script], {
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await until(() => existsSync(file), 'the step has begun');
  return { child, ended, file };
}

it.each(shells)(
  'a step that is ended by a signal takes its temporary files along, in %s',
  async (...shell) => {
    const { child, ended, file } = await begin(shell, 'sleep 3');
    // The group is what gets the signal.
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await ended).toBe(143);
    expect(existsSync(file)).toBe(false);
  },
);

it.each(shells)('a step whose reader is gone takes its temporary files along, in %s', async (...shell) => {
  const { child, ended, file } = await begin(
    shell,
    'n=0; while [ "$n" -lt 100 ]; do n=$((n + 1)); sleep 0.1; echo "still here"; done',
  );
  child.stdout.destroy();
  expect(await ended).not.toBe(0);
  expect(existsSync(file)).toBe(false);
});

it.each(shells)(
  'what programs say in a step is the same for every language of the host, in %s',
  (...shell) => {
    const script = stepScript({ appDir: temporary(), compose: 'docker compose' }, `sh -c 'echo "$LC_ALL"'`);
    expect(sh(script, { ...environment, LC_ALL: 'de_DE.UTF-8' }, shell).stdout).toBe('C\n');
  },
);
