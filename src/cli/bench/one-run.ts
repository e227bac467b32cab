import { bottleneck } from '../../bench/bottleneck.ts';
import type { BenchResult, Second } from '../../bench/result.ts';
import type { Sampling } from '../../bench/sample-server.ts';
import type { LiveBench } from '../live/live-bench.ts';

export interface OneRun {
  /** Asks the site, and hands on each second of measuring. */
  load: (onSecond: (second: Second) => void) => Promise<BenchResult>;
  warmUpMs: number;
  live: Pick<LiveBench, 'second' | 'close'>;
  /** Of the server, if that is a target's. */
  sampling?: Sampling;
}

/** One run with all that is seen of it while it goes on: on the terminal, and on the server. */
export async function oneRun({ load, warmUpMs, live, sampling }: OneRun): Promise<BenchResult> {
  const shares: (number | undefined)[] = [];
  const measuring = setTimeout(() => sampling?.begin(), warmUpMs);
  let result: BenchResult;
  try {
    result = await load((second) => {
      const cpu = sampling?.cpuShare();
      shares.push(cpu);
      live.second(cpu === undefined ? second : { ...second, cpu });
    });
  } catch (error) {
    await sampling?.stop();
    throw error;
  } finally {
    clearTimeout(measuring);
    live.close();
  }
  return sampling ? withServer(result, shares, await sampling.stop()) : result;
}

function withServer(
  result: BenchResult,
  shares: readonly (number | undefined)[],
  server: BenchResult['server'],
): BenchResult {
  if (!server)
    return {
      ...result,
      notes: [...result.notes, 'The server told nothing of itself: the run was too short, or SSH was lost.'],
    };
  const timeline = result.timeline.map((second, index) => {
    const cpu = shares[index];
    return cpu === undefined ? second : { ...second, cpu };
  });
  const seen = { ...result, timeline, server };
  const held = bottleneck(seen);
  return held === undefined ? seen : { ...seen, server: { ...server, bottleneck: held } };
}
