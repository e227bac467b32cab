import { reportTitle } from '../audit/formats/prose.ts';
import { sectionsOf, severityCounts } from '../audit/formats/words.ts';
import { count, oneLine } from '../audit/text.ts';
import { tally } from '../check/run.ts';
import { answeredRate } from './bench-text.ts';
import { change, milliseconds, number, share, span } from './figures.ts';
import type { AuditReport } from '../audit/report.ts';
import type { BenchPart, ChecksPart, Comparison, Report } from './model.ts';
import { rolloutTitle } from './rollout-text.ts';
import type { Timeline } from './timeline.ts';

/** A figure that a reader takes away. */
export interface Headline {
  value: string;
  words: string;
  kind?: 'good' | 'critical' | 'medium';
}

/** The title that was given, or what the parts are about. */
export function titleOf(report: Report): string {
  const { title, bench, rollouts = [], checks = [], audits = [] } = report;
  if (title !== undefined && oneLine(title) !== '') return oneLine(title);
  const kinds = [
    ...new Set(rollouts.map(({ kind }) => kind as string)),
    ...(bench ? ['load test'] : []),
    ...(checks.length > 0 ? ['checks'] : []),
    ...(audits.length > 0 ? ['audit'] : []),
  ];
  const [rollout] = rollouts;
  const [check] = checks;
  const [audit] = audits;
  const url = bench?.runs[0]?.result.scenario.url ?? '';
  if (kinds.length > 1)
    return oneLine(
      `${rollout?.target ?? check?.target ?? audit?.subject.name ?? url}: ${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1) ?? ''}`,
    );
  if (rollout) return oneLine(rolloutTitle(rollout));
  if (check) return oneLine(`Checks of ${check.target}`);
  if (audit) return reportTitle(audit);
  if (!bench) return 'Report';
  const { comparison } = bench;
  return oneLine(
    comparison ? `${url}: ${comparison.before} against ${comparison.after}` : `Load test of ${url}`,
  );
}

export function benchHeadlines({ comparison, runs }: BenchPart): Headline[] {
  if (comparison) return comparisonHeadlines(comparison);
  return runs.slice(0, 1).flatMap(({ result: { total } }): Headline[] => [
    { value: `${number(answeredRate(total))} /s`, words: 'requests answered' },
    { value: milliseconds(total.latency.p50), words: 'median latency' },
    { value: milliseconds(total.latency.p95), words: 'p95 latency' },
    { value: milliseconds(total.latency.p99), words: 'p99 latency' },
    { value: share(total.errorShare), words: 'errors', ...verdict(total.errorShare === 0) },
  ]);
}

export function auditHeadlines(audit: AuditReport): Headline[] {
  const { open } = sectionsOf(audit);
  const worst = open[0]?.severity;
  return [
    {
      value: number(open.length),
      words: open.length === 0 ? 'findings' : `findings: ${severityCounts(audit)}`,
      kind: open.length === 0 ? 'good' : worst === 'critical' || worst === 'high' ? 'critical' : 'medium',
    },
    { value: number(audit.counts.status.pass), words: 'passed', kind: 'good' },
  ];
}

function verdict(good: boolean): Pick<Headline, 'kind'> {
  return { kind: good ? 'good' : 'critical' };
}

/** What visitors met on all hosts; undefined: nothing was asked. */
export function visitors({
  hosts,
}: Timeline): { requests: number; failed: number; gapMs: number } | undefined {
  const probes = hosts.flatMap(({ probe }) => (probe && probe.requests > 0 ? [probe] : []));
  if (probes.length === 0) return undefined;
  const sum = (key: 'requests' | 'failed'): number => probes.reduce((all, probe) => all + probe[key], 0);
  return {
    requests: sum('requests'),
    failed: sum('failed'),
    gapMs: Math.max(...probes.map(({ longestGapMs }) => longestGapMs)),
  };
}

export function rolloutHeadlines(timeline: Timeline): Headline[] {
  const met = visitors(timeline);
  return [
    ...(met
      ? [
          {
            value: number(met.failed),
            words: `of ${count(met.requests, 'request')} failed`,
            ...verdict(met.failed === 0),
          },
          { value: milliseconds(met.gapMs), words: 'longest time without an answer' },
        ]
      : []),
    {
      value: span(timeline.durationMs),
      words: timeline.outcome === 'ok' ? `${timeline.kind} in all` : `until the ${timeline.kind} failed`,
      ...(timeline.outcome === 'ok' ? {} : verdict(false)),
    },
  ];
}

/** The rows that say most, where they are there. */
const telling = [
  'Requests a second',
  'Latency, average',
  'Latency, p95',
  'Cache hits',
  'CPU time a request',
  'Errors',
];

function comparisonHeadlines({ rows, before, after }: Comparison): Headline[] {
  return telling.flatMap((metric): Headline[] => {
    const row = rows.find((one) => one.metric === metric);
    if (row === undefined) return [];
    const kind = row.verdict === 'better' ? 'good' : row.verdict === 'worse' ? 'critical' : undefined;
    const value = row.unit === 'share' ? share(row.after) : change(row.before, row.after, row.unit);
    const from =
      row.unit === 'share'
        ? `${after}; ${share(row.before)} ${before}`
        : `${number(row.before)} → ${number(row.after)}${row.unit === 'ms' ? ' ms' : ''}`;
    return [
      {
        value,
        words: `${metric.startsWith('CPU') ? metric : metric.toLowerCase()}, ${from}`,
        ...(kind === undefined ? {} : { kind }),
      },
    ];
  });
}

export function checkHeadlines({ hosts }: ChecksPart): Headline[] {
  const counts = tally(hosts.flatMap((host) => ('checks' in host ? host.checks : [])));
  const lost = hosts.filter((host) => 'error' in host).length;
  return [
    ...(lost > 0 ? [{ value: String(lost), words: 'hosts not checked', ...verdict(false) }] : []),
    ...(counts.fail > 0 ? [{ value: String(counts.fail), words: 'checks failed', ...verdict(false) }] : []),
    ...(counts.warn > 0
      ? [{ value: String(counts.warn), words: 'checks warned', kind: 'medium' as const }]
      : []),
    ...(counts.unknown > 0 ? [{ value: String(counts.unknown), words: 'checks unknown' }] : []),
    { value: String(counts.pass), words: 'checks passed', kind: 'good' as const },
  ];
}
