import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { build, pullImages } from '../../../src/shell/build.ts';
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

describe.each(shells)('a build, in %s', (...shell) => {
  function run(code: number) {
    const app = temporary();
    const docker = fakeDocker(`echo "one $BUILDKIT_PROGRESS $DOCKER_BUILDKIT"; echo two >&2; exit ${code}`);
    const options = { services: ['web'], cache: false, pull: true, args: {}, filesNamed: true, release: 'R' };
    const script = build({ appDir: app, compose: 'docker compose' }, options);
    return { ...sh(script, docker, shell), log: readFileSync(join(app, '.ops/logs/build-R.log'), 'utf8') };
  }

  it('tells all that it says, line by line, and keeps it', () => {
    const said = 'one plain 1\ntwo\n';
    expect(run(0)).toEqual({ code: 0, stdout: said, stderr: '', log: said });
  });

  it('that fails is a failure, though its output is kept by another program', () => {
    expect(run(17)).toMatchObject({ code: 1, log: 'one plain 1\ntwo\n' });
  });
});

it('pulls one image after another, and stops at one that cannot be had', () => {
  const app = temporary();
  const docker = fakeDocker('echo "$*" >> words; [ "$2" != "gone:1" ]');
  const pull = (...images: readonly string[]) =>
    sh(pullImages({ appDir: app, compose: 'docker compose' }, images), docker);
  expect(pull('redis:7', "it's:1").code).toBe(0);
  expect(pull('gone:1', 'never:1').code).not.toBe(0);
  expect(readFileSync(join(app, 'words'), 'utf8')).toBe("pull redis:7\npull it's:1\npull gone:1\n");
});
