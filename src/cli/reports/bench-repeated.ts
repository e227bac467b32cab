import { compareRuns, type Comparison } from '../../bench/compare.ts';
import { seeded } from '../../bench/draws.ts';
import type { BenchResult } from '../../bench/result.ts';
import type { Style } from '../style.ts';
import { compareReport } from './bench-compare.ts';
import { runsReport } from './bench-runs.ts';
import { serverReport } from './bench-server.ts';

/** A comparison, and what its sides are called. */
export interface NamedComparison {
  data: Comparison;
  names: { before: string; after: string };
}

/** The same runs have the same intervals every time, here and on the page of a report. */
const seed = 1;

/** The saved runs or those of the other site against these; undefined: there is nothing to compare with. */
export function comparisonOf(
  sides: {
    runs: readonly BenchResult[];
    against: readonly BenchResult[];
    before?: readonly BenchResult[];
  },
  name = 'before',
): NamedComparison | undefined {
  const { runs, against, before } = sides;
  const [first] = runs;
  const [other] = against;
  if (first && before)
    return { data: compareRuns(before, runs, seeded(seed)), names: { before: name, after: 'now' } };
  if (!first || !other) return undefined;
  // That the sites differ is what was asked for.
  const { url } = first.scenario;
  const alike = against.map((run) => ({ ...run, scenario: { ...run.scenario, url } }));
  return {
    data: compareRuns(alike, runs, seeded(seed)),
    names: { before: hostOf(other.scenario.url), after: hostOf(url) },
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** What stands below the report of one run: the server, every run of several, the comparison. */
export function repeatedReport(
  {
    result,
    runs,
    comparison,
  }: { result: BenchResult; runs: readonly BenchResult[]; comparison: NamedComparison | undefined },
  style: Style,
  options: { width: number },
): string[] {
  const number = runs.indexOf(result) + 1;
  return [
    ...(result.server ? [serverReport(result.server, style, options)] : []),
    ...(runs.length > 1
      ? [`Above is run ${number} of ${runs.length}, whose p95 is in the middle.\n${runsReport(runs, style)}`]
      : []),
    ...(comparison ? [compareReport(comparison.data, comparison.names, style, options)] : []),
  ];
}
