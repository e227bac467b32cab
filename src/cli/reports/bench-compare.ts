import { enoughRepetitions, type Change, type Comparison, type Metric } from '../../bench/compare.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { columns } from './table.ts';
import { wrap } from './wrap.ts';

const titles: Readonly<Record<Metric, string>> = {
  rate: 'Rate',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  errors: 'Errors',
  hitRate: 'Cache hits',
};

const looks = {
  better: { mark: '✔', text: 'better', format: 'green' },
  worse: { mark: '✖', text: 'worse', format: 'red' },
  same: { mark: '·', text: 'no significant change', format: 'dim' },
  unknown: { mark: '?', text: 'too little to say', format: 'magenta' },
} as const satisfies Record<Change['verdict'], { mark: string; text: string; format: string }>;

/** A line a metric: before, after, change, its 95 % interval, and what that means; then how it was compared. */
export function compareReport(
  { changes, repetitions, method, warnings }: Comparison,
  names: { before: string; after: string },
  style: Style,
  options: { width: number },
): string {
  const rows = changes.map((change) => [
    titles[change.metric],
    valueText(change.metric, change.before),
    valueText(change.metric, change.after),
    changeText(change.change, change),
    change.interval === undefined
      ? ''
      : `${changeText(change.interval[0], change)} to ${changeText(change.interval[1], change)}`,
    style(looks[change.verdict].format, `${looks[change.verdict].mark} ${looks[change.verdict].text}`),
  ]);
  const heads = ['', names.before, names.after, 'change', '95 % interval', ''].map((head) =>
    head === '' ? '' : style('bold', sanitizeLine(head)),
  );
  const room = Math.max(40, options.width) - 2;
  const foot = (text: string): string[] => wrap(sanitizeLine(text), room).map((line) => `  ${line}`);
  return [
    ...columns([heads, ...rows]),
    '',
    ...foot(methodText(method, repetitions)).map((line) => style('dim', line)),
    ...warnings.flatMap((warning) => foot(`! ${warning}`).map((line) => style('yellow', line))),
  ].join('\n');
}

function methodText(method: Comparison['method'], { before, after }: Comparison['repetitions']): string {
  const count = before === after ? `${before}` : `${before} and ${after}`;
  return method === 'repetitions'
    ? `Bootstrap of ${count} runs a side; the intervals have what differs from run to run.`
    : `Bootstrap of the requests within ${count} ${before + after === 2 ? 'run' : 'runs'} a side: what differs from run to run is not in the intervals. For that, repeat both sides: --repeat ${enoughRepetitions}.`;
}

function valueText(metric: Metric, value: number): string {
  if (!Number.isFinite(value)) return '–';
  switch (metric) {
    case 'rate':
      return `${digits(value)}/s`;
    case 'errors':
    case 'hitRate':
      return `${digits(value * 100)} %`;
    case 'p50':
    case 'p95':
    case 'p99':
      return `${digits(value)} ms`;
  }
}

/** `−38 %`, `×2.4` from twice on, and of shares `+1.2 points`. */
function changeText(value: number, { kind }: Pick<Change, 'kind'>): string {
  if (!Number.isFinite(value)) return '–';
  if (kind === 'difference') return `${signed(value * 100)} points`;
  return value >= 2 ? `×${digits(value)}` : `${signed((value - 1) * 100)} %`;
}

function signed(value: number): string {
  const text = digits(Math.abs(value));
  return Number(text) === 0 ? '±0' : `${value < 0 ? '−' : '+'}${text}`;
}

/** Three digits that count; a whole number from 100 on. */
function digits(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
}
