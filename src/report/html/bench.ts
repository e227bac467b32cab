import { comparisonCells, comparisonHead, runCells, runHead, scenarioText } from '../bench-text.ts';
import { milliseconds } from '../figures.ts';
import type { BenchPart, BenchRun, Comparison } from '../model.ts';
import { latencyCurve } from '../percentiles.ts';
import { lineChart } from '../svg/line.ts';
import { figure, figureTable, type Cell } from './figure.ts';
import { overTime } from './over-time.ts';
import { escapeHtml } from './text.ts';

/** Styles of the lines of runs: of two the first is dashed, the last solid. */
function runStyle(index: number, runs: number): number {
  return runs === 2 ? 1 - index : index % 6;
}

/** Load tests: what was asked, the figures beside each other, and how they went over time. */
export function benchParts({ runs, comparison }: BenchPart): string[] {
  return [
    ...runs.flatMap(warnings),
    ...(comparison ? comparisonParts(comparison) : []),
    ...scenarios(runs),
    '<h3>Figures</h3>',
    '<p class="quiet">Times in milliseconds.</p>',
    figureTable({
      caption: 'Figures of the load test',
      head: runHead,
      rows: runs.flatMap((run) => [
        runCells(run.label, run.result.total),
        ...(Object.keys(run.result.requests).length > 1
          ? Object.entries(run.result.requests).map(([name, figures]) =>
              runCells(`${run.label}: ${name}`, figures),
            )
          : []),
      ]),
    }),
    percentileFigure(runs),
    ...runs.flatMap((run, index) => overTime(run, `run-${index + 1}`)),
  ];
}

function warnings({ label, result }: BenchRun): string[] {
  if (result.invalid.length === 0) return [];
  return [
    `<div class="notice critical"><p><strong>${escapeHtml(label)}: these figures are not to be trusted.</strong></p>`,
    `<ul>${result.invalid.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('')}</ul></div>`,
  ];
}

function comparisonParts(comparison: Comparison): string[] {
  const rows = comparison.rows.map((row) => {
    const kind = row.verdict === 'better' ? 'good' : row.verdict === 'worse' ? 'bad' : undefined;
    return comparisonCells(row).map((text, index, { length }): Cell =>
      kind !== undefined && index === length - 1 ? { text, kind } : text,
    );
  });
  return [
    `<h3>${escapeHtml(comparison.before)} against ${escapeHtml(comparison.after)}</h3>`,
    figureTable({
      caption: `${comparison.before} against ${comparison.after}`,
      head: comparisonHead(comparison),
      rows,
      words: [0, 5],
    }),
    ...comparison.notes.map((note) => `<p class="quiet">${escapeHtml(note)}</p>`),
  ];
}

/** Runs of the same load are told of once. */
function scenarios(runs: readonly BenchRun[]): string[] {
  const texts = new Map<string, string[]>();
  for (const { label, result } of runs) {
    const text = scenarioText(result.scenario);
    texts.set(text, [...(texts.get(text) ?? []), label]);
  }
  return [...texts].map(
    ([text, labels]) =>
      `<p>${texts.size === 1 ? '' : `<strong>${escapeHtml(labels.join(', '))}:</strong> `}${escapeHtml(text)}</p>`,
  );
}

function percentileFigure(runs: readonly BenchRun[]): string {
  const curves = runs.map(({ label, result }) => ({ label, points: latencyCurve(result.total) }));
  const values = curves.flatMap(({ points }) => points.map(([, ms]) => ms)).filter((ms) => ms > 0);
  const [min, max] = [Math.min(...values, Infinity), Math.max(...values, 0)];
  // Where one side is many times the other, a linear axis would press it to the floor.
  const kind = values.length > 0 && max / min > 40 ? ('log' as const) : ('linear' as const);
  const named = [50, 90, 95, 99, 99.9].map((percent) => `p${percent}`);
  return figure({
    title: 'Latency by percentile',
    note: 'How long the slowest requests took: at p99, one in a hundred was slower. To the right the rarer ones; lower is better.',
    draw: (size) =>
      lineChart(
        {
          id: 'percentiles',
          title: 'Latency by percentile',
          description: runs
            .map(
              ({ label, result: { total } }) =>
                `${label}: ${milliseconds(total.latency.p50)} at the median, ${milliseconds(total.latency.p95)} at p95, ${milliseconds(total.latency.p99)} at p99.`,
            )
            .join(' '),
          x: {
            kind: 'percentile',
            min: 50,
            max: Math.max(75, ...curves.map(({ points }) => points.at(-1)?.[0] ?? 0)),
            title: 'percentile of requests',
          },
          y: { kind, min, max, title: 'latency, ms' },
          series: curves.map(({ label, points }, index) => ({
            name: label,
            style: runStyle(index, runs.length),
            points,
          })),
        },
        size,
      ),
    table: {
      caption: 'Latency by percentile, ms',
      head: ['run', ...named],
      rows: runs.map(({ label, result: { total } }) => {
        const { p50, p90, p95, p99, p999 } = total.latency;
        return [label, ...[p50, p90, p95, p99, p999].map(milliseconds)];
      }),
    },
  });
}
