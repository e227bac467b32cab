import * as fc from 'fast-check';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { composeFlags } from '../../../src/shell/compose.ts';
import { appendLedger } from '../../../src/shell/ledger.ts';
import { composeExec, composeLogs } from '../../../src/shell/observe.ts';
import { releaseCommand } from '../../../src/shell/release.ts';
import { startBeside, up } from '../../../src/shell/roll.ts';
import { tagImages } from '../../../src/shell/build.ts';
import { stepScript } from '../../../src/shell/script.ts';
import { argumentSession, fitsArgument } from '../../../src/shell/session.ts';
import { fakeProgram, removeTemporary, sh, shells, temporary } from './sh.ts';

afterAll(removeTemporary);

/** Anything, and often what would run `owned` if a shell read it. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '$(touch owned)',
      '`touch owned`',
      "'; touch owned; '",
      '"; touch owned; "',
      '\n touch owned\n',
      '\\\n; touch owned #',
      '${IFS}$(touch${IFS}owned)',
      '| touch owned',
      '&& touch owned',
      '$((x[$(touch owned)]))',
      '%s%n\\0101',
      '-rf',
      '--',
      '~',
      '*',
      '!!',
      '\u001B[2J',
    ),
  )
  .filter((value) => !value.includes('\0') && value.isWellFormed());

/** Runs a script with a `docker` that notes its words, ended by NUL, and gives those back. */
function wordsOf(make: (app: string) => string, shell: readonly string[]): readonly string[] {
  const app = temporary();
  mkdirSync(join(app, '.ops/lock'), { recursive: true });
  writeFileSync(join(app, '.ops/lock/run'), 'r\n');
  const docker = fakeProgram('docker', `printf '%s\\000' "$@" >> '${join(app, 'words')}'`);
  writeFileSync(join(app, 'words'), '');
  sh(make(app), docker, shell);
  expect(existsSync(join(app, 'owned'))).toBe(false);
  expect(existsSync('owned')).toBe(false);
  return readFileSync(join(app, 'words'), 'utf8').split('\0');
}

describe.each(shells)('text from outside is data, in %s', (...shell) => {
  const runs = { numRuns: 25 };
  const holds = (property: (value: string, other: string) => void): void => {
    fc.assert(fc.property(text, text, property), runs);
  };
  const step = (app: string, compose = 'docker compose') => ({ appDir: app, compose });

  it('files, project, profiles and env files of Compose', () => {
    holds((one, two) => {
      const flags = composeFlags({ files: [one], project: two, profiles: [one], envFiles: [two] });
      expect(
        wordsOf((app) => stepScript(step(app, `docker compose ${flags}`), 'dc ps'), shell).slice(0, 10),
      ).toEqual(['compose', '-f', one, '-p', two, '--profile', one, '--env-file', two, 'ps']);
    });
  });

  it('services, commands, users of exec and logs', () => {
    holds((one, two) => {
      const exec = wordsOf(
        (app) => composeExec(app, '', { service: one, user: two, command: [two, one] }),
        shell,
      );
      expect(exec.slice(-8)).toEqual(['exec', '-T', '--user', two, '--', one, two, one, ''].slice(1));
      const logs = wordsOf(
        (app) => composeLogs(app, '', { services: [one, two], follow: false, since: two, timestamps: false }),
        shell,
      );
      expect(logs.slice(-6)).toEqual(['--since', two, '--', one, two, '']);
    });
  });

  it('images, projects and services of a release', () => {
    holds((one, two) => {
      expect(
        wordsOf((app) => stepScript(step(app), ...tagImages([{ source: one, tag: two }])), shell),
      ).toEqual(['tag', one, two, '']);
      const options = { project: one, service: two, count: 1, timeoutMs: 1 };
      expect(wordsOf((app) => startBeside(step(app), options), shell)).toContain(
        `label=com.docker.compose.project=${one}`,
      );
      expect(wordsOf((app) => up(step(app), one, [two], 1, 'keep'), shell)).toContain(two);
    });
  });

  it('the release command', () => {
    holds((one, two) => {
      const words = wordsOf((app) => releaseCommand({ ...step(app), run: 'r' }, one, [two, one]), shell);
      const flags = ['--rm', '--no-deps', '-T', '--label', 'dev.ops.run=r', '--entrypoint', ''];
      expect(words.slice(-12)).toEqual(['run', ...flags, one, two, one, '']);
    });
  });

  it('what the ledger says', () => {
    holds((one, two) => {
      const app = temporary();
      mkdirSync(join(app, '.ops'));
      const entry = {
        v: 1,
        event: 'finished',
        id: one,
        outcome: 'failed',
        at: two,
        durationMs: 1,
        detail: one,
      } as const;
      expect(sh(stepScript(step(app), appendLedger(entry)), {}, shell).code).toBe(0);
      expect(JSON.parse(readFileSync(join(app, '.ops/ledger.jsonl'), 'utf8'))).toEqual(entry);
      expect(existsSync(join(app, 'owned'))).toBe(false);
    });
  });

  it('a directory', () => {
    fc.assert(
      fc.property(
        text.filter((name) => name !== '' && !/[/]|^\.\.?$/.test(name) && Buffer.byteLength(name) < 200),
        (name) => {
          const app = join(temporary(), name);
          mkdirSync(app);
          const { stdout } = sh(stepScript(step(app), 'printf "%sx" "$PWD"'), {}, shell);
          expect(stdout).toBe(`${app}x`);
        },
      ),
      runs,
    );
  });

  it('a command on its way through the login shell', () => {
    holds((one) => {
      fc.pre(fitsArgument(one));
      const token = { runId: 'run1', marker: 'mark-1' };
      const { code } = sh(argumentSession(token, ': '), {}, shell);
      expect(code).toBe(0);
      const seen = sh(argumentSession(token, `printf '%s' '${one.replaceAll("'", `'"'"'`)}'`), {}, shell);
      expect(seen.stdout).toBe(`mark-1\n${one}`);
    });
  });
});
