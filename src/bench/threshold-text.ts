import { nearest } from '../config/nearest.ts';

/** What a threshold looks at. `percentile` only of `latency`. */
export type Metric =
  | { kind: 'latency'; of: 'avg' | 'min' | 'max' }
  | { kind: 'latency'; of: 'percentile'; percentile: number }
  | { kind: 'errors' | 'limited' | 'hits' | 'rps' };

/** A demand on a run, such as `p95{GET /}<300ms`. */
export interface Threshold {
  /** As it was written. */
  text: string;
  metric: Metric;
  /** Name of a request; undefined: all together. */
  request?: string;
  sign: '<' | '<=' | '>' | '>=';
  /** Milliseconds, requests a second, or a share from 0 to 1. */
  limit: number;
}

const metrics = [
  'avg',
  'min',
  'med',
  'p90',
  'p95',
  'p99',
  'p99.9',
  'max',
  'errors',
  'limited',
  'hits',
  'rps',
];
const example =
  'Write it as p95<300ms, avg<=1s, errors<1%, rps>200, hits>80%, or p95{GET /api}<50ms for one request.';

/** What is wrong with the text of a threshold, and what would be right. */
export interface ThresholdProblem {
  problem: string;
  next: string;
}

/**
 * Reads a threshold.
 *
 * @param names of the requests that a run has; undefined: not known yet, any name will do
 */
export function parseThreshold(text: string, names?: readonly string[]): Threshold | ThresholdProblem {
  const parts = /^([^{}<>=]*)(?:\{([^{}]*)\})?\s*(<=|>=|<|>)([^<>=]*)$/.exec(text.trim());
  if (!parts) return wrong(`The threshold ${quoted(text)} is no comparison`, example);
  const [, word = '', name, sign = '', value = ''] = parts;
  const metric = metricOf(word.trim().toLowerCase());
  if (!metric) {
    const near = nearest(word.trim().toLowerCase(), metrics);
    return wrong(
      `The threshold ${quoted(text)} has no metric that there is${near === undefined ? '' : `; did you mean ${near}?`}`,
      `Metrics: ${metrics.join(', ')}.`,
    );
  }
  const request = name?.trim();
  if (request !== undefined && names && !names.includes(request)) {
    const near = nearest(request, names);
    return wrong(
      `The threshold ${quoted(text)} is for a request that there is not${near === undefined ? '' : `; did you mean ${quoted(near)}?`}`,
      `Requests: ${names.join(', ')}.`,
    );
  }
  const limit = limitOf(metric, value.trim().toLowerCase());
  if (limit === undefined)
    return wrong(`The threshold ${quoted(text)} has no limit that suits ${word.trim()}`, units(metric));
  return {
    text: text.trim(),
    metric,
    ...(request === undefined ? {} : { request }),
    sign: sign as Threshold['sign'],
    limit,
  };
}

/** Whether `parseThreshold` found something wrong. */
export function isProblem(parsed: Threshold | ThresholdProblem): parsed is ThresholdProblem {
  return 'problem' in parsed;
}

function wrong(problem: string, next: string): ThresholdProblem {
  return { problem: problem.endsWith('?') ? problem : `${problem}.`, next };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function metricOf(word: string): Metric | undefined {
  // k6 writes p(95).
  const percentile = /^p\(?(\d{1,2}(?:\.\d{1,3})?|100)\)?$/.exec(word);
  if (percentile) return { kind: 'latency', of: 'percentile', percentile: Number(percentile[1]) };
  switch (word) {
    case 'avg':
    case 'min':
    case 'max':
      return { kind: 'latency', of: word };
    case 'med':
      return { kind: 'latency', of: 'percentile', percentile: 50 };
    case 'errors':
    case 'limited':
    case 'hits':
    case 'rps':
      return { kind: word };
    default:
      return undefined;
  }
}

const milliseconds: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, '': 1 };

function limitOf({ kind }: Metric, text: string): number | undefined {
  const parts = /^(\d{1,12}(?:\.\d{1,9})?)\s*(%|us|µs|ms|s|\/s)?$/.exec(text);
  if (!parts) return undefined;
  const [, digits = '', unit = ''] = parts;
  const value = Number(digits);
  switch (kind) {
    case 'latency': {
      const factor = milliseconds[unit];
      return factor === undefined ? undefined : value * factor;
    }
    case 'rps':
      return unit === '' || unit === '/s' ? value : undefined;
    default:
      // A bare 1 could mean 1 % or all of them.
      return unit === '%' && value <= 100 ? value / 100 : undefined;
  }
}

function units({ kind }: Metric): string {
  switch (kind) {
    case 'latency':
      return 'Durations are written as 300ms or 1.5s.';
    case 'rps':
      return 'Rates are written as 200 (requests a second).';
    default:
      return 'Shares are written as 1%.';
  }
}
