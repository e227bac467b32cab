import { parseAnswer } from '../facts/postgres.ts';
import type { ServerFigures, ServerSample, ServiceFigures } from './result.ts';
import { connectionFigures } from './connection-figures.ts';
import { parseSample, type Sample } from './sample-line.ts';

interface Container {
  service: string;
  cpuLimit?: number;
  memoryLimitBytes?: number;
}

/** CPU ticks by process id. */
type Processes = ReadonlyMap<number, number>;

/**
 * Sums up what `sampleScript` printed. Only what follows the last line `begin` counts; that line is put in by the
 * client when measuring begins.
 *
 * @returns undefined when there are no two samples, so nothing can be said
 */
export function parseSamples(lines: readonly string[], host: string): ServerFigures | undefined {
  const counted = lines.slice(lines.lastIndexOf('begin') + 1);
  const samples = counted.flatMap((line) => parseSample(line) ?? []);
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || !(last.at > first.at)) return undefined;
  const containers = containersOf(lines);
  const ticks = numberAfter(lines, 'ticks') ?? 100;
  const connections = connectionFigures(
    counted.flatMap((line) => {
      const match = /^db (\d+) (.*)$/.exec(line);
      return match?.[1] === undefined ? [] : [{ server: match[1], answer: parseAnswer(match[2] ?? '') }];
    }),
  );
  return {
    host,
    cpus: numberAfter(lines, 'cpus') ?? 1,
    cpuShare: machineShare(first, last) ?? 0,
    ...(lines.includes('inside') ? { shared: true } : {}),
    services: servicesOf(containers, samples, ticks),
    ...(connections === undefined ? {} : { databaseConnections: connections }),
    samples: perInterval(containers, samples),
  };
}

/**
 * How much of all CPUs was used between two samples, 0 to 1. Columns of /proc/stat: user nice system idle iowait irq
 * softirq steal.
 */
export function machineShare(before: Sample, after: Sample): number | undefined {
  const deltas = after.machine.map((value, column) => Math.max(0, value - (before.machine[column] ?? 0)));
  const total = deltas.reduce((sum, value) => sum + value, 0);
  return total > 0 && deltas.length >= 5 ? 1 - ((deltas[3] ?? 0) + (deltas[4] ?? 0)) / total : undefined;
}

