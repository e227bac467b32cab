import { answeredRate, errorKinds, generatorText, runNotes } from '../bench-text.ts';
import { milliseconds, number, share } from '../figures.ts';
import type { BenchRun } from '../model.ts';
import { bucketsOf } from '../seconds.ts';
import { barChart } from '../svg/bars.ts';
import { lineChart } from '../svg/line.ts';
import { cpuFigure } from './cpu.ts';
import { figure } from './figure.ts';
import { rampFigure } from './ramp.ts';
import { escapeHtml } from './text.ts';

/** How one run went: what is to be said about it, and its charts over time. */
export function overTime(run: BenchRun, id: string): string[] {
  const { label, result } = run;
  const notes = runNotes(run);
  const kinds = errorKinds(result.total);
  return [
    `<h3>${escapeHtml(label)}</h3>`,
    ...(notes.length === 0
      ? []
      : [`<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`]),
    ...(kinds.length === 0 ? [] : [`<p><strong>Errors:</strong> ${escapeHtml(kinds.join(', '))}.</p>`]),
    ...(result.timeline.length === 0 ? [] : [rateFigure(run, id), latencyFigure(run, id)]),
    ...(result.server ? cpuFigure(label, result.server, id) : []),
    ...(result.steps && result.steps.length > 0 ? [rampFigure(label, result.steps, id)] : []),
    `<p class="quiet">${escapeHtml(generatorText(result))}</p>`,
  ];
}

function rateFigure({ label, result }: BenchRun, id: string): string {
  const buckets = bucketsOf(result.timeline);
  const { total } = result;
  const title = `Requests over time: ${label}`;
  const limited = buckets.some((bucket) => bucket.limited > 0);
  const failed = buckets.some((bucket) => bucket.failed > 0);
  return figure({
    title,
    ...(failed ? { note: 'A cross marks every bar with failures.' } : {}),
    draw: (size) =>
      barChart(
        {
          id: `${id}-rate`,
          title,
          description: `${number(answeredRate(total))} requests answered a second on average; ${share(total.errorShare)} failed.`,
          x: { kind: 'time', min: 0, max: buckets.at(-1)?.to ?? 1, title: 'time' },
          y: {
            kind: 'linear',
            min: 0,
            max: Math.max(...buckets.map((one) => one.ok + one.limited + one.failed)),
            title: 'requests/s',
          },
          parts: [
            { name: 'answered', class: 'good' },
            ...(limited ? [{ name: 'rate limited (429)', class: 'limited' as const }] : []),
            ...(failed ? [{ name: 'failed', class: 'bad' as const }] : []),
          ],
          bars: buckets.map(({ from, to, ...one }) => ({
            from,
            to,
            values: [one.ok, ...(limited ? [one.limited] : []), ...(failed ? [one.failed] : [])],
          })),
        },
        size,
      ),
    table: {
      caption: title,
      head: ['seconds', 'answered/s', 'limited/s', 'failed/s'],
      rows: buckets.map(({ from, to, ...one }) => [
        `${from}–${to}`,
        number(one.ok),
        number(one.limited),
        number(one.failed),
      ]),
    },
  });
}

function latencyFigure({ label, result }: BenchRun, id: string): string {
  const buckets = bucketsOf(result.timeline);
  const title = `Latency over time: ${label}`;
  const points = (key: 'p50' | 'p95' | 'p99') =>
    buckets.map(({ from, to, latency }) =>
      latency === undefined ? undefined : ([(from + to) / 2, latency[key]] as const),
    );
  const max = Math.max(0, ...buckets.map(({ latency }) => latency?.p99 ?? 0));
  const { p50, p99 } = result.total.latency;
  return figure({
    title,
    note: 'The area goes from the median to p99.',
    draw: (size) =>
      lineChart(
        {
          id: `${id}-latency`,
          title,
          description: `${milliseconds(p50)} at the median and ${milliseconds(p99)} at p99 of the whole run; ${milliseconds(max)} at p99 of the worst second.`,
          x: { kind: 'time', min: 0, max: buckets.at(-1)?.to ?? 1, title: 'time' },
          y: { kind: 'linear', min: 0, max, title: 'latency, ms' },
          series: [
            { name: 'p99', style: 4, points: points('p99') },
            { name: 'p95', style: 1, points: points('p95') },
            { name: 'p50', style: 0, points: points('p50') },
          ],
          band: {
            style: 0,
            points: buckets.map(({ from, to, latency }) =>
              latency === undefined ? undefined : [(from + to) / 2, latency.p50, latency.p99],
            ),
          },
        },
        size,
      ),
    table: {
      caption: title,
      head: ['seconds', 'p50', 'p95', 'p99'],
      rows: buckets.map(({ from, to, latency }) => [
        `${from}–${to}`,
        ...(latency === undefined
          ? ['–', '–', '–']
          : [latency.p50, latency.p95, latency.p99].map(milliseconds)),
      ]),
    },
  });
}
