import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { lock } from '../../../src/facts/lock.ts';
import { holdLock, releaseLock } from '../../../src/shell/lock.ts';
import { stepScript } from '../../../src/shell/script.ts';
import { git, removeTemporary, sh, shOk, start, temporary, until, type Running } from './sh.ts';

const started: Running[] = [];
afterEach(async () => {
  for (const { child } of started) child.stdin?.end();
  await Promise.all(started.splice(0).map(({ ended }) => ended));
});
afterAll(removeTemporary);

function clone(): string {
  const app = temporary();
  git(app, 'init', '--quiet');
  return app;
}

const owner = (run: string) => ({
  run,
  by: "o'hara@laptop",
  at: '2026-11-23T15:50:01Z',
  what: 'deploy "x" $y',
});

function hold(app: string, run: string, stale?: string): Running {
  const running = start(holdLock(app, owner(run), stale));
  started.push(running);
  return running;
}

const look = (app: string) =>
  lock.parse({ stdout: shOk(`cd '${app}'\n${lock.script()}`), stderr: '', code: 0 });
const held = (app: string): boolean => existsSync(join(app, '.ops/lock'));

it('is taken, says whose it is, and is released when the input closes', async () => {
  const app = clone();
  const one = hold(app, 'run1');
  expect(await one.first).toBe('acquired');
  expect(look(app)).toEqual({
    state: 'held',
    run: 'run1',
    owner: owner('run1'),
    silentSeconds: expect.any(Number),
  });
  expect(statSync(join(app, '.ops')).mode & 0o777).toBe(0o700);
  for (const name of ['run', 'owner.json', 'heartbeat'])
    expect(statSync(join(app, '.ops/lock', name)).mode & 0o777).toBe(0o600);
  one.child.stdin?.end();
  expect(await one.ended).toBe(0);
  expect(look(app)).toEqual({ state: 'free' });
});

it('is refused while somebody has it', async () => {
  const app = clone();
  await hold(app, 'run1').first;
  const two = hold(app, 'run2');
  expect(await two.first).toBe('held');
  expect(await two.ended).toBe(0);
  expect(look(app)).toMatchObject({ owner: { run: 'run1' } });
});

it('has one holder among many who want it at once', async () => {
  const app = clone();
  const all = Array.from({ length: 20 }, (_, index) => hold(app, `run${index}`));
  const answers = await Promise.all(all.map(async ({ first }) => await first));
  expect(answers.filter((answer) => answer === 'acquired')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'held')).toHaveLength(19);
  expect(look(app)).toMatchObject({ owner: { run: `run${answers.indexOf('acquired')}` } });
});

it('is released although its holder is told to end: only the closed input counts', async () => {
  const app = clone();
  const one = hold(app, 'run1');
  await one.first;
  const pid = one.child.pid ?? 0;
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.kill(-pid, signal);
  one.child.stdin?.write('\n');
  expect(held(app)).toBe(true);
  one.child.stdin?.end();
  await one.ended;
  expect(held(app)).toBe(false);
});

it('is released although its holder is told to end while it takes it', async () => {
  const app = clone();
  const bin = temporary();
  // To end all of them is what sshd does when the connection is lost.
  writeFileSync(
    join(bin, 'mkdir'),
    '#!/bin/sh\n/bin/mkdir "$@" || exit\ncase $* in .ops/lock) kill -TERM 0 ;; esac\n',
    { mode: 0o755 },
  );
  const one = start(holdLock(app, owner('run1')), { PATH: `${bin}:${process.env['PATH'] ?? ''}` });
  started.push(one);
  expect(await one.first).toBe('acquired');
  expect(held(app)).toBe(true);
  one.child.stdin?.end();
  await one.ended;
  expect(held(app)).toBe(false);
});

it('beats with each line', async () => {
  const app = clone();
  const one = hold(app, 'run1');
  await one.first;
  const beat = join(app, '.ops/lock/heartbeat');
  shOk(`touch -d '2 minutes ago' '${beat}'`);
  expect(look(app)).toMatchObject({ silentSeconds: expect.toSatisfy((seconds: number) => seconds >= 119) });
  one.child.stdin?.write('\n');
  await until(() => Date.now() - statSync(beat).mtimeMs < 10_000, 'the heartbeat');
});

