import type { BenchResult } from '../../bench/result.ts';
import { digits, msText } from '../live/figures.ts';
import type { Style } from '../style.ts';
import { columns } from './table.ts';

/** One line a run, for `--repeat`. */
export function runsReport(runs: readonly BenchResult[], style: Style): string {
  const head = ['run', 'ok/s', 'p50', 'p95', 'p99', 'errors', ''].map((text) => style('dim', text));
  return columns([
    head,
    ...runs.map(({ total, invalid, stopped }, index) => [
      String(index + 1),
      digits(total.okRate ?? total.rate),
      msText(total.latency.p50),
      msText(total.latency.p95),
      msText(total.latency.p99),
      `${digits(total.errorShare * 100)} %`,
      stopped === undefined
        ? invalid.length > 0
          ? style('red', 'not to be trusted')
          : ''
        : style('red', 'stopped'),
    ]),
  ]).join('\n');
}
