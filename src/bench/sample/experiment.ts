import type { BenchResult } from '../result.ts';
import { causes, replaceAll, type Cause, type Replacement } from './causes.ts';
import { effect, type Effect } from './tables.ts';

/** The sample app on a server, as text files by path, and the load on it. */
export interface SampleRig {
  files(variant: 'before' | 'after'): ReadonlyMap<string, string>;
  /** Makes the server run these files; `name` is for people. */
  run(files: ReadonlyMap<string, string>, name: string): Promise<void>;
  measure(name: string): Promise<BenchResult>;
}

export interface Experiment {
  before: BenchResult;
  after: BenchResult;
  /** One cause at a time; empty: not asked for. */
  effects: readonly Effect[];
  /** How much the rates of two runs of the same variant differed: what is less is no effect. */
  noise: number;
}

/** Below this ratio no difference of rates counts, however alike the repetitions were. */
const leastNoise = 1.1;

/**
 * Measures `before` and `after`, and with `oneAtATime` each cause mended alone in `before` and brought back alone in
 * `after`. The variants are measured again at the end: what differs between two runs of the same is chance.
 */
export async function runExperiment(
  rig: SampleRig,
  { oneAtATime }: { oneAtATime: boolean },
): Promise<Experiment> {
  const measure = async (
    variant: 'before' | 'after',
    name: string,
    change: readonly Replacement[] = [],
  ): Promise<BenchResult> => {
    await rig.run(replaceAll(rig.files(variant), change), name);
    return await rig.measure(name);
  };
  const before = await measure('before', 'before');
  const after = await measure('after', 'after');
  if (!oneAtATime) return { before, after, effects: [], noise: leastNoise };
  const runs: { cause: Cause; base: 'before' | 'after'; run: BenchResult }[] = [];
  for (const cause of causes)
    runs.push({
      cause,
      base: 'before',
      run: await measure('before', `before, with ${cause.number} mended`, cause.fix),
    });
  for (const cause of causes)
    runs.push({
      cause,
      base: 'after',
      run: await measure('after', `after, with ${cause.number} back`, cause.unfix),
    });
  const again = {
    before: await measure('before', 'before again'),
    after: await measure('after', 'after again'),
  };
  const noise = Math.max(leastNoise, apart(before, again.before), apart(after, again.after));
  return {
    before,
    after,
    noise,
    effects: runs.map(({ cause, base, run }) =>
      effect(cause, base, base === 'before' ? before : after, run, noise),
    ),
  };
}

function apart(one: BenchResult, other: BenchResult): number {
  const ratio = one.total.rate / other.total.rate;
  return Math.max(ratio, 1 / ratio);
}
