import type { AuditReport } from '../audit/report.ts';
import { withoutSecrets } from '../bench/scenario-secrets.ts';
import type { BenchResult } from '../bench/result.ts';
import { comparisonOf } from './compare.ts';
import type { BenchPart, BenchRun, ChecksPart, Report } from './model.ts';
import type { Timeline } from './timeline.ts';

/** One result that goes into a report. */
export type Part =
  | { kind: 'bench'; bench: BenchPart }
  | { kind: 'rollout'; timeline: Timeline }
  | { kind: 'checks'; checks: ChecksPart }
  | { kind: 'audit'; audit: AuditReport };

export interface ReportHead {
  title?: string | undefined;
  /** ISO 8601. */
  at: string;
  /** Of `ops`. */
  version: string;
}

/** Makes one report of results, in the order in which they come; two load tests are compared. */
export function makeReport(parts: readonly Part[], { title, at, version }: ReportHead): Report {
  const rollouts = parts.flatMap((part) => (part.kind === 'rollout' ? [part.timeline] : []));
  const checks = parts.flatMap((part) => (part.kind === 'checks' ? [part.checks] : []));
  const audits = parts.flatMap((part) => (part.kind === 'audit' ? [part.audit] : []));
  const bench = joinBench(parts.flatMap((part) => (part.kind === 'bench' ? [part.bench] : [])));
  return {
    version: 1,
    kind: 'report',
    ...(title === undefined ? {} : { title }),
    at,
    tool: { name: 'ops', version },
    ...(bench ? { bench } : {}),
    ...(rollouts.length > 0 ? { rollouts } : {}),
    ...(checks.length > 0 ? { checks } : {}),
    ...(audits.length > 0 ? { audits } : {}),
  };
}

/** Runs of one side, as one: the one with the median p95 stands for them. What lets somebody in is left out. */
export function benchRun(label: string, results: readonly [BenchResult, ...BenchResult[]]): BenchRun {
  const safe = results.map((result) => ({ ...result, scenario: withoutSecrets(result.scenario) }));
  const sorted = safe.toSorted((one, other) => one.total.latency.p95 - other.total.latency.p95);
  const middle = Math.floor((sorted.length - 1) / 2);
  return {
    label,
    result: sorted[middle] ?? results[0],
    ...(sorted.length > 1 ? { repetitions: sorted.toSpliced(middle, 1) } : {}),
  };
}

/** Sides of a measurement as parts, without those that have no runs. */
export function benchSides(sides: readonly { label: string; results: readonly BenchResult[] }[]): Part[] {
  return sides.flatMap(({ label, results: [first, ...others] }) =>
    first === undefined
      ? []
      : [{ kind: 'bench' as const, bench: { runs: [benchRun(label, [first, ...others])] } }],
  );
}

function joinBench(all: readonly BenchPart[]): BenchPart | undefined {
  const [only] = all;
  if (only === undefined) return undefined;
  if (all.length === 1 && only.comparison) return only;
  const runs = apart(all.flatMap((part) => part.runs));
  const [before, after, ...more] = runs;
  return before && after && more.length === 0 ? { runs, comparison: comparisonOf(before, after) } : { runs };
}

/** Names that occur twice get a number. */
function apart(runs: readonly BenchRun[]): BenchRun[] {
  const seen = new Map<string, number>();
  return runs.map((run) => {
    const times = (seen.get(run.label) ?? 0) + 1;
    seen.set(run.label, times);
    return times === 1 ? run : { ...run, label: `${run.label} ${times}` };
  });
}
