import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputLine } from '../../../src/host/host.ts';
import { runHook } from '../../../src/rollout/hooks.ts';

let cwd: string;
beforeAll(() => (cwd = mkdtempSync(join(tmpdir(), 'ops-hooks-'))));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function run(
  command: string,
  more: { timeoutMs?: number; signal?: AbortSignal; onLine?: (line: OutputLine) => void } = {},
) {
  const lines: OutputLine[] = [];
  const result = runHook(
    command,
    { OPS_RELEASE: 'R 1' },
    {
      cwd,
      env: { PATH: process.env['PATH'], FROM: 'outside' },
      timeoutMs: 10_000,
      onLine: (line) => lines.push(line),
      ...more,
    },
  );
  return { result, lines };
}

/** Process ids that a hook wrote down, of which none may be left. */
async function expectEnded(file: string): Promise<void> {
  const pids = readFileSync(join(cwd, file), 'utf8').trim().split('\n');
  expect(pids.length).toBeGreaterThan(0);
  const left = () => pids.filter((pid) => existsSync(`/proc/${pid}`));
  for (let round = 0; left().length > 0 && round < 100; round += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(left()).toEqual([]);
}

const family = (file: string): string =>
  `echo $$ > ${file}; sleep 60 & echo $! >> ${file}; echo started; wait`;

it('runs in the project, with its variables, and is heard line by line', async () => {
  const { result, lines } = run(`pwd; echo "$OPS_RELEASE $FROM"; printf 'no end\\r\\nü' >&2`);
  expect(await result).toMatchObject({
    code: 0,
    signal: null,
    stdout: `${cwd}\nR 1 outside\n`,
    truncated: false,
  });
  expect(lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text)).toEqual([
    cwd,
    'R 1 outside',
  ]);
  expect(lines.filter(({ stream }) => stream === 'stderr').map(({ text }) => text)).toEqual(['no end', 'ü']);
});

it('a failure is a result', async () => {
  expect(await run('exit 3').result).toMatchObject({ code: 3 });
});

it('keeps the end of a long output', async () => {
  const result = await run(`head -c 200000 /dev/zero | tr '\\0' x; echo; echo last`).result;
  expect(result.truncated).toBe(true);
  expect(result.stdout).toMatch(/xxx\nlast\n$/);
  expect(result.stdout.length).toBeLessThanOrEqual(64 * 1024);
});

it('has no input to wait for', async () => {
  expect(await run('read line || echo none').result).toMatchObject({ stdout: 'none\n' });
});

describe('ends with all that it started', () => {
  it('after its time', async () => {
    const { result } = run(family('timed'), { timeoutMs: 2000 });
    expect(await result).toMatchObject({ code: null, signal: 'SIGTERM' });
    await expectEnded('timed');
  });

  it('on abort', async () => {
    const controller = new AbortController();
    const { result } = run(family('aborted'), {
      signal: controller.signal,
      onLine: () => controller.abort(),
    });
    expect(await result).toMatchObject({ code: null, signal: 'SIGTERM' });
    await expectEnded('aborted');
  });

  it('on an abort before it began', async () => {
    const began = performance.now();
    await run('sleep 60', { signal: AbortSignal.abort() }).result;
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('by force when it will not', async () => {
    const controller = new AbortController();
    const stubborn = `trap '' TERM; echo $$ > stubborn; echo started; while :; do sleep 0.1; done`;
    const { result } = run(stubborn, { signal: controller.signal, onLine: () => controller.abort() });
    expect(await result).toMatchObject({ code: null, signal: 'SIGKILL' });
    await expectEnded('stubborn');
  }, 15_000);

  it('and does not wait for what left it', async () => {
    const began = performance.now();
    const { result } = run('echo $$ > left; setsid sleep 20 & sleep 20', { timeoutMs: 200 });
    await result;
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 15_000);
});
