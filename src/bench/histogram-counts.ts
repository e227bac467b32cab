import { decodeFromCompressedBase64, JsHistogram } from 'hdr-histogram-js';

/** A distribution: values that rise, and how many were at most that. */
export interface Counts {
  /** Milliseconds. */
  values: readonly number[];
  cumulated: readonly number[];
  total: number;
}

/** Adds up encoded histograms (microseconds). @returns undefined: one cannot be read, or there is nothing in them */
export function countsOf(histograms: readonly string[]): Counts | undefined {
  const counts = new Map<number, number>();
  try {
    for (const text of histograms) {
      const histogram = decodeFromCompressedBase64(text);
      if (!(histogram instanceof JsHistogram)) return undefined;
      const steps = histogram.recordedValuesIterator;
      steps.reset();
      while (steps.hasNext()) {
        const { valueIteratedTo, countAtValueIteratedTo } = steps.next();
        counts.set(valueIteratedTo, (counts.get(valueIteratedTo) ?? 0) + countAtValueIteratedTo);
      }
    }
  } catch {
    return undefined;
  }
  let total = 0;
  const sorted = [...counts].toSorted(([one], [other]) => one - other);
  const cumulated = sorted.map(([, count]) => (total += count));
  return total === 0 ? undefined : { values: sorted.map(([value]) => value / 1_000), cumulated, total };
}

/** The smallest value that at least this share (0 to 1) does not exceed. */
export function quantile({ values, cumulated, total }: Counts, share: number): number {
  const wanted = share * total;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulated[middle] ?? 0) >= wanted) high = middle;
    else low = middle + 1;
  }
  return values[low] ?? 0;
}
