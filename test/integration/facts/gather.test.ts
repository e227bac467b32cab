import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { gatherScript, splitSections, type FactTable } from '../../../src/facts/gather.ts';

const scope = { appDir: tmpdir(), composeFlags: '', remote: 'origin', branch: 'main' };
const nonce = '@ops-test@';

function run(scripts: Readonly<Record<string, string>>, appDir = scope.appDir) {
  const table: FactTable = Object.fromEntries(
    Object.entries(scripts).map(([id, script]) => [id, { id, script: () => script, parse: () => null }]),
  );
  const script = gatherScript(table, { ...scope, appDir }, nonce);
  const stdout = execFileSync('sh', ['-s'], { input: script, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return splitSections(stdout, nonce);
}

describe('the gathering script in a real shell', () => {
  it('keeps the facts apart: output, errors and exit code of each', () => {
    const found = run({
      a: 'echo one; echo warning >&2; exit 3',
      b: 'printf "no line feed"',
      c: ':',
    });
    expect(Object.fromEntries(found)).toEqual({
      a: { stdout: 'one', stderr: 'warning', code: 3 },
      b: { stdout: 'no line feed', stderr: '', code: 0 },
      c: { stdout: '', stderr: '', code: 0 },
    });
  });

  it('gathers them at the same time', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const found = run(Object.fromEntries(ids.map((id) => [id, 'date +%s%N; sleep 0.5; date +%s%N'])));
    const times = ids.map((id) => (found.get(id)?.stdout ?? '').split('\n').map(Number));
    const lastStart = Math.max(...times.map(([start = 0]) => start));
    const firstEnd = Math.min(...times.map(([, end = 0]) => end));
    expect(lastStart).toBeLessThan(firstEnd);
  });

  it('is not confused by output larger than a pipe on both streams, nor by a fact that reads standard input', () => {
    const many = 'n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); echo "line $n"; echo "said $n" >&2; done';
    const found = run({ a: many, b: 'cat; echo b', c: many });
    for (const id of ['a', 'c']) {
      expect(found.get(id)?.stdout.split('\n').length).toBe(20_000);
      expect(found.get(id)?.stderr.split('\n').at(-1)).toBe('said 20000');
    }
    expect(found.get('b')?.stdout).toBe('b');
  });

  it('tells a fact that its directory is not there', () => {
    expect(run({ a: 'echo "${ops_no_dir:-here}"' }, '/does/not/exist').get('a')?.stdout).toBe('1');
  });
});
