/**
 * Repeats `round` until the signal is aborted: the next one begins `intervalMs` after the last one began, or at once
 * when it took longer. Gives the last whole round.
 *
 * @param sleep waits, and is over early when the signal is aborted
 */
export async function watch<Result>(
  round: () => Promise<Result>,
  show: (result: Result) => Promise<void>,
  {
    intervalMs,
    now,
    sleep,
    signal,
  }: {
    intervalMs: number;
    now: () => number;
    sleep: (ms: number) => Promise<unknown>;
    signal: AbortSignal;
  },
): Promise<Result | undefined> {
  let last: Result | undefined;
  while (!signal.aborted) {
    const began = now();
    try {
      last = await round();
    } catch (error) {
      // Ctrl+C in the middle of a round ends the watch; what was seen before stands.
      if (signal.aborted) break;
      throw error;
    }
    await show(last);
    if (!signal.aborted) await sleep(Math.max(0, intervalMs - (now() - began)));
  }
  return last;
}
