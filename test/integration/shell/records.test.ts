import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startedStep } from '../../../src/deploy/plan-release.ts';
import type { FinishedEntry, StartedEntry } from '../../../src/ledger/entry.ts';
import { ledgerLine, parseLedger } from '../../../src/ledger/ledger.ts';
import { appendLedger, ifUnfinished } from '../../../src/shell/ledger.ts';
import { endRun } from '../../../src/shell/release.ts';
import { stepScript } from '../../../src/shell/script.ts';
import { pruneLogs } from '../../../src/shell/build.ts';
import {
  alive,
  commit,
  environment,
  fakeDocker,
  git,
  removeTemporary,
  repositories,
  sh,
  shells,
  shOk,
  temporary,
  until,
  type Result,
} from './sh.ts';

afterAll(removeTemporary);

function app(): string {
  const directory = temporary();
  mkdirSync(join(directory, '.ops/logs'), { recursive: true });
  return directory;
}

const context = (appDir: string) => ({ appDir, compose: 'docker compose' });

const started: StartedEntry = {
  v: 1,
  event: 'started',
  id: '20261123T155001-1a2b3c4',
  kind: 'deploy',
  commit: 'c',
  tree: 't',
  subject: `it's "quoted" $HOME \`id\` \\n \\0101 %s ünï 🚀 \t! \nsecond line`,
  ref: 'main',
  by: 'ann@laptop',
  at: '2026-11-23T15:50:01.000Z',
  run: 'run1',
};

