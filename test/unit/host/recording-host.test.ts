import { expect, test } from 'vitest';
import { RecordingHost } from '../../../src/host/recording-host.ts';

test('answers from a table and writes down what it was asked', async () => {
  const host = new RecordingHost({
    answers: [
      ['docker ps', 'one\ntwo\n'],
      [/^false/, { code: 1, stderr: 'no\n' }],
    ],
  });
  const lines: string[] = [];
  const result = await host.run('docker ps -a', {
    stdin: 'in',
    onLine: ({ stream, text }) => lines.push(`${stream} ${text}`),
  });
  expect(result).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
  expect(lines).toEqual(['stdout one', 'stdout two']);
  expect(await host.script('false')).toMatchObject({ code: 1, stderr: 'no\n' });
  await host.upload('text', '/x', { mode: 0o600 });
  expect(host.requests).toEqual([
    { kind: 'run', text: 'docker ps -a', input: 'in' },
    { kind: 'script', text: 'false' },
    { kind: 'upload', text: '/x', input: 'text', mode: 0o600 },
  ]);
  expect(host.roundTrips).toBe(3);
});

test('a function may look at the whole request, and fail it', async () => {
  const host = new RecordingHost({ answers: ({ kind }) => (kind === 'script' ? 'yes' : new Error('lost')) });
  expect((await host.script('x')).stdout).toBe('yes');
  await expect(host.run('x')).rejects.toThrow('lost');
});

test('what has no answer fails, unless it is a dry run', async () => {
  await expect(new RecordingHost().run('rm -rf x')).rejects.toThrow('no answer for run: rm -rf x');
  expect(await new RecordingHost({ unanswered: 'succeed' }).run('x')).toMatchObject({ code: 0, stdout: '' });
});

test('a started command takes input until it is ended', async () => {
  const host = new RecordingHost({ answers: [['lock', 'acquired\n']] });
  const lock = await host.start('lock');
  lock.write('a\n');
  lock.write('b\n');
  const result = await lock.end();
  expect(await lock.ended).toBe(result);
  expect(host.requests[0]?.input).toBe('a\nb\n');
});

test('does nothing for an aborted signal or after it was closed', async () => {
  const host = new RecordingHost({ unanswered: 'succeed' });
  await expect(host.run('x', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await host.close();
  await expect(host.run('x')).rejects.toThrow('after it was closed');
  expect(host.texts).toEqual([]);
});
