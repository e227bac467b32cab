import type { Status } from '../../check/check.ts';
import type { CheckResult } from '../../check/run.ts';
import { withUnit } from '../../check/threshold.ts';
import type { CheckReport } from '../../observe/check-target.ts';
import type { ChecksPart } from '../../report/model.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { columns } from './table.ts';

const looks = {
  pass: { mark: '✔', word: 'pass', format: 'green' },
  warn: { mark: '!', word: 'warn', format: 'yellow' },
  fail: { mark: '✖', word: 'fail', format: 'red' },
  unknown: { mark: '?', word: 'unknown', format: 'magenta' },
  notApplicable: { mark: '–', word: 'n/a', format: 'dim' },
} as const satisfies Record<Status, { mark: string; word: string; format: string }>;

/** The table of `ops check`: a section a host, one line a check, details under what is not a pass, a summary. */
export function checkReport(report: CheckReport, style: Style, options: { verbose: boolean }): string {
  const sections = report.hosts.flatMap((result) => [
    style('bold', `${sanitizeLine(report.target)} · ${sanitizeLine(result.host)}`),
    ...('value' in result
      ? rows(result.value, style, options.verbose)
      : [`  ${style('red', '✖ not checked')}  ${sanitizeLine(result.error.message)}`]),
    '',
  ]);
  return [...sections, summary(report, style)].join('\n');
}

function rows(results: readonly CheckResult[], style: Style, verbose: boolean): string[] {
  const lines = columns(
    results.map(({ status, title, value, unit, expected, message }) => [
      style(looks[status].format, `${looks[status].mark} ${looks[status].word}`),
      title,
      value === undefined ? '' : withUnit(value, unit),
      style('dim', status === 'notApplicable' ? '' : expected),
      sanitizeLine(message),
    ]),
  );
  return results.flatMap(({ status, detail = [] }, index) => [
    lines[index] ?? '',
    ...(verbose || status === 'fail' || status === 'warn'
      ? detail.map((line) => style('dim', `      ${sanitizeLine(line)}`))
      : []),
  ]);
}

/** `2 failed, 1 unknown, 8 passed, 1 not applicable`. */
function summary({ counts, hosts }: CheckReport, style: Style): string {
  const lost = hosts.filter((result) => 'error' in result).length;
  const parts = [
    ...(lost > 0 ? [style('red', `${lost} host${lost === 1 ? '' : 's'} not checked`)] : []),
    ...(counts.fail > 0 ? [style('red', `${counts.fail} failed`)] : []),
    ...(counts.warn > 0 ? [style('yellow', `${counts.warn} warned`)] : []),
    ...(counts.unknown > 0 ? [style('magenta', `${counts.unknown} unknown`)] : []),
    style('green', `${counts.pass} passed`),
    ...(counts.notApplicable > 0 ? [style('dim', `${counts.notApplicable} not applicable`)] : []),
  ];
  return parts.join(', ');
}

/** The fields of `--json`. Values in the unit that stands beside them. */
export function checkData({ target, at, hosts, counts }: CheckReport): Record<string, unknown> {
  return {
    target,
    at,
    counts,
    hosts: hosts.map((result) =>
      'value' in result
        ? { host: result.host, checks: result.value, roundTrips: result.roundTrips }
        : { host: result.host, error: { code: result.error.code, message: result.error.message } },
    ),
  };
}

/** For a report page. */
export function checksPart({ target, at, hosts }: CheckReport): ChecksPart {
  return {
    target,
    at,
    hosts: hosts.map((result) =>
      'value' in result
        ? { host: result.host, checks: result.value }
        : { host: result.host, error: result.error.message },
    ),
  };
}
