import type { ServerFigures } from '../../bench/result.ts';
import { bytesText } from '../../audit/formats/words.ts';
import { number, share } from '../figures.ts';
import { lineChart, type Series } from '../svg/line.ts';
import { figure, figureTable } from './figure.ts';

/** Services that have a line of their own; the rest is added up. */
const mostLines = 5;

/** CPU of each service while the load went on, and what each used on average. */
export function cpuFigure(label: string, server: ServerFigures, id: string): string[] {
  const services = Object.entries(server.services).toSorted(([, one], [, other]) => other.cpu - one.cpu);
  if (services.length === 0 && server.samples.length === 0) return [];
  const series = lines(
    server,
    services.map(([name]) => name),
  );
  const peak = Math.max(0, ...series.flatMap(({ points }) => points.map((point) => point?.[1] ?? 0)));
  const title = `CPU of the services: ${label}`;
  const end = server.samples.reduce((last, { second }) => Math.max(last, second), 0);
  // The limit of the machine is worth a line only where it is near.
  const limit =
    peak > server.cpus * 0.4 ? { name: `all ${number(server.cpus)}`, value: server.cpus } : undefined;
  const table = {
    caption: `Use of the server by service: ${label}`,
    head: ['service', 'CPUs', 'CPU limit', 'memory', 'memory limit', 'throttled'],
    rows: services.map(([name, { cpu, cpuLimit, memoryBytes, memoryLimitBytes, throttled }]) => [
      name,
      number(cpu),
      cpuLimit === undefined ? 'none' : number(cpuLimit),
      bytesText(memoryBytes),
      memoryLimitBytes === undefined ? 'none' : bytesText(memoryLimitBytes),
      throttled === undefined ? '–' : share(throttled),
    ]),
  };
  if (series.length === 0) return [figureTable(table)];
  return [
    figure({
      title,
      note: `${server.host} has ${number(server.cpus)} CPUs; ${share(server.cpuShare)} were used on average, by everything on it.`,
      draw: (size) =>
        lineChart(
          {
            id: `${id}-cpu`,
            title,
            description: services
              .map(([name, { cpu }]) => `${name} used ${number(cpu)} CPUs on average.`)
              .join(' '),
            x: { kind: 'time', min: 0, max: end, title: 'time' },
            y: { kind: 'linear', min: 0, max: Math.max(peak, limit?.value ?? 0), title: 'CPUs in use' },
            series,
            ...(limit ? { limit } : {}),
          },
          size,
        ),
      table,
    }),
  ];
}

function lines({ samples }: ServerFigures, names: readonly string[]): Series[] {
  if (samples.length === 0) return [];
  const sampled = new Set(samples.flatMap(({ cpu }) => Object.keys(cpu)));
  const all = [
    ...names.filter((name) => sampled.has(name)),
    ...[...sampled].filter((name) => !names.includes(name)),
  ];
  const own = all.length > mostLines + 1 ? all.slice(0, mostLines) : all;
  const others = all.slice(own.length);
  return [
    ...own.map((name, index) => ({
      name,
      style: index % 6,
      points: samples.map(({ second, cpu }) => {
        const value = cpu[name];
        return value === undefined ? undefined : ([second, value] as const);
      }),
    })),
    ...(others.length === 0
      ? []
      : [
          {
            name: `${others.length} others`,
            style: 5,
            points: samples.map(
              ({ second, cpu }) => [second, others.reduce((sum, name) => sum + (cpu[name] ?? 0), 0)] as const,
            ),
          },
        ]),
  ];
}
