import type { Second } from '../../bench/result.ts';
import { width } from '../reports/table.ts';
import { clip } from '../reports/wrap.ts';
import type { Style } from '../style.ts';
import { clockText, digits, flow, msText } from './figures.ts';
import { sparkline } from './sparkline.ts';

export interface BenchProgress {
  /** What is asked, and how: `http://127.0.0.1:8080 · open, 100 requests/s`. */
  title: string;
  /** Milliseconds since the run began, warm-up included; undefined `totalMs`: it ends after a number of requests. */
  elapsedMs: number;
  warmUpMs: number;
  totalMs?: number;
  seconds: readonly Second[];
  /** Share of the server's CPU in use, 0 to 1, by the second. */
  cpu: readonly number[];
  ended: boolean;
}

/** The lines of the live view: what is asked, how far it is, and the figures of the newest second with their history. */
export function benchFrame(
  progress: BenchProgress,
  room: number,
  { style, unicode }: { style: Style; unicode: boolean },
): string[] {
  const { seconds, cpu, title, ended } = progress;
  const last = seconds.at(-1);
  const head = style('bold', clip(title, room));
  if (!last) return [head, ...(ended ? [] : [progressLine(progress, room, style, unicode)])];
  const rows = [
    row(
      'rate',
      `${digits(last.ok)}/s`,
      seconds.map(({ ok }) => ok),
    ),
    row(
      'p95',
      msText(last.p95),
      seconds.map(({ p95 }) => p95),
    ),
    ...(cpu.length > 0 ? [row('CPU', `${Math.round((cpu.at(-1) ?? 0) * 100)} %`, cpu)] : []),
  ];
  return [
    head,
    ...(ended ? [] : [progressLine(progress, room, style, unicode)]),
    ...rows.map(({ name, value, values }) => {
      const left = `${name.padEnd(5)}${value.padStart(9)}  `;
      // As many bars as seconds go into the room; a run of a minute on a wide terminal is seen whole.
      return `${left}${style('cyan', sparkline(values, Math.max(8, room - width(left)), unicode))}`;
    }),
    ...flow(counts(seconds, last, style), room, width),
  ];
}

interface Row {
  name: string;
  value: string;
  values: readonly number[];
}

function row(name: string, value: string, values: readonly number[]): Row {
  return { name, value, values };
}

function counts(seconds: readonly Second[], last: Second, style: Style): string[] {
  const failed = sum(seconds.map((second) => second.failed));
  const limited = sum(seconds.map((second) => second.limited ?? 0));
  const sent = sum(seconds.map((second) => second.sent));
  return [
    `p50 ${msText(last.p50)}`,
    `p99 ${msText(last.p99)}`,
    `sent ${sent.toLocaleString('en')}`,
    failed === 0
      ? 'errors 0'
      : style('red', `errors ${failed.toLocaleString('en')} (${share(failed, sent)})`),
    ...(limited > 0 ? [style('yellow', `limited (429) ${limited.toLocaleString('en')}`)] : []),
    `open ${last.open}`,
  ];
}

function share(part: number, of: number): string {
  return `${digits(of > 0 ? (part / of) * 100 : 0)} %`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** `━━━━━━──────  12 s of 40 s, 28 s left`, or `Warming up, 3 s left`. */
function progressLine(
  { elapsedMs, warmUpMs, totalMs }: BenchProgress,
  room: number,
  style: Style,
  unicode: boolean,
): string {
  if (elapsedMs < warmUpMs)
    return style('dim', clip(`Warming up, ${clockText(warmUpMs - elapsedMs)} left`, room));
  const measured = elapsedMs - warmUpMs;
  if (totalMs === undefined) return style('dim', clip(`${clockText(measured)} so far`, room));
  const left = Math.max(0, totalMs - measured);
  const text =
    left === 0 ? 'waiting for the last answers' : `${clockText(left)} left of ${clockText(totalMs)}`;
  const bar = Math.min(30, room - width(text) - 2);
  if (bar < 5) return clip(text, room);
  const done = Math.round(Math.min(1, measured / totalMs) * bar);
  const [full, empty] = unicode ? ['━', '─'] : ['#', '-'];
  return `${style('green', (full ?? '').repeat(done))}${style('dim', (empty ?? '').repeat(bar - done))}  ${text}`;
}

/**
 * One line for logs. A percentile of several seconds is at most the highest of theirs, hence `≤`.
 *
 * @param seconds at least one, those since the last line
 */
export function benchLine(seconds: readonly Second[]): string {
  const cpu = seconds.at(-1)?.cpu;
  const highest = (key: 'p50' | 'p95' | 'p99'): string =>
    `${key} ≤ ${msText(Math.max(...seconds.map((second) => second[key])))}`;
  const total = (key: 'ok' | 'failed' | 'limited'): number => sum(seconds.map((second) => second[key] ?? 0));
  return [
    clockText(((seconds.at(-1)?.second ?? 0) + 1) * 1_000),
    `${digits(total('ok') / seconds.length)}/s`,
    highest('p50'),
    highest('p95'),
    highest('p99'),
    `errors ${total('failed')}`,
    ...(total('limited') > 0 ? [`limited (429) ${total('limited')}`] : []),
    ...(cpu === undefined ? [] : [`CPU ${Math.round(cpu * 100)} %`]),
  ].join('  ');
}
