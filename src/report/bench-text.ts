import type { BenchResult, Figures } from '../bench/result.ts';
import type { Load, Scenario, Stop } from '../bench/scenario.ts';
import { count } from '../audit/text.ts';
import { cpuPerRequest, hitShare } from './compare.ts';
import { change, milliseconds, number, share, signed, span, withUnit } from './figures.ts';
import type { BenchRun, Comparison, ComparisonRow, Unit } from './model.ts';

/* What a load test was and what it found, in words and in cells, the same for HTML and Markdown. */

/** `20 clients at once for 30 s`. */
export function loadText(load: Load): string {
  const until = (stop: Stop): string =>
    'afterMs' in stop ? `for ${span(stop.afterMs)}` : `for ${count(stop.requests, 'request')}`;
  switch (load.kind) {
    case 'open':
      return `${number(load.rate)} requests/s ${until(load.stop)}, begun at fixed times`;
    case 'closed':
      return `${count(load.connections, 'client')} at once ${until(load.stop)}${load.thinkMs > 0 ? `, ${milliseconds(load.thinkMs)} between requests` : ''}`;
    case 'ramp':
      return `from ${number(load.from)} to ${number(load.to)} requests/s in steps of ${number(load.step)}, ${span(load.stepMs)} each`;
  }
}

export function scenarioText({ url, requests, load, warmUpMs }: Scenario): string {
  const warm = warmUpMs > 0 ? `, after ${span(warmUpMs)} of warm-up` : '';
  return `${url}: ${count(requests.length, 'kind of request', 'kinds of requests')}, ${loadText(load)}${warm}.`;
}

export const runHead = [
  'run',
  'requests',
  'answered/s',
  'average',
  'p50',
  'p90',
  'p95',
  'p99',
  'p99.9',
  'max',
  'errors',
];

/** So many answers a percentile needs to say something. */
const enough = { p99: 100, p999: 1_000 };

/** Answers without an error, a second: a site that fails at once is not fast. */
export function answeredRate({ rate, okRate = rate }: Figures): number {
  return okRate;
}

/** A line of figures under `runHead`, times in ms. */
export function runCells(name: string, figures: Figures): string[] {
  const { sent, ok, latency, errorShare } = figures;
  const { mean, p50, p90, p95, p99, p999, max } = latency;
  const time = (value: number, least = 1): string => (ok < least ? '–' : number(Math.min(value, max)));
  return [
    name,
    number(sent),
    number(answeredRate(figures)),
    ...[mean, p50, p90, p95].map((value) => time(value)),
    time(p99, enough.p99),
    time(p999, enough.p999),
    time(max),
    share(errorShare),
  ];
}

export const comparisonHead = ({ before, after }: Comparison): string[] => [
  'figure',
  before,
  after,
  'change',
  '95 % interval',
  'verdict',
];

/** `better` stands where the interval says so; the figures without one are not rated. */
export function comparisonCells({ metric, unit, before, after, interval, verdict }: ComparisonRow): string[] {
  return [
    metric,
    withUnit(before, unit),
    withUnit(after, unit),
    change(before, after, unit),
    interval === undefined ? '' : intervalText(interval, unit),
    { better: 'better', worse: 'worse', same: 'no significant change', unrated: '' }[verdict],
  ];
}

function intervalText([low, high]: readonly [number, number], unit: Unit): string {
  if (unit !== 'share' && low >= 1) return `${number(low + 1)} to ${number(high + 1)} ×`;
  return `${signed(low * 100, 1)} to ${signed(high * 100, 1)} ${unit === 'share' ? 'points' : '%'}`;
}

/** What else is to be said about a run, each a sentence. */
export function runNotes({ result, repetitions = [] }: BenchRun): string[] {
  const { total, server } = result;
  const hits = hitShare(total);
  const cpu = cpuPerRequest(result);
  return [
    ...(repetitions.length === 0
      ? []
      : [`Of ${repetitions.length + 1} runs, this is the one with the median p95.`]),
    ...(hits === undefined ? [] : [`${share(hits)} of the answers came from the cache.`]),
    ...(server === undefined
      ? []
      : [
          `${server.host} used ${share(server.cpuShare)} of its ${count(server.cpus, 'CPU')}${cpu === undefined ? '' : `, ${milliseconds(cpu)} of CPU time a request`}.`,
        ]),
    ...(server?.bottleneck === undefined ? [] : [server.bottleneck]),
    ...result.notes,
  ];
}

/** `12 × timeout`, `7 × status 502`; empty: every request was answered well. */
export function errorKinds({ errors, status }: Figures): string[] {
  return [
    ...Object.entries(errors).map(([kind, times]) => `${number(times)} × ${kind}`),
    ...Object.entries(status)
      .filter(([code]) => Number(code) >= 400)
      .map(([code, times]) => `${number(times)} × status ${code}`),
  ];
}

/** How well the generator kept its own times: `0.2 ms late on average, 1.9 ms at p99; …`. */
export function generatorText({ generator }: BenchResult): string {
  const { lagP50, lagP99, lagMax, dropped, cpu } = generator;
  return `The generator sent ${milliseconds(lagP50)} late at the median, ${milliseconds(lagP99)} at p99, ${milliseconds(lagMax)} at most, left out ${number(dropped)}, and used ${number(cpu)} of a core.`;
}