function numberAfter(lines: readonly string[], word: string): number | undefined {
  const value = Number(lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** More than any machine has: how cgroup v1 writes that there is no limit. */
const noMemoryLimit = 2 ** 60;

function containersOf(lines: readonly string[]): ReadonlyMap<number, Container> {
  const containers = new Map<number, Container>();
  for (const line of lines) {
    const match = /^container (\d+) (\S+) (\S+) (\S+) (.+)$/.exec(line);
    if (!match) continue;
    const [number = 0, quota = NaN, period = NaN, memory = NaN] = match.slice(1, 5).map(Number);
    containers.set(number, {
      service: match[5] ?? '',
      ...(quota > 0 && period > 0 ? { cpuLimit: quota / period } : {}),
      ...(memory > 0 && memory < noMemoryLimit ? { memoryLimitBytes: memory } : {}),
    });
  }
  return containers;
}

function servicesOf(
  containers: ReadonlyMap<number, Container>,
  samples: readonly Sample[],
  ticks: number,
): Readonly<Record<string, ServiceFigures>> {
  const names = [...new Set([...containers.values()].map(({ service }) => service))];
  return Object.fromEntries(
    names.flatMap((name): [string, ServiceFigures][] => {
      const numbers = [...containers].filter(([, { service }]) => service === name).map(([number]) => number);
      const seen = numbers.filter((number) => window(samples, number) !== undefined);
      if (seen.length === 0) return [];
      const limits = numbers.map((number) => containers.get(number));
      const cpuLimit = sumOfAll(limits.map((limit) => limit?.cpuLimit));
      const memoryLimit = sumOfAll(limits.map((limit) => limit?.memoryLimitBytes));
      const busiest = busiestProcess(samples, numbers, ticks);
      const throttled = throttledShare(samples, seen);
      return [
        [
          name,
          {
            cpu: seen.reduce((sum, number) => sum + (cpuOf(samples, number) ?? 0), 0),
            ...(cpuLimit === undefined ? {} : { cpuLimit }),
            ...(busiest === undefined ? {} : { busiestProcess: busiest }),
            memoryBytes: Math.max(...samples.map((sample) => memoryAt(sample, numbers))),
            ...(memoryLimit === undefined ? {} : { memoryLimitBytes: memoryLimit }),
            ...(throttled === undefined ? {} : { throttled }),
          },
        ],
      ];
    }),
  );
}

/** The first and the last sample that a container is in; one may come or go meanwhile. */
function window(samples: readonly Sample[], number: number): { first: Sample; last: Sample } | undefined {
  const first = samples.find(({ containers }) => containers.has(number));
  const last = samples.findLast(({ containers }) => containers.has(number));
  return first === undefined || last === undefined || last.at <= first.at ? undefined : { first, last };
}

/** CPUs over the whole run: a container that was there for half of it counts for half. */
function cpuOf(samples: readonly Sample[], number: number): number | undefined {
  const found = window(samples, number);
  const whole = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
  if (!found || !(whole > 0)) return undefined;
  const used = delta(found.first, found.last, number, 'cpuSeconds');
  return used / whole;
}

function delta(
  before: Sample,
  after: Sample,
  number: number,
  key: 'cpuSeconds' | 'periods' | 'throttled',
): number {
  const one = before.containers.get(number)?.[key];
  const other = after.containers.get(number)?.[key];
  return one === undefined || other === undefined ? 0 : Math.max(0, other - one);
}

/** Of the periods of all containers of a service, those in which it was throttled; undefined: it has no CPU quota. */
function throttledShare(samples: readonly Sample[], numbers: readonly number[]): number | undefined {
  let periods = 0;
  let throttled = 0;
  for (const number of numbers) {
    const found = window(samples, number);
    if (!found) continue;
    periods += delta(found.first, found.last, number, 'periods');
    throttled += delta(found.first, found.last, number, 'throttled');
  }
  return periods > 0 ? throttled / periods : undefined;
}

function memoryAt({ containers }: Sample, numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + (containers.get(number)?.memoryBytes ?? 0), 0);
}

/** CPUs of the busiest process that was there all the while, between the first and the last look at them all. */
function busiestProcess(
  samples: readonly Sample[],
  numbers: readonly number[],
  ticks: number,
): number | undefined {
  const rates = numbers.flatMap((number) => {
    const looks = samples.filter(({ processes }) => processes.has(number));
    const [first] = looks;
    const last = looks.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return [];
    const before: Processes = first.processes.get(number) ?? new Map();
    const after: Processes = last.processes.get(number) ?? new Map();
    return [...after].flatMap(([pid, used]) => {
      const start = before.get(pid);
      return start === undefined ? [] : [Math.max(0, used - start) / ticks / (last.at - first.at)];
    });
  });
  return rates.length === 0 ? undefined : Math.max(...rates);
}

/** Undefined as soon as one has no limit. */
function sumOfAll(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return values.length === 0 ? undefined : sum;
}

/** Samples may come right after each other where measuring begins and ends; CPU over so short a time says nothing. */
const shortestSeconds = 0.25;

function perInterval(
  containers: ReadonlyMap<number, Container>,
  samples: readonly Sample[],
): readonly ServerSample[] {
  const [start] = samples;
  if (start === undefined) return [];
  const intervals: ServerSample[] = [];
  let before = start;
  for (const sample of samples) {
    const seconds = sample.at - before.at;
    if (seconds < shortestSeconds) continue;
    const cpu: Record<string, number> = {};
    for (const [number, { service }] of containers) {
      if (!sample.containers.has(number)) continue;
      cpu[service] = (cpu[service] ?? 0) + delta(before, sample, number, 'cpuSeconds') / seconds;
    }
    intervals.push({ second: Math.round((sample.at - start.at) * 100) / 100, cpu });
    before = sample;
  }
  return intervals;
}
