import type { Status } from '../../check/check.ts';
import { withUnit } from '../../check/threshold.ts';
import { moment } from '../figures.ts';
import type { ChecksPart } from '../model.ts';
import { figureTable, section, type Cell } from './figure.ts';
import { escapeHtml } from './text.ts';

export const statusWords: Readonly<Record<Status, string>> = {
  pass: '✔ pass',
  warn: '! warn',
  fail: '✖ fail',
  unknown: '? unknown',
  notApplicable: '– not applicable',
};

/** One round of checks, a table a host. */
export function checksSection({ at, hosts }: ChecksPart, id: string, title: string): string[] {
  return section(id, title, [
    `<p class="quiet">${escapeHtml(moment(at))}. What could not be looked at is unknown, never a pass.</p>`,
    ...hosts.flatMap((host) => [
      `<h3>${escapeHtml(host.host)}</h3>`,
      'error' in host
        ? `<div class="notice critical"><p><strong>Not checked.</strong> ${escapeHtml(host.error)}</p></div>`
        : figureTable({
            caption: `Checks of ${host.host}`,
            head: ['check', 'result', 'value', 'expected', 'what was seen'],
            rows: host.checks.map(
              ({ title, status, value, unit, expected, message, detail = [] }): Cell[] => [
                title,
                status === 'pass'
                  ? { text: statusWords.pass, kind: 'good' }
                  : status === 'fail'
                    ? { text: statusWords.fail, kind: 'bad' }
                    : statusWords[status],
                value === undefined ? '' : withUnit(value, unit),
                status === 'notApplicable' ? '' : expected,
                [message, ...(status === 'fail' || status === 'warn' ? detail : [])].join('; '),
              ],
            ),
            words: [0, 1, 3, 4],
          }),
    ]),
  ]);
}
