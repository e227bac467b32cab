import { compareRuns, type Change } from '../bench/compare.ts';
import { seeded } from '../bench/draws.ts';
import type { BenchResult, Figures } from '../bench/result.ts';
import { cacheAnswer } from '../check/access-log.ts';
import type { BenchRun, Comparison, ComparisonRow, Unit } from './model.ts';

const names: Readonly<Record<Change['metric'], { metric: string; unit: Unit }>> = {
  rate: { metric: 'Requests a second', unit: '/s' },
  p50: { metric: 'Latency, p50', unit: 'ms' },
  p95: { metric: 'Latency, p95', unit: 'ms' },
  p99: { metric: 'Latency, p99', unit: 'ms' },
  errors: { metric: 'Errors', unit: 'share' },
  hitRate: { metric: 'Cache hits', unit: 'share' },
};

/**
 * What two runs say beside each other: rated where the measured change has an interval, and further figures unrated.
 */
export function comparisonOf(before: BenchRun, after: BenchRun): Comparison {
  const all = ({ result, repetitions = [] }: BenchRun): BenchResult[] => [result, ...repetitions];
  const measured = compareRuns(all(before), all(after), seeded(1));
  const rows = new Map(measured.changes.map((change) => [change.metric, rowOf(change)]));
  const [one, other] = [before.result, after.result];
  const ordered = [
    rows.get('rate'),
    unrated('Latency, average', 'ms', one.total.latency.mean, other.total.latency.mean),
    rows.get('p50'),
    rows.get('p95'),
    rows.get('p99'),
    unrated('Latency, max', 'ms', one.total.latency.max, other.total.latency.max),
    rows.get('errors'),
    hitRow(rows.get('hitRate'), one, other),
    unrated('CPU of the server', 'share', one.server?.cpuShare, other.server?.cpuShare),
    unrated('CPU time a request', 'ms', cpuPerRequest(one), cpuPerRequest(other)),
  ];
  return {
    before: before.label,
    after: after.label,
    rows: ordered.filter(
      (row) => row !== undefined && Number.isFinite(row.before) && Number.isFinite(row.after),
    ) as ComparisonRow[],
    notes: [
      ...measured.warnings,
      measured.method === 'within'
        ? 'The intervals (95 %) are of the requests within each run; from one run to the next there is more chance than they have.'
        : `The intervals (95 %) are of ${measured.repetitions.before} and ${measured.repetitions.after} runs.`,
    ],
  };
}

function rowOf({ metric, before, after, kind, interval, verdict }: Change): ComparisonRow {
  const neutral = kind === 'ratio' ? 1 : 0;
  return {
    ...names[metric],
    before,
    after,
    ...(interval ? { interval: [interval[0] - neutral, interval[1] - neutral] as const } : {}),
    verdict: verdict === 'unknown' ? 'unrated' : verdict,
  };
}

/** A side whose answers say nothing of a cache has none, if the other side's do. */
function hitRow(
  row: ComparisonRow | undefined,
  one: BenchResult,
  other: BenchResult,
): ComparisonRow | undefined {
  const [before, after] = [hitShare(one.total), hitShare(other.total)];
  if (before !== undefined && after !== undefined) return row;
  return before === undefined && after === undefined
    ? undefined
    : unrated('Cache hits', 'share', before ?? 0, after ?? 0);
}

function unrated(
  metric: string,
  unit: Unit,
  before: number | undefined,
  after: number | undefined,
): ComparisonRow | undefined {
  return before === undefined || after === undefined
    ? undefined
    : { metric, unit, before, after, verdict: 'unrated' };
}

/** Of the answers that met a cache; undefined: none did. */
export function hitShare({ cache }: Pick<Figures, 'cache'>): number | undefined {
  const answers = Object.entries(cache).map(([status, times]) => ({ kind: cacheAnswer(status), times }));
  const sum = (wanted: readonly { times: number }[]): number =>
    wanted.reduce((all, { times }) => all + times, 0);
  const met = sum(answers.filter(({ kind }) => kind !== undefined));
  return met === 0 ? undefined : sum(answers.filter(({ kind }) => kind === 'hit')) / met;
}

/** Milliseconds of CPU on the server for one request; undefined: the server was not sampled. */
export function cpuPerRequest({ server, total }: BenchResult): number | undefined {
  if (server === undefined || !(total.rate > 0)) return undefined;
  return (server.cpuShare * server.cpus * 1000) / total.rate;
}
