import type { TuneInput, TunedSetting, TuneService } from './plan.ts';
import { sources } from './sources.ts';
import { cpuText } from './units.ts';

/** Part of the machine's CPUs that one container may take, so that no service starves all others. */
const shares: Partial<Record<TuneService['role'], number>> = {
  app: 0.75,
  worker: 0.75,
  postgres: 0.75,
  proxy: 0.5,
  pgbouncer: 0.5,
};

const leastCpus = 0.25;

/** CPU limit of a service's containers; undefined: none is proposed. */
export function cpuLimit(service: TuneService, { cpus }: TuneInput['machine']): number | undefined {
  if (service.cpuLimit !== undefined) return Math.min(service.cpuLimit, cpus);
  const share = shares[service.role];
  if (share === undefined) return undefined;
  return Math.min(cpus, Math.max(leastCpus, Math.floor(cpus * share * 100) / 100));
}

/** CPUs that the processes of a service can keep busy: those of its limit, a started one counts. */
export function wholeCpus(service: TuneService, machine: TuneInput['machine']): number {
  return Math.max(1, Math.ceil(cpuLimit(service, machine) ?? machine.cpus));
}

export function cpuSetting(service: TuneService, machine: TuneInput['machine']): readonly TunedSetting[] {
  const limit = cpuLimit(service, machine);
  if (limit === undefined) return [];
  const share = shares[service.role] ?? 1;
  return [
    {
      service: service.name,
      name: 'cpus',
      value: cpuText(limit),
      amount: limit,
      formula:
        service.cpuLimit === undefined
          ? `${share} × ${cpuText(machine.cpus)} CPUs${machine.cpus * share < leastCpus ? `, at least ${leastCpus}` : ''}`
          : service.cpuLimit > machine.cpus
            ? `${cpuText(service.cpuLimit)} is set, the machine has ${cpuText(machine.cpus)}`
            : 'the limit that is set',
      source: sources.limits,
      requires: 'recreate',
    },
  ];
}
