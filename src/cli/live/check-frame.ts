import type { CheckReport } from '../../observe/check-target.ts';
import { checkReport } from '../reports/check.ts';
import { width } from '../reports/table.ts';
import { sanitizeLine, sanitizeReport } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { checkHistory, type Series } from './check-history.ts';
import { digits, msText } from './figures.ts';
import { sparkline } from './sparkline.ts';

export interface CheckFrameOptions {
  style: Style;
  unicode: boolean;
  verbose: boolean;
}

/**
 * The screen of `ops check --watch`: a head, the summary, the history of the figures, then the newest report. What is
 * most telling stands first, for a terminal may have few rows.
 *
 * @param rounds at least one, the oldest first
 */
export function checkFrame(
  rounds: readonly CheckReport[],
  room: number,
  { style, unicode, verbose }: CheckFrameOptions,
): string[] {
  const newest = rounds.at(-1);
  if (!newest) return [];
  const report = sanitizeReport(checkReport(newest, style, { verbose })).split('\n');
  const history = checkHistory(rounds);
  const time = newest.at.replace(/^.*T/, '').replace(/\.\d+Z$/, ' UTC');
  return [
    `${style('bold', sanitizeLine(newest.target))} · ${time} · ${rounds.length === 1 ? '1 round' : `${rounds.length} rounds`}`,
    report.at(-1) ?? '',
    '',
    ...[...history].flatMap(([host, series]) => [
      ...(history.size > 1 ? [style('bold', sanitizeLine(host))] : []),
      ...series.map((one) => historyLine(one, room, style, unicode)),
    ]),
    '',
    ...report.slice(0, -1),
  ];
}

function historyLine({ title, unit, values }: Series, room: number, style: Style, unicode: boolean): string {
  const newest = values.at(-1) ?? NaN;
  const text = !Number.isFinite(newest) ? '–' : unit === 'ms' ? msText(newest) : `${digits(newest)} %`;
  const left = `  ${title.padEnd(13)} ${text.padStart(8)}  `;
  return `${left}${style('cyan', sparkline(values, Math.max(8, room - width(left)), unicode))}`;
}
