import type { Experiment } from '../../bench/sample/experiment.ts';
import { beforeAfter, ms, percent, rateText, type Effect } from '../../bench/sample/tables.ts';
import type { Style } from '../style.ts';
import { columns } from './table.ts';

/** The two tables of `ops bench --before-after`. */
export function experimentReport(
  { before, after, effects, noise }: Pick<Experiment, 'before' | 'after' | 'effects' | 'noise'>,
  style: Style,
): string {
  const head = (...names: readonly string[]): string[] => names.map((name) => style('dim', name));
  const rows = beforeAfter(before, after).map((row) => [
    row.name,
    row.before,
    row.after,
    row.change,
    row.claimed,
    row.reached === undefined ? '' : row.reached ? style('green', '✔') : style('red', '✘ less than claimed'),
  ]);
  const late = [before, after].flatMap(({ invalid }) => invalid);
  return [
    style('bold', 'Before and after'),
    ...columns([head('', 'before', 'after', 'change', 'claimed', ''), ...rows]),
    ...[...new Set(late)].map((text) => style('yellow', `! ${text}`)),
    ...(effects.length === 0
      ? []
      : [
          '',
          style('bold', 'Mended alone, in before'),
          ...effectTable(effects, 'before', style),
          '',
          style('bold', 'Brought back alone, in after'),
          ...effectTable(effects, 'after', style),
          '',
          style(
            'dim',
            `Two runs of the same variant differed by up to × ${noise.toFixed(2)}: what is less is no clear effect.`,
          ),
        ]),
  ].join('\n');
}

function effectTable(effects: readonly Effect[], base: Effect['base'], style: Style): string[] {
  return columns([
    ['', 'rate', 'ratio', 'p95', 'hits', 'CPU/request', 'failed', ''].map((name) => style('dim', name)),
    ...effects
      .filter((one) => one.base === base)
      .map((one) => [
        `${one.cause.number}. ${one.cause.name}`,
        `${rateText(one.rate)} /s`,
        `× ${one.rateRatio.toFixed(2)}`,
        ms(one.p95),
        percent(one.hits),
        one.cpuPerRequest === undefined ? '' : ms(one.cpuPerRequest),
        String(one.failed),
        one.clear ? '' : style('dim', 'no clear effect'),
      ]),
  ]);
}
