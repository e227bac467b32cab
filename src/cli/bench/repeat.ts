import type { BenchResult } from '../../bench/result.ts';
import type { Scenario } from '../../bench/scenario.ts';

export interface Repeated {
  runs: readonly BenchResult[];
  /** Of the other site. */
  against: readonly BenchResult[];
}

/**
 * Runs a scenario again and again, in turn with another one if there is one: before every odd round the other comes
 * first (A B, B A, A B, …), so that neither side always meets what its neighbour left behind. Ends early with a run
 * that was stopped.
 *
 * @param one makes one run; its label is for people: `2 of 5`
 */
export async function repeatRuns(
  times: number,
  scenario: Scenario,
  against: Scenario | undefined,
  one: (scenario: Scenario, label: string) => Promise<BenchResult>,
): Promise<Repeated> {
  const runs: BenchResult[] = [];
  const others: BenchResult[] = [];
  const total = times * (against ? 2 : 1);
  for (let round = 0; round < times; round += 1) {
    const sides = [...(against ? [{ asked: against, kept: others }] : []), { asked: scenario, kept: runs }];
    if (round % 2 === 1) sides.reverse();
    for (const { asked, kept } of sides) {
      const label = total === 1 ? '' : `${runs.length + others.length + 1} of ${total}`;
      const result = await one(asked, label);
      kept.push(result);
      if (result.stopped !== undefined) return { runs, against: others };
    }
  }
  return { runs, against: others };
}

/** The run whose p95 is in the middle: one that happened, to be shown in full. */
export function middleRun(runs: readonly BenchResult[]): BenchResult | undefined {
  const sorted = runs.toSorted((one, other) => one.total.latency.p95 - other.total.latency.p95);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