describe('a silent holder', () => {
  it('loses it to exactly one of many, and notices', async () => {
    const app = clone();
    const dead = hold(app, 'dead');
    await dead.first;
    const all = Array.from({ length: 10 }, (_, index) => hold(app, `run${index}`, 'dead'));
    const answers = await Promise.all(all.map(async ({ first }) => await first));
    expect(answers.filter((answer) => answer === 'acquired')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(9);
    dead.child.stdin?.write('\n');
    expect(await dead.ended).toBe(0);
    expect(dead.lines).toEqual(['acquired', 'lost']);
    expect(look(app)).toMatchObject({ owner: { run: `run${answers.indexOf('acquired')}` } });
    expect(shOk(`ls -A '${app}/.ops'`)).toBe('lock\nlogs\n');
  });

  it('that ends after all leaves the new lock alone', async () => {
    const app = clone();
    const dead = hold(app, 'dead');
    await dead.first;
    expect(await hold(app, 'run1', 'dead').first).toBe('acquired');
    dead.child.stdin?.end();
    expect(await dead.ended).toBe(0);
    expect(look(app)).toMatchObject({ owner: { run: 'run1' } });
    expect(shOk(`ls -A '${app}/.ops'`)).toBe('lock\nlogs\n');
  });

  it('is not taken over by whoever looked too long ago', async () => {
    const app = clone();
    await hold(app, 'run2').first;
    expect(await hold(app, 'run3', 'dead').first).toBe('held');
    expect(look(app)).toMatchObject({ owner: { run: 'run2' } });
  });

  it('without a name loses it, too', async () => {
    const app = clone();
    mkdirSync(join(app, '.ops/lock'), { recursive: true });
    expect(look(app)).toEqual({ state: 'held', run: '', silentSeconds: expect.any(Number) });
    expect(await hold(app, 'run1', '').first).toBe('acquired');
  });
});

it.each([
  { lock: 'run1', run: 'run1', answer: 'released', left: false },
  { lock: 'run2', run: 'run1', answer: 'changed', left: true },
  { lock: undefined, run: 'run1', answer: 'free', left: false },
  { lock: '', run: '', answer: 'released', left: false },
  { lock: 'run1', run: '', answer: 'changed', left: true },
])('force: $run of $lock: $answer', ({ lock: token, run, answer, left }) => {
  const app = clone();
  if (token !== undefined) {
    mkdirSync(join(app, '.ops/lock'), { recursive: true });
    if (token !== '') writeFileSync(join(app, '.ops/lock/run'), `${token}\n`);
  }
  expect(shOk(releaseLock(app, run)).trim()).toBe(answer);
  expect(held(app)).toBe(left);
});

it('a step of a run that has lost the lock does nothing', async () => {
  const app = clone();
  await hold(app, 'run1').first;
  const step = (run: string) => sh(stepScript({ appDir: app, compose: 'docker compose', run }, 'echo done'));
  expect(step('run1')).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(step('run2')).toMatchObject({ code: 97, stdout: '', stderr: 'The lock is not ours any more.\n' });
});

describe('git does not see it', () => {
  const excluded = (app: string): string => readFileSync(join(app, '.git/info/exclude'), 'utf8');

  it('written once, however many come', async () => {
    const app = clone();
    writeFileSync(join(app, '.git/info/exclude'), '*.swp\n');
    await Promise.all(Array.from({ length: 20 }, async (_, index) => await hold(app, `run${index}`).first));
    expect(excluded(app)).toBe('*.swp\n/.ops/\n');
    expect(git(app, 'status', '--porcelain')).toBe('');
  });

  it('behind a last line without its end', async () => {
    const app = clone();
    writeFileSync(join(app, '.git/info/exclude'), '*.swp');
    await hold(app, 'run1').first;
    expect(excluded(app)).toBe('*.swp\n/.ops/\n');
  });

  it('where git left no such folder', async () => {
    const app = clone();
    shOk(`rm -r '${app}/.git/info'`);
    await hold(app, 'run1').first;
    expect(excluded(app)).toBe('/.ops/\n');
  });

  it('a folder without git can be locked, too', async () => {
    expect(await hold(temporary(), 'run1').first).toBe('acquired');
  });
});

it('says why it cannot be taken', async () => {
  const app = clone();
  writeFileSync(join(app, '.ops'), 'a file in the way');
  expect(await hold(app, 'run1').first).toBe('ended with 1');
  expect(await hold(join(app, 'nowhere'), 'run1').first).toBe('ended with 1');
  const other = clone();
  mkdirSync(join(other, '.ops'));
  writeFileSync(join(other, '.ops/lock'), 'a file in its place');
  expect(sh(holdLock(other, owner('run1')))).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'cannot create .ops/lock\n',
  });
});
