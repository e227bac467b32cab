import { PassThrough } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RemoteCommand, rememberExit } from '../../../../src/host/ssh/remote-command.ts';
import type { Ending } from '../../../../src/host/ssh/remote-command.ts';

const quietMs = 1_000;

/**
 * A command behind a channel that the test speaks for.
 *
 * @param early what the server says in the same packet as that the command has begun, before anybody could listen
 */
function begin(early: (channel: ClientChannel) => void = () => {}) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const channel = Object.assign(stdout, { stderr, close: () => {} }) as unknown as ClientChannel;
  rememberExit(channel);
  early(channel);
  let answer = (): void => {};
  const roundTrip = () => new Promise<void>((resolve) => (answer = resolve));
  const command = new RemoteCommand(channel, { marker: 'ops-1', maxBytes: 1_000, quietMs, roundTrip });
  let ending: Ending | undefined;
  void command.ended.then((value) => (ending = value));
  stderr.write('ops-1 42\n');
  stdout.write('ops-1\n');
  return {
    command,
    say: (text: string) => stdout.write(text),
    exit: (code: number) => channel.emit('exit', code),
    close: () => {
      stdout.end();
      stderr.end();
    },
    answer: () => answer(),
    ending: () => ending,
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a command has ended', () => {
  test('when its channel is closed', async () => {
    const { command, say, exit, close, ending } = begin();
    say('out');
    exit(3);
    close();
    await pass(1);
    expect(ending()).toMatchObject({ how: 'exit', result: { code: 3, stdout: 'out', stderr: '' } });
    expect(await command.started).toBe(42);
  });

  test('when that was told together with its begin', async () => {
    const { say, close, ending } = begin((channel) => channel.emit('exit', 4));
    say('out');
    close();
    await pass(1);
    expect(ending()).toMatchObject({ how: 'exit', result: { code: 4, stdout: 'out' } });
  });

  test('when its output stays open, silent, and the server has nothing more on its way', async () => {
    const { exit, say, answer, ending } = begin();
    say('out');
    exit(0);
    await pass(quietMs);
    expect(ending()).toBeUndefined();
    answer();
    await pass(1);
    expect(ending()).toMatchObject({ how: 'exit', result: { stdout: 'out' } });
  });

  test('not while the rest of its output is on its way over a slow network', async () => {
    const { exit, say, answer, ending } = begin();
    exit(0);
    await pass(quietMs);
    // Sent before the answer, so it arrives before the answer.
    say('late');
    answer();
    await pass(quietMs - 1);
    expect(ending()).toBeUndefined();
    await pass(1);
    answer();
    await pass(1);
    expect(ending()).toMatchObject({ how: 'exit', result: { stdout: 'late' } });
  });

  test('not while more output comes', async () => {
    const { exit, say, answer, ending } = begin();
    exit(0);
    for (let i = 0; i < 5; i++) {
      await pass(quietMs / 2);
      say('.');
      answer();
    }
    expect(ending()).toBeUndefined();
  });

  test('lost, when the channel is closed without an exit code', async () => {
    const { close, ending } = begin();
    close();
    await pass(1);
    expect(ending()).toEqual({ how: 'lost' });
  });
});
