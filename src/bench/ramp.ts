import { openLoop, type LoopTools } from './loops.ts';
import type { RampStep } from './result.ts';
import type { Load } from './scenario.ts';
import { Tally } from './tally.ts';

/** A step is held when so much of its rate was answered, so few failed, and latency stayed near that of the first. */
const leastReached = 0.95;
const mostErrors = 0.01;
const mostSlower = 3;
const mostSlowerMs = 50;

/** The rates of a ramp, the last one included. */
export function rates({ from, to, step }: { from: number; to: number; step: number }): number[] {
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  return Array.from({ length: Math.max(1, count) }, (_, index) => from + index * step);
}

/**
 * What a step of a ramp showed.
 *
 * @param base p95 of the first step, milliseconds; undefined: this is the first
 */
export function judgeStep(
  { rate, reached, p95, errorShare }: Omit<RampStep, 'held'>,
  base: number | undefined,
): RampStep {
  const slow = base !== undefined && p95 > Math.max(base * mostSlower, base + mostSlowerMs);
  const held = reached >= rate * leastReached && errorShare <= mostErrors && !slow;
  return { rate, reached, p95, errorShare, held };
}

/** Goes up step by step until one is not held; what is under way ends before the next begins. */
export async function ramp(
  tools: LoopTools,
  load: Load & { kind: 'ramp' },
  warmUpMs: number,
): Promise<{ steps: RampStep[]; tallies: Map<string, Tally>; measuredMs: number }> {
  const { session, signal } = tools;
  const steps: RampStep[] = [];
  const tallies = new Map<string, Tally>();
  let measuredMs = 0;
  let usual: number | undefined;
  for (const rate of rates(load)) {
    const first = steps.length === 0;
    const { began, ended } = await openLoop(tools, {
      rate,
      most: load.most,
      warmUpMs: first ? warmUpMs : 0,
      stop: { afterMs: load.stepMs },
    });
    // A step begins with nothing under way, so its answers come later by one usual latency; after a warm-up they do not.
    const shift = first && warmUpMs > 0 ? 0 : (usual ?? together(session.tallies()).durations.percentile(50));
    session.close(ended + shift);
    await session.drained();
    measuredMs += ended - began;
    const taken = session.take();
    const step = together(taken);
    addTo(tallies, taken);
    if (signal.aborted) break;
    const { okRate = 0, errorShare, latency } = step.figures(load.stepMs);
    usual ??= latency.p50;
    steps.push(judgeStep({ rate, reached: okRate, p95: latency.p95, errorShare }, steps[0]?.p95));
    if (steps.at(-1)?.held !== true) break;
  }
  return { steps, tallies, measuredMs };
}

function together(tallies: ReadonlyMap<string, Tally>): Tally {
  const all = new Tally();
  for (const tally of tallies.values()) all.add(tally);
  return all;
}

function addTo(sums: Map<string, Tally>, more: ReadonlyMap<string, Tally>): void {
  for (const [name, tally] of more) {
    const sum = sums.get(name);
    if (sum) sum.add(tally);
    else sums.set(name, tally);
  }
}
