/** How the demo talks: headings, command lines, the output of real commands. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { styleFor } from '../src/cli/style.ts';
import { quote } from '../src/shell/quote.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
const bin = `${root}/bin/run.js`;
const style = styleFor({ isTTY: process.stdout.isTTY, env: process.env });

/** A step that did not do what the demo says it does. */
export class DemoFailed extends Error {}

export function say(text = ''): void {
  console.log(text);
}

export function heading(text: string): void {
  say(`\n${style('bold', `━━ ${text} ${'━'.repeat(Math.max(0, 90 - text.length))}`)}`);
}

/** Says what must be so now; ends the demo when it isn't. */
export function expectThat(isSo: boolean, text: string): void {
  if (!isSo) throw new DemoFailed(`This should be so and is not: ${text}.`);
  say(`${style('green', '✔')} ${text}`);
}

/**
 * Shows a command line of ops, runs it with our terminal, and waits for its end.
 *
 * @returns milliseconds from start to end
 * @throws DemoFailed when its exit code is not 0
 */
export async function ops(...args: readonly string[]): Promise<number> {
  say(`\n${style('cyan', `$ ops ${args.map((word) => (isPlain(word) ? word : quote(word))).join(' ')}`)}`);
  const began = performance.now();
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const durationMs = performance.now() - began;
  if (code !== 0) throw new DemoFailed(`ops ${args[0] ?? ''} ended with exit code ${code ?? 'none'}.`);
  return durationMs;
}

const isPlain = (word: string): boolean => /^[\w./:=-]+$/.test(word);

/** The object that a command prints with `--json`, without a word about it. */
export function opsData(...args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new DemoFailed(`ops ${args[0] ?? ''} --json ended with exit code ${status}.\n${stderr}`);
  return JSON.parse(stdout);
}

/** `950 ms`, `12.3 s`. */
export function time(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