describe.each(shells)('the ledger, in %s', (...shell) => {
  const finished: FinishedEntry = {
    v: 1,
    event: 'finished',
    id: started.id,
    outcome: 'live',
    at: '2026-11-23T15:51:01.000Z',
    durationMs: 60_000,
  };
  const append = (directory: string, entry: StartedEntry | FinishedEntry) =>
    sh(stepScript(context(directory), appendLedger(entry)), {}, shell);
  const read = (directory: string): string => readFileSync(join(directory, '.ops/ledger.jsonl'), 'utf8');

  it('comes back as it was written', () => {
    const directory = app();
    expect(append(directory, started)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(append(directory, finished).code).toBe(0);
    const { v: _v, event: _event, ...release } = started;
    const { v: _v2, event: _event2, id: _id, ...end } = finished;
    expect(parseLedger(read(directory))).toEqual({
      releases: [{ ...release, finished: end }],
      unreadable: 0,
    });
    expect(statSync(join(directory, '.ops/ledger.jsonl')).mode & 0o777).toBe(0o600);
  });

  it('a torn last line is closed first, and costs only itself', () => {
    const directory = app();
    append(directory, started);
    writeFileSync(join(directory, '.ops/ledger.jsonl'), `${read(directory)}{"v":1,"event":"star`);
    append(directory, finished);
    const ledger = parseLedger(read(directory));
    expect(ledger.unreadable).toBe(1);
    expect(ledger.releases[0]?.finished?.outcome).toBe('live');
  });

  it('an end is recorded only where there is none yet', () => {
    const directory = app();
    const end = (id: string, outcome: FinishedEntry['outcome']) =>
      sh(
        stepScript(
          context(directory),
          ...ifUnfinished(id, ['echo "ended"', appendLedger({ ...finished, id, outcome })]).split('\n'),
        ),
        {},
        shell,
      );
    expect(end('R1', 'interrupted'), 'no ledger yet').toMatchObject({ code: 0, stdout: 'ended\n' });
    append(directory, { ...started, id: 'R2' });
    append(directory, { ...finished, id: 'R2' });
    append(directory, { ...started, id: 'R' });
    expect(end('R2', 'interrupted')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(end('R', 'interrupted')).toEqual({ code: 0, stdout: 'ended\n', stderr: '' });
    expect(parseLedger(read(directory)).releases.map(({ finished: of }) => of?.outcome)).toEqual([
      'live',
      'interrupted',
    ]);
  });

  it('that cannot be written is a failure', () => {
    const directory = app();
    mkdirSync(join(directory, '.ops/ledger.jsonl'));
    expect(append(directory, started).code).not.toBe(0);
  });
});

it('keeps the newest logs', () => {
  const directory = app();
  for (let index = 1; index <= 5; index += 1)
    shOk(`touch -d '2026-01-0${index}' '${directory}/.ops/logs/build-${index}.log'`);
  shOk(stepScript(context(directory), pruneLogs(2)));
  expect(shOk(`ls '${directory}/.ops/logs'`)).toBe('build-4.log\nbuild-5.log\n');
  shOk(stepScript(context(temporary()), pruneLogs(2)));
});

describe('what a dead client left running', () => {
  const docker = fakeDocker('exit 0');
  const begin = (run: string, command: string): number => {
    const child = spawn('sh', ['-c', command], {
      env: { ...environment, OPS_RUN_ID: run },
      stdio: 'ignore',
      detached: true,
    });
    return child.pid ?? 0;
  };
  const end = (run: string) => sh(stepScript(context(app()), ...endRun(run)), docker);

  it('ends, and nothing else', async () => {
    const mine = begin('dead1', 'sleep 60 & sleep 60');
    const others = [begin('dead10', 'exec sleep 60'), begin('other', 'exec sleep 60')];
    const result = end('dead1');
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
    await until(() => !alive(mine), 'the end of it');
    expect(others.map(alive)).toEqual([true, true]);
    for (const pid of others) process.kill(pid);
  });

  it('ends although it will not', async () => {
    const stubborn = begin('dead2', "trap '' TERM; while :; do sleep 1; done");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(end('dead2').code).toBe(0);
    await until(() => !alive(stubborn), 'the end of it');
  }, 20_000);

  it('is asked first: what can tidy up does', async () => {
    const folder = temporary();
    const tidy = begin(
      'dead4',
      `trap 'sleep 0.5; echo yes >"${folder}/tidied"; exit' TERM; echo >"${folder}/ready"; while :; do sleep 0.1; done`,
    );
    await until(() => existsSync(join(folder, 'ready')), 'its start');
    expect(end('dead4').code).toBe(0);
    expect(readFileSync(join(folder, 'tidied'), 'utf8')).toBe('yes\n');
    await until(() => !alive(tidy), 'the end of it');
  });

  it('but never the session that asks, which may be of the same run', async () => {
    const mine = begin('same1', 'exec sleep 60');
    const script = stepScript(context(app()), ...endRun('same1'), 'echo alive');
    const env = { ...docker, OPS_RUN_ID: 'same1' };
    expect(sh(script, env)).toEqual({ code: 0, stdout: 'alive\n', stderr: '' });
    await until(() => !alive(mine), 'the end of it');
  });

  it('or nothing', () => {
    expect(end('nobody')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('its one-off containers go, too', () => {
    const log = join(temporary(), 'log');
    const env = fakeDocker(`echo "$*" >> '${log}'; case $1 in ps) echo c1; echo c2 ;; esac`);
    expect(sh(stepScript(context(app()), ...endRun('dead3')), env).code).toBe(0);
    expect(readFileSync(log, 'utf8')).toBe(
      'ps --all --quiet --filter label=dev.ops.run=dead3\nrm --force c1 c2\n',
    );
  });
});

it('a release is not begun where another commit is checked out than its plan knows', () => {
  const { app: appDir, first } = repositories();
  mkdirSync(join(appDir, '.ops'));
  const begin = (): Result => {
    const step = startedStep(context(appDir), started, first);
    return sh(step.kind === 'script' ? step.script : '');
  };
  commit(appDir, 'What somebody released meanwhile', { 'app.txt': 'two\n' });
  expect(begin()).toMatchObject({ code: 1, stderr: expect.stringContaining('HEAD moved') as string });
  expect(existsSync(join(appDir, '.ops/ledger.jsonl'))).toBe(false);
  git(appDir, 'reset', '--quiet', '--hard', first);
  expect(begin().code).toBe(0);
});

it('a release that takes the place of an unfinished one ends that one as it begins, not before', () => {
  const { app: appDir, first } = repositories();
  const ledger = join(appDir, '.ops/ledger.jsonl');
  mkdirSync(join(appDir, '.ops'));
  writeFileSync(ledger, ledgerLine({ ...started, id: 'dead' }));
  const recovered: FinishedEntry = {
    v: 1,
    event: 'finished',
    id: 'dead',
    outcome: 'interrupted',
    at: started.at,
    durationMs: 0,
  };
  const begin = (head: string): Result => {
    const step = startedStep(context(appDir), started, head, recovered);
    return sh(step.kind === 'script' ? step.script : '');
  };
  const said = (): unknown[] =>
    parseLedger(readFileSync(ledger, 'utf8')).releases.map(({ id, finished: end }) => [id, end?.outcome]);
  expect(begin('f'.repeat(40)).code).toBe(1);
  expect(said()).toEqual([['dead', undefined]]);
  expect(begin(first).code).toBe(0);
  expect(said()).toEqual([
    ['dead', 'interrupted'],
    [started.id, undefined],
  ]);
});
