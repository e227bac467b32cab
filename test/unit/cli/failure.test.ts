import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/cli/failure.ts';
import { failureData, failureText } from '../../../src/cli/failure-text.ts';
import { ConnectionError, OpsError, UsageError } from '../../../src/errors.ts';
import type { Style } from '../../../src/cli/style.ts';

const plain: Style = (_format, text) => text;
const textOptions = { style: plain, version: '1.2.3', showedOutput: false };

const failed = new OpsError('unchanged', 'BUILD_FAILED', 'The build of backend failed.', {
  next: ['Read the log above.'],
  place: {
    host: 'web1',
    step: 'Build backend',
    command: 'docker compose build\u001B]0;x\u0007',
    output: ['\u001B[31mline 1\u001B[0m', 'line 2'],
  },
});

/** As oclif throws them: with an `oclif` property and its own hint at the end. */
function parseError(message: string, extra: object = {}): Error {
  return Object.assign(new Error(`${message}\nSee more help with --help`), { oclif: { exit: 2 }, ...extra });
}

describe('explain', () => {
  it('keeps an error of ours', () => {
    expect(explain(failed, 'deploy')).toMatchObject({ reason: 'unchanged', exitCode: 4, errors: [failed] });
  });

  it('takes anything else for a bug', () => {
    expect(explain(new TypeError('x'), 'deploy')).toMatchObject({ reason: 'internal', exitCode: 70 });
    expect(explain('text', 'deploy').errors[0]?.message).toBe('Thrown: text');
  });

  it('names the nearest flag', () => {
    const { exitCode, errors } = explain(
      parseError('Nonexistent flag: --tarfet', { flags: ['--tarfet'] }),
      'deploy',
      ['target', 'host'],
    );
    expect(exitCode).toBe(2);
    expect(errors[0]).toMatchObject({
      code: 'UNKNOWN_FLAG',
      message: 'There is no flag --tarfet in `ops deploy`.',
      next: ['Did you mean --target?', 'See `ops deploy --help`.'],
    });
  });

  it('names no flag when none is near', () => {
    const { errors } = explain(parseError('Nonexistent flag: --zzzzzz', { flags: ['--zzzzzz'] }), 'deploy', [
      'target',
    ]);
    expect(errors[0]).toMatchObject({ next: ['See `ops deploy --help`.'] });
  });

  it.each([
    ['Unexpected argument: b', 'Unexpected argument: b'],
    [
      'Parsing --port \n\tExpected an integer but received: abc',
      '--port: Expected an integer but received: abc',
    ],
  ])('turns %j of the parser into a usage error', (given, message) => {
    expect(explain(parseError(given), 'deploy')).toMatchObject({
      exitCode: 2,
      errors: [{ code: 'WRONG_ARGUMENTS', message }],
    });
  });

  it.each(['ExitPromptError', 'AbortError'])('takes %s for an interruption', (name) => {
    const error = Object.assign(new Error('x'), { name });
    expect(explain(error, 'deploy')).toMatchObject({ exitCode: 130, errors: [{ code: 'INTERRUPTED' }] });
  });

  it('reports every failure, and the exit code of the worst', () => {
    const errors = [
      new UsageError('A', 'a'),
      new OpsError('rolledBack', 'B', 'b'),
      new OpsError('needsHuman', 'C', 'c'),
      new ConnectionError('D', 'd'),
    ];
    expect(explain(new AggregateError(errors), 'deploy')).toMatchObject({
      reason: 'needsHuman',
      exitCode: 6,
      errors,
    });
  });
});

describe('failureText', () => {
  it('says what happened, where, and what to do', () => {
    expect(failureText(explain(failed, 'deploy'), textOptions)).toBe(
      [
        'Error The build of backend failed. [BUILD_FAILED]',
        '  host     web1',
        '  step     Build backend',
        '  command  docker compose build',
        '  output',
        '  │ line 1',
        '  │ line 2',
        '  → Read the log above.',
      ].join('\n'),
    );
  });

  it('does not repeat output that is on the screen', () => {
    expect(failureText(explain(failed, 'deploy'), { ...textOptions, showedOutput: true })).not.toContain(
      'line 1',
    );
  });

  it('shows the last 20 lines of output', () => {
    const output = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
    const text = failureText(
      explain(new OpsError('unchanged', 'X', 'x', { place: { output } }), 'deploy'),
      textOptions,
    );
    expect(text.match(/line \d+/g)).toEqual(output.slice(10));
  });

  it('names file and line', () => {
    const error = new UsageError('X', 'Unknown key.\nTwo lines.', { place: { file: 'ops.yaml', line: 12 } });
    expect(failureText(explain(error, 'deploy'), textOptions)).toBe(
      'Error Unknown key. [X]\n  Two lines.\n  file  ops.yaml:12',
    );
  });

  it('shows the stack of a bug and asks for a report', () => {
    const text = failureText(explain(new TypeError('x is not a function'), 'deploy'), textOptions);
    expect(text).toMatch(/^Bug ops 1\.2\.3 .*\n {2}TypeError: x is not a function\n {6}at /);
    expect(text).toMatch(/→ Please report this/);
  });
});

describe('failureData', () => {
  it('is one versioned object', () => {
    expect(failureData(explain(failed, 'deploy'), 'deploy')).toEqual({
      version: 1,
      command: 'deploy',
      ok: false,
      reason: 'unchanged',
      exitCode: 4,
      error: {
        code: 'BUILD_FAILED',
        message: 'The build of backend failed.',
        host: 'web1',
        step: 'Build backend',
        command: 'docker compose build\u001B]0;x\u0007',
        output: ['\u001B[31mline 1\u001B[0m', 'line 2'],
        next: ['Read the log above.'],
      },
    });
  });

  it('lists all failures when there are more', () => {
    const data = failureData(explain(new AggregateError([failed, failed]), 'deploy'), 'deploy');
    expect(data['errors']).toHaveLength(2);
  });
});
