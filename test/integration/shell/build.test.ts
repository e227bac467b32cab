import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { build } from '../../../src/shell/build.ts';
import { fakeDocker, removeTemporary, sh, shells, temporary } from './sh.ts';

afterAll(removeTemporary);

const secret = `canary-$HOME-\${PATH}-'"\`id\`-$$`;

describe.each(shells)('build arguments, in %s', (...shell) => {
  function run(args: Readonly<Record<string, string>>, filesNamed = true) {
    const app = temporary();
    const tmp = temporary();
    writeFileSync(join(app, 'words'), '');
    const docker = fakeDocker(
      [
        `printf '%s\\n' "$@" >> words`,
        'while [ "$#" -gt 0 ]; do case $1 in /*) cp "$1" given; stat -c %a "$1" > mode ;; esac; shift; done',
      ].join('\n'),
    );
    const result = sh(
      build(
        { appDir: app, compose: 'docker compose -f compose.yml' },
        { services: ['web', 'job'], cache: true, pull: false, args, filesNamed, release: 'R' },
      ),
      { ...docker, TMPDIR: tmp },
      shell,
    );
    const read = (name: string): string => readFileSync(join(app, name), 'utf8');
    return { ...result, read, left: readdirSync(tmp) };
  }

  it('are in a private file, not among the words of a command', () => {
    const { code, read, left } = run({ TOKEN: secret, EMPTY: '' });
    expect(code).toBe(0);
    expect(read('words')).not.toContain('canary');
    expect(read('mode').trim()).toBe('600');
    const args = { TOKEN: secret.replaceAll('$', '$$$$'), EMPTY: '' };
    expect(JSON.parse(read('given'))).toEqual({
      services: { web: { build: { args } }, job: { build: { args } } },
    });
    expect(left, 'nothing is left').toEqual([]);
  });

  it('are words where Compose looks for its files itself', () => {
    expect(run({ A: 'b c' }, false).read('words')).toContain('--build-arg\nA=b c\n');
  });

  it('none: no file', () => {
    expect(run({}).read('words').split('\n')).toEqual([
      'compose',
      '-f',
      'compose.yml',
      'build',
      'web',
      'job',
      '',
    ]);
  });
});
