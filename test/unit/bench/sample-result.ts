import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { BenchResult, Figures, Latency } from '../../../src/bench/result.ts';

/** Latencies in milliseconds as a result has them. */
export function latencyOf(values: readonly number[]): Latency {
  const histogram = build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });
  for (const value of values) histogram.recordValue(Math.max(1, Math.round(value * 1_000)));
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1_000;
  return {
    mean: histogram.mean / 1_000,
    min: histogram.minNonZeroValue / 1_000,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue / 1_000,
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

export function figuresOf(values: readonly number[], change: Partial<Figures> = {}): Figures {
  return {
    sent: values.length,
    ok: values.length,
    rate: values.length / 10,
    latency: latencyOf(values),
    errors: {},
    status: { 200: values.length },
    errorShare: 0,
    limited: 0,
    bytes: 1_000,
    cache: {},
    ...change,
  };
}

/** A run of ten seconds without anything remarkable. */
export function resultOf(
  values: readonly number[] = [10, 20, 30],
  change: Partial<BenchResult> = {},
): BenchResult {
  return {
    version: 1,
    at: '2026-11-23T16:00:00.000Z',
    tool: 'ops 0.1.0',
    scenario: {
      url: 'http://127.0.0.1:8080',
      requests: [{ name: 'GET /', method: 'GET', path: '/', weight: 1, headers: {} }],
      load: { kind: 'open', rate: values.length / 10, stop: { afterMs: 10_000 }, most: 1_000 },
      warmUpMs: 1_000,
      timeoutMs: 10_000,
    },
    durationMs: 10_000,
    total: figuresOf(values),
    requests: { 'GET /': figuresOf(values) },
    timeline: Array.from({ length: 10 }, (_, second) => ({
      second,
      sent: values.length / 10,
      ok: values.length / 10,
      failed: 0,
      p50: 10,
      p95: 20,
      p99: 30,
      open: 1,
    })),
    generator: { lagP50: 0.1, lagP99: 0.5, lagMax: 1, dropped: 0, cpu: 0.2 },
    invalid: [],
    notes: [],
    ...change,
  };
}
