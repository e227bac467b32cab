import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { Fact, FactOutput } from '../../../src/facts/fact.ts';
import { gatherScript, splitSections, type FactTable } from '../../../src/facts/gather.ts';

const scope = { appDir: '/', composeFlags: '', remote: 'origin', branch: 'main' };

function fact(id: string, script: string): Fact<string, FactOutput> {
  return { id, script: () => script, parse: (output) => output };
}

function run(table: FactTable, appDir = '/'): Map<string, FactOutput> {
  const script = gatherScript(table, { ...scope, appDir }, '@ops-n@');
  const { stdout, status } = spawnSync('sh', [], {
    input: script,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(status).toBe(0);
  return splitSections(stdout, '@ops-n@');
}

it('keeps every fact apart: output, errors, exit code, whatever the others do', () => {
  const found = run({
    plain: fact('plain', 'echo one; echo; echo "  two"'),
    fails: fact('fails', 'echo half; echo why >&2; exit 7'),
    silent: fact('silent', ':'),
    open: fact('open', 'printf "no line feed"; printf "nor here" >&2'),
    reads: fact('reads', 'cat; echo "read nothing"'),
    escapes: fact('escapes', 'cd /nowhere 2>/dev/null; x=1; set -u; exit 0'),
    large: fact(
      'large',
      'n=0; while [ $n -lt 20000 ]; do echo "a line that fills the pipe"; n=$((n+1)); done',
    ),
    noisy: fact('noisy', 'n=0; while [ $n -lt 2000 ]; do echo "out"; echo "error $n" >&2; n=$((n+1)); done'),
  });
  expect(found.get('plain')).toEqual({ stdout: 'one\n\n  two', stderr: '', code: 0 });
  expect(found.get('fails')).toEqual({ stdout: 'half', stderr: 'why', code: 7 });
  expect(found.get('silent')).toEqual({ stdout: '', stderr: '', code: 0 });
  expect(found.get('open')).toEqual({ stdout: 'no line feed', stderr: 'nor here', code: 0 });
  expect(found.get('reads')).toMatchObject({ stdout: 'read nothing', code: 0 });
  expect(found.get('escapes')?.code).toBe(0);
  expect(found.get('large')?.stdout.split('\n')).toHaveLength(20_000);
  const noisy = found.get('noisy');
  expect(noisy?.stdout.split('\n')).toHaveLength(2_000);
  expect(noisy?.stderr.split('\n').at(-1)).toBe('error 1999');
});

it('a missing app directory is for each fact to judge', () => {
  const found = run({ where: fact('where', 'echo "${ops_no_dir:-there}"') }, '/nowhere/at all');
  expect(found.get('where')?.stdout).toBe('1');
});
