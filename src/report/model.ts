import type { AuditReport } from '../audit/report.ts';
import type { BenchResult } from '../bench/result.ts';
import type { CheckResult } from '../check/run.ts';
import type { Timeline } from './timeline.ts';

/** What a report page tells: plain data, each part may be absent. */
export interface Report {
  version: 1;
  /** Tells it from every other JSON of `ops`. */
  kind: 'report';
  /** Without it, one is made from the parts. */
  title?: string;
  /** ISO 8601, UTC. */
  at: string;
  tool: { name: string; version: string };
  bench?: BenchPart;
  rollouts?: readonly Timeline[];
  checks?: readonly ChecksPart[];
  audits?: readonly AuditReport[];
}

export interface BenchPart {
  /** In the order in which they are shown; the first is what the others are compared with. */
  runs: readonly BenchRun[];
  comparison?: Comparison;
}

export interface BenchRun {
  /** `before`, `after`, the name it was saved by. */
  label: string;
  /** Of several repetitions the one with the median p95. */
  result: BenchResult;
  /** The others. */
  repetitions?: readonly BenchResult[];
}

/** Two sides of the same measurement. */
export interface Comparison {
  before: string;
  after: string;
  rows: readonly ComparisonRow[];
  notes: readonly string[];
}

export interface ComparisonRow {
  metric: string;
  unit: Unit;
  before: number;
  after: number;
  /** Of the change, 95 %: as a share of `before` (-0.95 is 95 % less), of shares as their difference. */
  interval?: readonly [number, number];
  verdict: 'better' | 'worse' | 'same' | 'unrated';
}

export type Unit = 'ms' | '/s' | 'share' | 'CPUs' | 'count';

/** One round of `ops check`. */
export interface ChecksPart {
  target: string;
  at: string;
  hosts: readonly ({ host: string } & ({ checks: readonly CheckResult[] } | { error: string }))[];
}
