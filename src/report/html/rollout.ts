import { milliseconds, moment, span } from '../figures.ts';
import { probeDots } from '../probe-dots.ts';
import { hostText, movesOf, stageNames, visitorsText } from '../rollout-text.ts';
import { ganttChart, type GanttChart } from '../svg/gantt.ts';
import type { Timeline, TimelineHost, TimelineSample, TimelineStep } from '../timeline.ts';
import { figure, figureTable, section } from './figure.ts';
import { escapeHtml } from './text.ts';

/** A rollout: how it ended, and for each host its steps over time with what visitors met meanwhile. */
export function rolloutSection(timeline: Timeline, id: string, title: string): string[] {
  return section(id, title, [
    `<p class="quiet">Began ${escapeHtml(moment(timeline.startedAt))}, took ${span(timeline.durationMs)}${timeline.release.id === '' ? '' : `, release <code>${escapeHtml(timeline.release.id)}</code>`}.</p>`,
    ...timeline.hosts.flatMap((host, index) => hostParts(timeline, host, `${id}-host-${index + 1}`)),
  ]);
}

function hostParts(timeline: Timeline, host: TimelineHost, id: string): string[] {
  const visitors = visitorsText(host);
  const steps = timeline.steps.filter((step) => step.host === host.host);
  const failures = timeline.probe.filter((sample) => sample.host === host.host && !sample.ok);
  return [
    `<h3>${escapeHtml(host.host)}</h3>`,
    `<p>${escapeHtml(hostText(host))}</p>`,
    ...(visitors === undefined ? [] : [`<p><strong>Visitors met:</strong> ${escapeHtml(visitors)}.</p>`]),
    ...(steps.length === 0 ? [] : [stepsFigure(timeline, host, steps, id)]),
    ...(failures.length === 0 ? [] : failedRequests(host.host, failures)),
  ];
}

function failedRequests(host: string, failures: readonly TimelineSample[]): string[] {
  return [
    `<details><summary>${failures.length} requests that failed, one by one</summary>`,
    figureTable({
      caption: `Requests that failed on ${host}`,
      head: ['at', 'why', 'after'],
      rows: failures
        .slice(0, mostFailures)
        .map(({ atMs, durationMs, error }) => [span(atMs), error ?? '', milliseconds(durationMs)]),
      words: [0, 1],
    }),
    ...(failures.length > mostFailures
      ? [`<p class="quiet">And ${failures.length - mostFailures} more.</p>`]
      : []),
    '</details>',
  ];
}

/** Failed requests that are listed one by one. */
const mostFailures = 50;

function stepsFigure(
  timeline: Timeline,
  { host }: TimelineHost,
  steps: readonly TimelineStep[],
  id: string,
): string {
  const moves = movesOf(timeline, host);
  const samples = timeline.probe.filter((sample) => sample.host === host);
  const { everyMs, ...dots } = probeDots(samples);
  const end = Math.max(...steps.map(({ endMs }) => endMs), ...samples.map(({ atMs }) => atMs), 1) / 1000;
  const title = `Steps over time on ${host}`;
  const chart: GanttChart = {
    id,
    title,
    description: [
      ...steps.map(
        ({ title: name, startMs, endMs, ok }) =>
          `${name}: ${ok ? '' : 'failed, '}from ${span(startMs)}, ${span(endMs - startMs)}.`,
      ),
      ...moves.map(({ text }) => `Traffic moved at ${text}.`),
      ...(samples.length === 0
        ? []
        : [`${samples.length} requests were sent to the site, ${dots.bad.length} failed.`]),
    ].join(' '),
    x: { kind: 'time', min: 0, max: end, title: 'time since the beginning' },
    groups: groupsOf(steps),
    moments: moves.map(({ atMs }) => atMs / 1000),
    ...(samples.length === 0 ? {} : { dots: { ...dots, y: latencyAxis(dots.good.map(([, ms]) => ms)) } }),
  };
  const legend = moves.map(({ text }) => `<li>${escapeHtml(text)}</li>`);
  return [
    figure({
      title,
      note: noteOf(moves.length > 0, samples.length > 0, everyMs),
      draw: (size) => ganttChart(chart, size),
      table: {
        caption: title,
        head: ['step', 'stage', 'began', 'took', 'result'],
        rows: steps.map(({ title: name, stage, startMs, endMs, ok }) => [
          name,
          stageNames[stage] ?? stage,
          span(startMs),
          span(endMs - startMs),
          ok ? { text: 'done', kind: 'good' as const } : { text: 'failed', kind: 'bad' as const },
        ]),
        words: [0, 1, 4],
      },
    }),
    ...(legend.length === 0
      ? []
      : ['<h4>When traffic moved</h4>', `<ol class="moments">${legend.join('')}</ol>`]),
  ].join('\n');
}

function noteOf(moved: boolean, probed: boolean, everyMs: number | undefined): string {
  return [
    ...(moved
      ? ['The numbered lines are the moments when new requests began to meet other containers.']
      : []),
    ...(probed
      ? [
          everyMs === undefined
            ? 'Below, every dot is a request to the site and its answer; a cross is one that failed.'
            : `Below, every dot is the slowest answer of ${milliseconds(everyMs)}; a cross is a request that failed.`,
        ]
      : []),
  ].join(' ');
}

/** Steps in order, in groups of the same stage. */
function groupsOf(steps: readonly TimelineStep[]): GanttChart['groups'] {
  const groups: { name: string; stage: string; rows: GanttChart['groups'][number]['rows'][number][] }[] = [];
  for (const { stage, title, startMs, endMs, ok } of steps.toSorted(
    (one, other) => one.startMs - other.startMs,
  )) {
    const last = groups.at(-1);
    const row = { name: title, note: span(endMs - startMs), from: startMs / 1000, to: endMs / 1000, ok };
    if (last?.stage === stage) last.rows.push(row);
    else groups.push({ name: stageNames[stage] ?? stage, stage, rows: [row] });
  }
  return groups;
}

function latencyAxis(values: readonly number[]): NonNullable<GanttChart['dots']>['y'] {
  const sorted = values.toSorted((one, other) => one - other);
  const max = sorted.at(-1) ?? 1;
  const median = sorted[Math.floor(sorted.length / 2)] ?? max;
  const title = 'latency of the site, ms';
  // One slow answer must not press all others to the floor.
  return max > 20 * Math.max(median, 0.1)
    ? { kind: 'log', min: Math.max(0.1, sorted[0] ?? 0.1), max, title }
    : { kind: 'linear', min: 0, max, title };
}
