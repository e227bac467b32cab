import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import type { Latency } from './result.ts';

/** Microseconds; one hour is more than any time-out. Three digits: a value is right to 0.1 %. */
const longest = 3_600_000_000;

/** Durations by how often they occurred (HDR histogram); milliseconds in and out, microseconds inside. */
export class Durations {
  readonly #histogram: Histogram;

  constructor(histogram?: Histogram) {
    this.#histogram =
      histogram ??
      build({
        bitBucketSize: 32,
        autoResize: true,
        lowestDiscernibleValue: 1,
        highestTrackableValue: 60_000_000,
        numberOfSignificantValueDigits: 3,
      });
  }

  /**
   * Reads what `encode` made; undefined: the text is none.
   */
  static decode(text: string): Durations | undefined {
    try {
      return new Durations(decodeFromCompressedBase64(text));
    } catch {
      return undefined;
    }
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(longest, Math.max(1, Math.round(ms * 1000))));
  }

  /** Adds all durations of the other. */
  add(other: Durations): void {
    if (other.count > 0) this.#histogram.add(other.#histogram);
  }

  /** The duration that `percent` of all do not exceed, milliseconds; 0 when there is none. */
  percentile(percent: number): number {
    // A bucket's upper end may lie above the longest of all.
    const value = Math.min(this.#histogram.getValueAtPercentile(percent), this.#histogram.maxValue);
    return this.count === 0 ? 0 : rounded(value);
  }

  get mean(): number {
    return this.count === 0 ? 0 : rounded(this.#histogram.mean);
  }

  get min(): number {
    return this.count === 0 ? 0 : rounded(this.#histogram.minNonZeroValue);
  }

  get max(): number {
    return this.count === 0 ? 0 : rounded(this.#histogram.maxValue);
  }

  /** Compressed, base64. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  clear(): void {
    this.#histogram.reset();
  }

  latency(): Latency {
    return {
      mean: this.mean,
      min: this.min,
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      p999: this.percentile(99.9),
      max: this.max,
      histogram: this.encode(),
    };
  }
}

function rounded(microseconds: number): number {
  return Math.round(microseconds) / 1000;
}
