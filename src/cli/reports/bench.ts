import type { BenchResult, Figures } from '../../bench/result.ts';
import { loadText } from '../../bench/scenario-differences.ts';
import { withoutSecrets } from '../../bench/scenario-secrets.ts';
import type { Threshold } from '../../bench/threshold-text.ts';
import { hitRate, type ThresholdVerdict } from '../../bench/thresholds.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { columns, width } from './table.ts';
import { wrap } from './wrap.ts';

/** Good answers that a percentile needs before it says more than the slowest of them. */
const enough = { p99: 100, p999: 1_000 };

export interface BenchReportOptions {
  /** Columns of the terminal. */
  width: number;
  /** Where the site is asked, if that is not the URL. */
  through?: string;
}

/** What a run measured, for a terminal: a table of latencies, what else there was, thresholds, and what to know. */
export function benchReport(
  result: BenchResult,
  verdicts: readonly ThresholdVerdict[],
  style: Style,
  { width: room, through }: BenchReportOptions,
): string {
  const { scenario } = result;
  const where = sanitizeLine(through ?? withoutSecrets(scenario).url);
  return [
    `${style('bold', where)} · ${loadText(scenario.load)}`,
    '',
    ...latencyTable(result, style),
    ...(result.steps ? ['', ...stepTable(result.steps, style)] : []),
    '',
    ...facts(result, style),
    ...(verdicts.length > 0 ? ['', ...verdictLines(verdicts, style)] : []),
    ...sentences(result, style, room),
  ].join('\n');
}

/** The fields of `--json`; times in milliseconds, rates a second, shares from 0 to 1. */
export function benchData(
  result: BenchResult,
  verdicts: readonly ThresholdVerdict[],
): Record<string, unknown> {
  return {
    result: { ...result, scenario: withoutSecrets(result.scenario) },
    thresholds: verdicts.map(({ threshold: { text }, value, why, kept }) => ({
      threshold: text,
      kept,
      ...(value === undefined ? {} : { value }),
      ...(why === undefined ? {} : { why }),
    })),
  };
}

function latencyTable({ requests, total }: BenchResult, style: Style): string[] {
  const named = Object.entries(requests);
  const rows = named.length > 1 ? [...named, ['all', total] as const] : named;
  const head = ['', 'ok', 'ok/s', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'errors'];
  const lines = alignRight([head, ...rows.map(([name, figures]) => latencyRow(name, figures))]);
  return lines.map((line, index) => {
    if (index === 0) return style('dim', line);
    return (rows[index - 1]?.[1].errorShare ?? 0) > 0 ? style('yellow', line) : line;
  });
}

function latencyRow(name: string, figures: Figures): string[] {
  const { ok, latency, errorShare, rate, okRate = rate } = figures;
  const time = (value: number, least = 1): string => (ok < least ? '–' : ms(value));
  return [
    sanitizeLine(name),
    count(ok),
    digits(okRate),
    time(latency.mean),
    time(latency.p50),
    time(latency.p90),
    time(latency.p95),
    time(latency.p99, enough.p99),
    time(latency.p999, enough.p999),
    time(latency.max),
    percent(errorShare),
  ];
}

function stepTable(steps: NonNullable<BenchResult['steps']>, style: Style): string[] {
  const rows = steps.map(({ rate, reached, p95, errorShare }) => [
    `${count(rate)}/s`,
    digits(reached),
    ms(p95),
    percent(errorShare),
  ]);
  const lines = alignRight([['step', 'ok/s', 'p95', 'errors'], ...rows]);
  return lines.map((line, index) => {
    if (index === 0) return style('dim', line);
    return steps[index - 1]?.held === true ? `${line}  held` : style('yellow', `${line}  not held`);
  });
}

function facts({ total, generator, durationMs }: BenchResult, style: Style): string[] {
  const hits = hitRate(total);
  const { lagP50, lagP99, cpu, connections, dropped } = generator;
  const rows = [
    ['status', counts(total.status)],
    ['errors', counts(total.errors)],
    ['cache', hits === undefined ? '' : `${percent(hits)} hits (${counts(total.cache)})`],
    ['received', `${bytes(total.bytes)} in ${digits(durationMs / 1000)} s`],
    [
      'generator',
      [
        `lag p50 ${ms(lagP50)}, p99 ${ms(lagP99)}`,
        `CPU ${percent(cpu)} of a core`,
        ...(connections === undefined
          ? []
          : [`${count(connections)} connection${connections === 1 ? '' : 's'}`]),
        ...(dropped > 0 ? [`${count(dropped)} not sent`] : []),
      ].join(', '),
    ],
  ].filter(([, text]) => text !== '');
  return columns(rows.map(([name = '', text = '']) => [style('dim', name), text]));
}

function verdictLines(verdicts: readonly ThresholdVerdict[], style: Style): string[] {
  return columns(
    verdicts.map(({ threshold, value, why, kept }) => [
      kept ? style('green', '✔') : style('red', '✖'),
      sanitizeLine(threshold.text),
      value === undefined ? (why ?? '') : withUnit(threshold, value),
    ]),
  );
}

function sentences({ invalid, notes }: BenchResult, style: Style, room: number): string[] {
  const paragraph = (mark: string, text: string, paint: (line: string) => string): string[] =>
    wrap(sanitizeLine(text), Math.max(20, room - 4)).map((line, index) =>
      paint(`${index === 0 ? mark : ' '} ${line}`),
    );
  return [
    ...(notes.length > 0 ? [''] : []),
    ...notes.flatMap((text) => paragraph('!', text, (line) => `  ${style('yellow', line)}`)),
    ...(invalid.length > 0 ? ['', style('red', 'These figures are not to be trusted:')] : []),
    ...invalid.flatMap((text) => paragraph('✖', text, (line) => `  ${style('red', line)}`)),
  ];
}

/** A table whose columns, the first one aside, end together. */
function alignRight(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  return rows.map(
    (row) =>
      `  ${row
        .map((cell, index) => {
          const gap = ' '.repeat((widths[index] ?? 0) - width(cell));
          return index === 0 ? cell + gap : gap + cell;
        })
        .join('  ')}`,
  );
}

function withUnit({ metric }: Threshold, value: number): string {
  if (metric.kind === 'latency') return ms(value);
  return metric.kind === 'rps' ? `${digits(value)} requests/s` : percent(value);
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([name, number]) => `${sanitizeLine(name)} × ${count(number)}`)
    .join(', ');
}

/** `85 ms`, `4.21 ms`, `2,400 ms`. */
function ms(value: number): string {
  return `${digits(value)} ms`;
}

/** Three digits that count. */
function digits(value: number): string {
  const places = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** `0 %`, `0.4 %`, `85 %`. */
function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 1024 ** 2 ? `${digits(value / 1024)} KiB` : `${digits(value / 1024 ** 2)} MiB`;
}
