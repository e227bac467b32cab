import { cacheAnswer } from '../check/access-log.ts';
import { Durations } from './histogram.ts';
import type { BenchResult, Figures } from './result.ts';
import type { Threshold } from './threshold-text.ts';

export interface ThresholdVerdict {
  threshold: Threshold;
  /** In the unit of the limit; undefined: the run does not tell, `why` says why. Then it is not kept. */
  value?: number;
  why?: string;
  kept: boolean;
}

/** Compares a run with what is demanded of it. */
export function judgeThresholds(
  thresholds: readonly Threshold[],
  result: Pick<BenchResult, 'total' | 'requests'>,
): ThresholdVerdict[] {
  return thresholds.map((threshold): ThresholdVerdict => {
    const { request, sign, limit } = threshold;
    const figures = request === undefined ? result.total : result.requests[request];
    const value = figures ? valueOf(threshold, figures) : 'no such request was sent';
    if (typeof value === 'string') return { threshold, why: value, kept: false };
    return { threshold, value, kept: compare(value, sign, limit) };
  });
}

/** Share of the answers that came out of a cache, 0 to 1; undefined: no answer tells. */
export function hitRate({ cache }: Pick<Figures, 'cache'>): number | undefined {
  let hits = 0;
  let all = 0;
  for (const [status, count] of Object.entries(cache)) {
    const answer = cacheAnswer(status);
    if (answer === undefined) continue;
    all += count;
    if (answer === 'hit') hits += count;
  }
  return all === 0 ? undefined : hits / all;
}

function valueOf({ metric }: Threshold, figures: Figures): number | string {
  const { latency, ok, sent } = figures;
  switch (metric.kind) {
    case 'errors':
      return sent === 0 ? 'nothing was sent' : figures.errorShare;
    case 'limited':
      return sent === 0 ? 'nothing was sent' : figures.limited / sent;
    case 'rps':
      return figures.okRate ?? figures.rate;
    case 'hits':
      return hitRate(figures) ?? 'no answer has the header X-Cache-Status';
    case 'latency':
      if (ok === 0) return 'no request was answered without an error';
      if (metric.of === 'percentile') return percentile(figures, metric.percentile);
      return latency[metric.of === 'avg' ? 'mean' : metric.of];
  }
}

function percentile({ latency }: Figures, percent: number): number | string {
  return Durations.decode(latency.histogram)?.percentile(percent) ?? 'the histogram cannot be read';
}

function compare(value: number, sign: Threshold['sign'], limit: number): boolean {
  switch (sign) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
  }
}
