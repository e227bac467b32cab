/** Runs every `check:*` script of package.json at once and shows the output of those that fail. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};

interface Result {
  name: string;
  ok: boolean;
  output: string;
  seconds: number;
}

async function run(name: string): Promise<Result> {
  const started = performance.now();
  // package.json's scripts run with node_modules/.bin first in PATH, so these do too.
  const child = spawn(scripts[name] ?? '', { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { name, ok: code === 0, output, seconds: (performance.now() - started) / 1000 };
}

const names = Object.keys(scripts).filter((name) => name.startsWith('check:'));
const results = await Promise.all(names.map(run));
for (const { name, ok, output } of results) {
  if (!ok) console.error(`\n✖ ${name} (${scripts[name]})\n${output.trimEnd()}`);
}
console.error('');
for (const { name, ok, seconds } of results) {
  console.error(`${ok ? '✔' : '✖'} ${name.padEnd(16)} ${seconds.toFixed(1)} s`);
}
if (results.some(({ ok }) => !ok)) process.exitCode = 1;
