import type { Load } from './scenario.ts';

/** Requests a second where nothing is said: what any site can bear, and what common rate limits let through. */
export const usualRate = 10;

/** What flags or the configuration say; rates are requests a second. */
export interface LoadGiven {
  rate?: number;
  /** Clients of a closed loop; wins over `rate`. */
  connections?: number;
  thinkMs?: number;
  ramp?: { from: number; to: number; step: number };
  /** Of the run, or of each step of a ramp. */
  durationMs: number;
  /** Ends the run instead of `durationMs`. */
  requests?: number;
}

/** Requests under way at once: as many as a rate piles up until they time out, within reason. */
export function mostOpen(rate: number, timeoutMs: number): number {
  return Math.min(2_000, Math.max(100, Math.ceil((rate * timeoutMs) / 1000)));
}

export function buildLoad(given: LoadGiven, timeoutMs: number): Load {
  const { ramp, connections, thinkMs = 0, rate = usualRate, durationMs, requests } = given;
  if (ramp) return { kind: 'ramp', ...ramp, stepMs: durationMs, most: mostOpen(ramp.to, timeoutMs) };
  const stop = requests === undefined ? { afterMs: durationMs } : { requests };
  if (connections !== undefined) return { kind: 'closed', connections, thinkMs, stop };
  return { kind: 'open', rate, most: mostOpen(rate, timeoutMs), stop };
}
