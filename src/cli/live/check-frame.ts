import type { CheckReport } from '../../observe/check-target.ts';
import { checkReport } from '../reports/check.ts';
import { width } from '../reports/table.ts';
import { sanitizeLine, sanitizeReport } from '../sanitize.ts';
import type { Style } from '../style.ts';
import type { CheckHistory, Series } from './check-history.ts';
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
 * @param history has the newest round in it
 */
export function checkFrame(
  newest: CheckReport,
  history: CheckHistory,
  room: number,
  { style, unicode, verbose }: CheckFrameOptions,
): string[] {
  const report = sanitizeReport(checkReport(newest, style, { verbose })).split('\n');
  const { rounds } = history;
  const figures = history.series();
  const time = newest.at.replace(/^.*T/, '').replace(/\.\d+Z$/, ' UTC');
  return [
    `${style('bold', sanitizeLine(newest.target))} · ${time} · ${rounds === 1 ? '1 round' : `${rounds} rounds`}`,
    report.at(-1) ?? '',
    '',
    ...[...figures].flatMap(([host, series]) => [
      ...(figures.size > 1 ? [style('bold', sanitizeLine(host))] : []),
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
