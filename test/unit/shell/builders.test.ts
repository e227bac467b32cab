import { describe, expect, it } from 'vitest';
import { composeFlags, composeProgram, projectFilters } from '../../../src/shell/compose.ts';
import { bundle, checkout, inspectRef, makeRevert, push } from '../../../src/shell/git.ts';
import { appendLedger } from '../../../src/shell/ledger.ts';
import { releaseLock } from '../../../src/shell/lock.ts';
import { composeExec, composeLogs } from '../../../src/shell/observe.ts';
import { quote, words } from '../../../src/shell/quote.ts';
import { endRun } from '../../../src/shell/release.ts';
import { retire } from '../../../src/shell/roll.ts';
import { lockLostCode, stepScript } from '../../../src/shell/script.ts';
import {
  argumentSession,
  commandHeader,
  endSessions,
  fitsArgument,
  headerSession,
  receiveFile,
  scriptSession,
  scriptText,
} from '../../../src/shell/session.ts';

it('containers of a project, without the ones of `docker compose run`', () => {
  expect(projectFilters('my shop', 'status=running')).toBe(
    "--filter 'label=com.docker.compose.project=my shop' --filter label=com.docker.compose.oneoff=False --filter status=running",
  );
});

describe('quoting', () => {
  it.each([
    ['plain', 'plain'],
    ['a/b.c:d@e%f+g=h,i-j', 'a/b.c:d@e%f+g=h,i-j'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", String.raw`'it'\''s'`],
    ['$(id)', "'$(id)'"],
    ['~', "'~'"],
    ['a\nb', "'a\nb'"],
    ['ü', "'ü'"],
  ])('%j is %s', (value, expected) => {
    expect(quote(value)).toBe(expected);
  });

  it('a NUL byte cannot be in a word', () => {
    expect(() => quote('a\0b')).toThrow(new RangeError('A shell word cannot hold a NUL byte.'));
  });

  it('words', () => {
    expect(words('git', 'log', 'a b')).toBe("git log 'a b'");
    expect(words()).toBe('');
  });
});

const appDir = "/srv/o'hara app";
const odd = '$(touch /x) `id` \' " \n';
const context = { appDir, compose: 'docker compose', run: 'run1' };
const commit = 'c'.repeat(40);

/** Every script that takes text from outside, with text that would do harm if it were not quoted. */
const scripts: Record<string, string> = {
  step: stepScript(context, ':'),
  inspectRef: inspectRef(context, { remote: odd, branch: odd, ref: odd }),
  inspectBranch: inspectRef(context, { remote: 'origin', branch: odd }),
  checkout: checkout(context, {
    commit,
    expectedHead: odd,
    branch: odd,
    keepRef: odd,
    stash: odd,
    mounted: [odd],
  }),
  revert: makeRevert(context, { to: odd, tree: odd, head: odd, branch: odd, by: odd, at: odd }),
  push: push(context, odd, odd, commit),
  bundle: bundle(context, odd, odd),
  releaseLock: releaseLock(appDir, odd),
  ledger: appendLedger({
    v: 1,
    event: 'finished',
    id: odd,
    outcome: 'failed',
    at: odd,
    durationMs: 1,
    detail: odd,
  }),
  endRun: endRun(odd).join('\n'),
  logs: composeLogs(appDir, '', { services: [odd], follow: true, since: odd, tail: 5, timestamps: true }),
  exec: composeExec(appDir, '', { service: odd, index: 2, user: odd, command: [odd] }),
  flags: composeFlags({ files: [odd], project: odd, profiles: [odd], envFiles: [odd] }),
  receive: receiveFile(odd, 0o600, 1),
  retire: retire(context, [odd], 1000),
};

/** The text outside of single quotes: what the shell itself reads. */
function bare(script: string): string {
  return script.replaceAll(/\\'/g, '').replaceAll(/'[^']*'/g, '');
}

describe('no text from outside is read by the shell', () => {
  it.each(Object.entries(scripts))('%s', (_, script) => {
    expect(script.includes('touch') || script.includes('hara'), 'the text is in it').toBe(true);
    expect(bare(script)).not.toContain('touch /x');
  });
});

it('a step stops at the first error, in the app’s folder, and proves that the lock is ours', () => {
  const lines = stepScript(context, 'one', 'two').split('\n');
  expect(lines[0]).toBe('set -eu');
  expect(lines).toContain(`cd ${quote(appDir)}`);
  expect(lines.find((line) => line.includes('.ops/lock/run'))).toContain(
    `= run1 ] || { echo "The lock is not ours any more." >&2; exit ${lockLostCode}; }`,
  );
  expect(lines.slice(-2)).toEqual(['one', 'two']);
  const { run: _, ...unlocked } = context;
  expect(stepScript(unlocked)).not.toContain('.ops/lock');
});

it('Compose', () => {
  expect(composeProgram('plugin')).toBe('docker compose');
  expect(composeProgram('standalone')).toBe('docker-compose');
  expect(composeFlags({ files: [], profiles: [], envFiles: [] })).toBe('');
  expect(composeLogs('/srv', '-p x', { services: [], follow: false, timestamps: false })).toContain(
    'exec "$@" -p x logs --no-color --',
  );
  expect(composeExec('/srv', '', { service: 'web', command: ['ls'] })).toContain('exec -T -- web ls');
  const logs = { services: ['web', 'db'], follow: true, timestamps: true, since: '10m', tail: 5 };
  expect(composeLogs('/srv', '-p x', logs)).toMatch(
    /^cd \/srv \|\| exit 1\n[^]*\nexec "\$@" -p x logs --no-color --follow --timestamps --since 10m --tail 5 -- web db </,
  );
  const exec = { service: 'web', index: 2, user: 'root', command: ['ls', '-l'] };
  expect(composeExec('/srv', '', exec)).toMatch(
    /^cd \/srv \|\| exit 1\n[^]* exec -T --index 2 --user root -- web ls -l </,
  );
});

describe('the way into an unknown login shell', () => {
  const token = { runId: 'run1', marker: 'mark-1' };

  it.each([
    { command: 'ls -l', fits: true },
    { command: 'a\nb', fits: false },
    { command: 'a\\b', fits: false },
    { command: 'wow!', fits: false },
    { command: 'x'.repeat(100_001), fits: false },
  ])('$command.length characters fit: $fits', ({ command, fits }) => {
    expect(fitsArgument(command)).toBe(fits);
  });

  it.each([
    ['an argument', argumentSession(token, 'ls')],
    ['a header', headerSession(token)],
    ['a script', scriptSession(token)],
  ])('%s carries the run and one line', (_, text) => {
    expect(text).toMatch(/^exec env OPS_RUN_ID=run1 sh -c '/);
    expect(text).not.toContain('\n');
  });

  it('input begins with the command', () => {
    expect(commandHeader(token, 'cat')).toBe('cat\nmark-1\n');
    expect(scriptText(token, 'cat')).toBe('cat\nmark-1');
  });

  it('ends sessions, at least one look later', () => {
    expect(endSessions([1, 22], 0)).toContain("ids='1 22'");
    expect(endSessions([1], 0)).toContain('-lt 1 ]');
    expect(endSessions([1], 2)).toContain('-lt 10 ]');
  });
});
