import { OpsError, type ErrorPlace } from '../errors.ts';
import type { Failure } from './failure.ts';
import { sanitize, sanitizeLine } from './sanitize.ts';
import type { Style } from './style.ts';

const outputLines = 20;

export interface FailureTextOptions {
  style: Style;
  version: string;
  /** The progress display has shown the failed command's output already. */
  showedOutput: boolean;
}

function placeLines({ host, step, command, file, line }: ErrorPlace): [label: string, value: string][] {
  const rows: [string, string | undefined][] = [
    ['host', host],
    ['step', step],
    ['file', file === undefined ? undefined : line === undefined ? file : `${file}:${line}`],
    ['command', command],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

function indent(text: string, by: string): string {
  return sanitize(text)
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');
}

function known(error: OpsError, { style, showedOutput }: FailureTextOptions): string {
  const [first = '', ...rest] = sanitize(error.message).split('\n');
  const blocks = [
    `${style(['bold', 'red'], 'Error')} ${style('bold', first)} ${style('dim', `[${error.code}]`)}`,
  ];
  if (rest.length > 0) blocks.push(indent(rest.join('\n'), '  '));
  const rows = placeLines(error.place);
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  for (const [label, value] of rows)
    blocks.push(`  ${style('dim', label.padEnd(width))}  ${sanitizeLine(value)}`);
  const output = showedOutput ? [] : (error.place.output ?? []).slice(-outputLines);
  if (output.length > 0) {
    blocks.push(`  ${style('dim', 'output')}`);
    for (const line of output) blocks.push(`  ${style('dim', '│')} ${sanitizeLine(line)}`);
  }
  for (const hint of error.next) blocks.push(`  ${style('cyan', '→')} ${indent(hint, '    ').trimStart()}`);
  return blocks.join('\n');
}

function bug(error: Error, { style, version }: FailureTextOptions): string {
  return [
    `${style(['bold', 'red'], 'Bug')} ${style('bold', `ops ${version} failed in a way it should not.`)}`,
    indent(error.stack ?? error.message, '  '),
    `  ${style('cyan', '→')} Please report this with the text above and the command you ran.`,
  ].join('\n');
}

/** The block for stderr, without a line feed at its end: what happened, where, what to do next. */
export function failureText(failure: Failure, options: FailureTextOptions): string {
  return failure.errors
    .map((error) => (error instanceof OpsError ? known(error, options) : bug(error, options)))
    .join('\n\n');
}

/** One error in `--json`. */
export function errorData(error: Error): Record<string, unknown> {
  if (!(error instanceof OpsError)) return { code: 'INTERNAL', message: error.message, stack: error.stack };
  const { host, step, command, file, line, output } = error.place;
  return {
    code: error.code,
    message: error.message,
    host,
    step,
    command,
    file,
    line,
    output,
    next: error.next,
  };
}

/** The object of `--json`: the first error under `error`, all of them under `errors` when there are more. */
export function failureData(failure: Failure, command: string): Record<string, unknown> {
  const errors = failure.errors.map(errorData);
  return {
    version: 1,
    command,
    ok: false,
    reason: failure.reason,
    exitCode: failure.exitCode,
    error: errors[0],
    ...(errors.length > 1 ? { errors } : {}),
  };
}
