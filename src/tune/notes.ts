import { containersAtOnce, systemReserve } from './budget.ts';
import type { Connections } from './connections.ts';
import type { TuneInput } from './plan.ts';
import { newestVersion } from './postgres.ts';
import type { Layout } from './layout.ts';
import { readable } from './units.ts';

/** Assumptions behind a plan, and what was cut to make it fit. */
export function notesOf(input: TuneInput, layout: Layout, connections: Connections): readonly string[] {
  const { machine, formula } = input;
  const assumed = layout.staffs
    .filter(({ service }) => service.workerBytes === undefined && service.memoryLimitBytes === undefined)
    .map(({ service }) => service.name);
  const fixed = layout.staffs.filter(
    ({ service }) => service.role === 'app' && service.fixedWorkers !== undefined && machine.cpus > 1,
  );
  const rolled = input.services.filter((service) => service.rolled && containersAtOnce(service) > 0);
  const unlimited = layout.fixed.filter(({ limitFormula }) => limitFormula === undefined);
  const guessed = connections.clients.filter(({ service }) => service.pooled !== true);
  const cut = connections.databases.filter(({ size }) => size.cut);
  const unversioned = layout.databases.filter(({ service }) => service.majorVersion === undefined);
  return [
    `The system keeps ${readable(systemReserve(machine.memoryBytes))} of ${readable(machine.memoryBytes)}: kernel, Docker, SSH, image builds.`,
    ...(rolled.length > 0
      ? [
          `While a deploy rolls ${names(rolled)}, old and new containers run side by side: their memory and connections count twice.`,
        ]
      : []),
    ...(assumed.length > 0
      ? [
          `The memory of a process of ${assumed.join(', ')} was not measured and is assumed; compare with \`docker stats\` before you set the limit.`,
        ]
      : []),
    ...fixed.map(
      ({ service }) =>
        `${service.name}: the number of its processes is no setting that is known here; more containers (\`deploy.replicas\`) use more CPUs.`,
    ),
    ...unlimited.map(
      ({ service, bytes }) =>
        `${service.name}: ${readable(bytes)} are set aside, and no limit is proposed, since its needs are not known.`,
    ),
    ...(connections.databases.length > 0 && guessed.length > 0
      ? guessed.map(
          ({ service, wanted }) =>
            `${service.name}: no pool that could be set was found; counted with up to ${Math.min(wanted, connections.each)} connections a process.`,
        )
      : []),
    ...(connections.databases.length === 0 &&
    connections.each === 0 &&
    layout.staffs.some(({ service }) => service.pooled === true)
      ? [
          'The database is not among these services: pool sizes depend on its max_connections, which was not given.',
        ]
      : []),
    ...(layout.databases.length > 0 && machine.diskFreeBytes === undefined
      ? ['The free disk space is not known: max_wal_size is that for 20 GB.']
      : []),
    ...unversioned.map(
      ({ service }) =>
        `${service.name}: the version is not known; settings are those for PostgreSQL ${newestVersion}.`,
    ),
    ...cut.map(
      ({ input }) =>
        `${input.service.name}: work_mem was cut so that all connections fit into the container's memory.`,
    ),
    ...(formula === 'classic' && layout.databases.length > 0
      ? ['work_mem is that of the older pgtune: without its floor of 4 MB and without parallel workers.']
      : []),
  ];
}

function names(services: readonly { name: string }[]): string {
  return services.map(({ name }) => name).join(', ');
}
