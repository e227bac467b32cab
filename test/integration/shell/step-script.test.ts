import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { stepScript } from '../../../src/shell/script.ts';
import { environment, removeTemporary, shells, temporary, until } from './sh.ts';

afterAll(removeTemporary);

it.each(shells)(
  'a step that is ended by a signal takes its temporary files along, in %s',
  async (...shell) => {
    const directory = temporary();
    const file = join(directory, 'made');
    const script = stepScript(
      { appDir: directory, compose: 'docker compose' },
      `trap 'rm -f made' EXIT`,
      ': > made',
      'sleep 30',
    );
    const [program = 'sh', ...args] = shell;
    // As sshd does: a group of its own, which is what gets the signal.
    const child = spawn(program, [...args, '-c', script], {
      env: environment,
      detached: true,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await until(() => existsSync(file), 'the step has begun');
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await ended).toBe(143);
    expect(existsSync(file)).toBe(false);
  },
);

it.each(shells)('a step whose reader is gone takes its temporary files along, in %s', async (...shell) => {
  const directory = temporary();
  const file = join(directory, 'made');
  const script = stepScript(
    { appDir: directory, compose: 'docker compose' },
    `trap 'rm -f made' EXIT`,
    ': > made',
    'n=0; while [ "$n" -lt 100 ]; do n=$((n + 1)); sleep 0.1; echo "still here"; done',
  );
  const [program = 'sh', ...args] = shell;
  const child = spawn(program, [...args, '-c', script], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await until(() => existsSync(file), 'the step has begun');
  child.stdout.destroy();
  expect(await ended).not.toBe(0);
  expect(existsSync(file)).toBe(false);
});
