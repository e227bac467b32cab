import { Durations } from '../bench/histogram.ts';
import type { Figures } from '../bench/result.ts';

/** `[percentile, milliseconds]`, rising. */
export type Curve = readonly (readonly [number, number])[];

/** Points a tenth of the way from one nine to the next. */
const pointsPerNine = 10;

/**
 * Latency by percentile, from the median up to what the number of requests can tell: of 100 requests one is above the
 * 99th percentile, and none says anything about the 99.9th.
 */
export function latencyCurve({ latency, sent }: Pick<Figures, 'latency' | 'sent'>): Curve {
  const limit = highestPercentile(sent);
  const { p50, p90, p95, p99, p999 } = latency;
  const known: Curve = [
    [50, p50],
    [90, p90],
    [95, p95],
    [99, p99],
    [99.9, p999],
  ];
  return (fromHistogram(latency.histogram, limit) ?? known).filter(([percent]) => percent <= limit);
}

function highestPercentile(requests: number): number {
  return Math.min(99.99, Math.max(75, 100 * (1 - 1 / Math.max(1, requests))));
}

/** undefined: it cannot be decoded (a file that was edited), or is empty; the six figures beside it still tell. */
function fromHistogram(text: string, limit: number): Curve | undefined {
  const durations = text === '' ? undefined : Durations.decode(text);
  if (durations === undefined || durations.count === 0) return undefined;
  const end = -Math.log10(1 - limit / 100);
  const begin = -Math.log10(0.5);
  const steps = Math.max(1, Math.ceil((end - begin) * pointsPerNine));
  return Array.from({ length: steps + 1 }, (_, index) => {
    const percent = 100 * (1 - 10 ** -(begin + ((end - begin) * index) / steps));
    return [percent, durations.percentile(percent)] as const;
  });
}
