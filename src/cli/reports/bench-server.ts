import type { ServerFigures } from '../../bench/result.ts';
import { digits } from '../live/figures.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { columns } from './table.ts';
import { wrap } from './wrap.ts';

/** What the server did while a run went on: a line a service, and what held it back. */
export function serverReport(server: ServerFigures, style: Style, options: { width: number }): string {
  const { host, cpus, cpuShare, shared, services, databaseConnections, bottleneck } = server;
  const head = ['', 'CPU', 'of', 'throttled', 'memory', 'of'].map((text) => style('dim', text));
  const rows = Object.entries(services)
    .toSorted(([, one], [, other]) => other.cpu - one.cpu)
    .map(([name, figures]) => [
      sanitizeLine(name),
      digits(figures.cpu),
      figures.cpuLimit === undefined ? '–' : digits(figures.cpuLimit),
      figures.throttled === undefined ? '–' : `${digits(figures.throttled * 100)} %`,
      size(figures.memoryBytes),
      figures.memoryLimitBytes === undefined ? '–' : size(figures.memoryLimitBytes),
    ]);
  const machine = `${digits(cpuShare * 100)} % of ${cpus} CPUs${shared === true ? ', of the machine under this container' : ''}`;
  const connections = databaseConnections
    ? `; database connections ${digits(databaseConnections.mean)} on average, at most ${databaseConnections.max} of ${databaseConnections.limit}`
    : '';
  return [
    `${style('bold', sanitizeLine(host))} · ${machine}${connections}`,
    ...(rows.length > 0 ? columns([head, ...rows]) : []),
    ...wrap(`What held it back: ${bottleneck ?? 'nothing stands out.'}`, Math.max(40, options.width) - 2).map(
      (line) => `  ${sanitizeLine(line)}`,
    ),
  ].join('\n');
}

/** `1.5 GiB`, `256 MiB`. */
function size(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.round(mib)} MiB`;
}
