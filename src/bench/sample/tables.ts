import { cacheAnswer } from '../../check/access-log.ts';
import type { BenchResult } from '../result.ts';
import type { Cause } from './causes.ts';

/** What the original report measured by hand, and claimed. */
const claimed = {
  mean: { before: 2500, after: 120 },
  p95: { before: 5000, after: 300 },
  rate: { before: 8, after: 150 },
  hits: { before: 0, after: 0.85 },
} as const;

export interface Metric {
  name: string;
  before: string;
  after: string;
  /** `÷ 21`, `× 18.8`, `+ 98 points`. */
  change: string;
  /** The original report's change. */
  claimed: string;
  /** At least what was claimed; undefined: nothing was. */
  reached?: boolean;
}

/** The report's table, from two runs of the same scenario. */
export function beforeAfter(before: BenchResult, after: BenchResult): Metric[] {
  const [one, other] = [before.total, after.total];
  const hits = [hitShare(before), hitShare(after)] as const;
  const cpu = [cpuPerRequest(before), cpuPerRequest(after)] as const;
  return [
    lower('Average response', one.latency.mean, other.latency.mean, claimed.mean),
    lower('95th percentile', one.latency.p95, other.latency.p95, claimed.p95),
    {
      name: 'Requests a second',
      before: rateText(one.rate),
      after: rateText(other.rate),
      change: `× ${(other.rate / one.rate).toFixed(1)}`,
      claimed: `× ${(claimed.rate.after / claimed.rate.before).toFixed(1)}`,
      reached: other.rate / one.rate >= claimed.rate.after / claimed.rate.before,
    },
    {
      name: 'Cache hit rate',
      before: percent(hits[0]),
      after: percent(hits[1]),
      change: `+ ${((hits[1] - hits[0]) * 100).toFixed(0)} points`,
      claimed: '+ 85 points',
      reached: hits[1] >= claimed.hits.after,
    },
    ...(cpu[0] === undefined || cpu[1] === undefined
      ? []
      : [
          {
            name: 'CPU per request',
            before: ms(cpu[0]),
            after: ms(cpu[1]),
            change: lessText(cpu[0], cpu[1]),
            claimed: '− 74 %',
            reached: cpu[1] <= cpu[0] * 0.26,
          },
        ]),
    {
      name: 'Failed requests',
      before: `${failed(before)} of ${one.sent}`,
      after: `${failed(after)} of ${other.sent}`,
      change: '',
      claimed: '',
    },
  ];
}

/** One cause mended or brought back, against the variant that it was done to. */
export interface Effect {
  cause: Pick<Cause, 'number' | 'name'>;
  base: 'before' | 'after';
  rate: number;
  p95: number;
  mean: number;
  hits: number;
  cpuPerRequest?: number;
  failed: number;
  /** Ratio of the rate to that of the base, and the smallest that is more than chance. */
  rateRatio: number;
  p95Ratio: number;
  /** The rate differs by more than runs of the same variant do. */
  clear: boolean;
}

/**
 * What one cause does by itself.
 *
 * @param noise how much the rates of two runs of the same variant differ, as a ratio above 1
 */
export function effect(
  cause: Pick<Cause, 'number' | 'name'>,
  base: Effect['base'],
  baseline: BenchResult,
  run: BenchResult,
  noise: number,
): Effect {
  const rateRatio = run.total.rate / baseline.total.rate;
  const cpu = cpuPerRequest(run);
  return {
    cause,
    base,
    rate: run.total.rate,
    p95: run.total.latency.p95,
    mean: run.total.latency.mean,
    hits: hitShare(run),
    ...(cpu === undefined ? {} : { cpuPerRequest: cpu }),
    failed: failed(run),
    rateRatio,
    p95Ratio: run.total.latency.p95 / baseline.total.latency.p95,
    clear: Math.max(rateRatio, 1 / rateRatio) > noise,
  };
}

/** Of all answers, also those that never say where they come from, those out of the cache; 0 to 1. */
export function hitShare({ total }: BenchResult): number {
  const hits = Object.entries(total.cache)
    .filter(([status]) => cacheAnswer(status) === 'hit')
    .reduce((sum, [, count]) => sum + count, 0);
  return total.ok === 0 ? 0 : hits / total.ok;
}

/** CPU time of all services for one answered request, milliseconds; undefined: it was not sampled. */
export function cpuPerRequest({ server, total }: BenchResult): number | undefined {
  if (!server || total.rate === 0) return undefined;
  const cpus = Object.values(server.services).reduce((sum, { cpu }) => sum + cpu, 0);
  return (cpus * 1000) / total.rate;
}

function failed({ total }: BenchResult): number {
  return Math.round(total.errorShare * total.sent) + total.limited;
}

function lower(
  name: string,
  before: number,
  after: number,
  claim: { before: number; after: number },
): Metric {
  return {
    name,
    before: ms(before),
    after: ms(after),
    change: lessText(before, after),
    claimed: lessText(claim.before, claim.after),
    reached: after / before <= claim.after / claim.before,
  };
}

function lessText(before: number, after: number): string {
  const change = (after / before - 1) * 100;
  return `${change < 0 ? '−' : '+'} ${Math.abs(change).toFixed(Math.abs(change) > 98 ? 1 : 0)} %`;
}

/** Three figures are enough. */
export function ms(value: number): string {
  return value >= 100
    ? `${Math.round(value).toLocaleString('en')} ms`
    : `${value.toPrecision(value >= 1 ? 3 : 2)} ms`;
}

export function rateText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
