import { containersAtOnce, fixedShare, leastDatabaseBytes, systemReserve, times } from './budget.ts';
import type { Plan, TuneInput, TuneService } from './plan.ts';
import { overhead } from './pools.ts';
import { proxySize } from './proxy.ts';
import { gib, mib, readable } from './units.ts';
import { staffing } from './workers.ts';

type Infeasible = Extract<Plan, { feasible: false }>;

export function impossible(reason: string, next: readonly string[]): Infeasible {
  return { feasible: false, reason, next };
}

/** Figures that no machine or service has. */
export function invalid({ machine, services, maxConnections }: TuneInput): Infeasible | undefined {
  const { cpus, memoryBytes } = machine;
  if (!Number.isFinite(cpus) || cpus <= 0)
    return impossible(`${cpus} is not a number of CPUs.`, ['Give the CPUs of the machine.']);
  if (!Number.isFinite(memoryBytes) || memoryBytes <= 0)
    return impossible(`${memoryBytes} is not an amount of memory.`, ['Give the memory of the machine.']);
  if (maxConnections !== undefined && !(Number.isInteger(maxConnections) && maxConnections > overhead))
    return impossible(
      `max_connections ${maxConnections} leaves nothing to an app: ${overhead} are for a migration, administration and superusers.`,
      [`Give a whole number above ${overhead}.`],
    );
  if (!services.some(({ replicas }) => replicas > 0))
    return impossible('There is no service to tune.', ['Name at least one service.']);
  return undefined;
}

const sizes = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((gigabytes) => gigabytes * gib);

/**
 * The machine has too little memory for its services.
 *
 * @param fits whether a machine with so much memory would do
 */
export function tooSmall(input: TuneInput, fits: (memoryBytes: number) => boolean): Infeasible {
  const { memoryBytes } = input.machine;
  const running = input.services.filter(({ replicas }) => replicas > 0);
  const parts = running.map((service) => ({
    service,
    containers: containersAtOnce(service),
    bytes: least(service, input),
  }));
  const reserve = systemReserve(memoryBytes);
  const needed = parts.reduce((sum, { containers, bytes }) => sum + containers * bytes, reserve);
  const list = [
    `${readable(reserve)} for the system`,
    ...parts.map(({ service, containers, bytes }) => `${times(containers, bytes)} for ${service.name}`),
  ];
  const enough = sizes.find((size) => size > memoryBytes && fits(size));
  const rolled = running.filter((service) => service.rolled);
  const kept = parts.filter(({ service }) => service.memoryLimitBytes !== undefined);
  const saved = rolled.reduce((sum, service) => sum + service.replicas * least(service, input), 0);
  return impossible(
    `These services need at least ${readable(needed)} (${list.join(', ')}); the machine has ${readable(memoryBytes)}.${rolled.length > 0 ? ' Old and new containers of a service that is rolled run side by side during a deploy.' : ''}`,
    [
      ...(enough === undefined ? [] : [`Take a machine with ${readable(enough)} of memory.`]),
      ...(rolled.length > 0
        ? [
            `Recreate ${rolled.map(({ name }) => name).join(', ')} instead of rolling: ${readable(saved)} less, with a short downtime at each deploy.`,
          ]
        : []),
      ...(kept.length > 0
        ? [
            `Lower the memory limits that are set: ${kept.map(({ service, containers, bytes }) => `${service.name} ${times(containers, bytes)}`).join(', ')}.`,
          ]
        : []),
      ...(running.length > 2 ? ['Move a service, such as the database, to another machine.'] : []),
    ],
  );
}

/** Memory without which a container of the service does not work. */
function least(service: TuneService, { machine }: TuneInput): number {
  if (service.memoryLimitBytes !== undefined) return service.memoryLimitBytes;
  switch (service.role) {
    case 'app':
    case 'worker': {
      const staff = staffing(service, machine);
      return staff.memoryOf(service.fixedWorkers ?? 1);
    }
    case 'postgres':
      return leastDatabaseBytes;
    case 'proxy':
      return proxySize(service, machine).memoryBytes;
    default:
      return Math.max(mib, fixedShare(service).bytes);
  }
}
