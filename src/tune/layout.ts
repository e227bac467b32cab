import {
  containersAtOnce,
  databaseShare,
  fixedShare,
  leastDatabaseBytes,
  splitMemory,
  systemReserve,
  times,
  usableMemory,
  type FixedShare,
} from './budget.ts';
import type { TuneInput, TuneService } from './plan.ts';
import type { DatabaseInput } from './postgres.ts';
import { proxySize, type ProxySize } from './proxy.ts';
import { readable } from './units.ts';
import { addWorkers, staffing, staffMemory, type Staffing } from './workers.ts';

/** Who gets how much memory, before connections have their say. */
export interface Layout {
  staffs: readonly Staffing[];
  proxies: readonly ProxySize[];
  databases: readonly DatabaseInput[];
  fixed: readonly FixedShare[];
}

/** Services with at least one container. */
export function running({ services }: TuneInput): readonly TuneService[] {
  return services.filter(({ replicas }) => replicas > 0);
}

/** Divides the machine's memory; undefined: there is too little. */
export function layOut(input: TuneInput): Layout | undefined {
  const { machine, workload, formula } = input;
  const services = running(input);
  const proxies = services.filter(({ role }) => role === 'proxy').map((one) => proxySize(one, machine));
  const staffs = services
    .filter(({ role }) => role === 'app' || role === 'worker')
    .map((one) => staffing(one, machine));
  const databases = services.filter(({ role }) => role === 'postgres');
  const fixed = services
    .filter(({ role }) => role === 'pgbouncer' || role === 'cache' || role === 'other')
    .map(fixedShare);

  const kept = staffs.filter(({ service }) => service.memoryLimitBytes !== undefined);
  const open = staffs.filter(({ service }) => service.memoryLimitBytes === undefined);
  const sharing = databases.filter(({ memoryLimitBytes }) => memoryLimitBytes === undefined);
  const taken =
    total(proxies, ({ service, shareBytes }) => containersAtOnce(service) * shareBytes) +
    total(fixed, ({ service, bytes }) => containersAtOnce(service) * bytes) +
    total(kept, (staff) => staffMemory(staff)) +
    total(databases, (one) => containersAtOnce(one) * (one.memoryLimitBytes ?? 0));
  const left = usableMemory(input) - taken;

  const leastApps = total(open, (staff) => staffMemory(staff, staff.service.fixedWorkers ?? 1));
  const sharers = total(sharing, containersAtOnce);
  const leastDatabases = sharers * leastDatabaseBytes;
  if (left < 0 || left < leastApps + leastDatabases) return undefined;

  const split = splitMemory(left, leastApps, leastDatabases);
  const staffed = addWorkers(open, split.apps);
  const full = staffed.every(({ workers, wanted }) => workers === wanted);
  const taking = [
    `${readable(machine.memoryBytes)} − ${readable(systemReserve(machine.memoryBytes))} system`,
    ...takers(proxies, ({ shareBytes }) => shareBytes),
    ...takers(fixed, ({ bytes }) => bytes),
    ...takers(kept, ({ workers, memoryOf }) => memoryOf(workers)),
    ...takers(
      databases.flatMap((service) => (service.memoryLimitBytes === undefined ? [] : [{ service }])),
      ({ service }) => service.memoryLimitBytes ?? 0,
    ),
  ];
  // While the apps want more than they get, their part is fixed.
  const arithmetic = full
    ? [...taking, ...takers(staffed, ({ workers, memoryOf }) => memoryOf(workers))].join(' − ')
    : `${taking.join(' − ')} = ${readable(left)}, less ${readable(split.apps)} for apps`;
  const forDatabases = full ? left - total(staffed, (staff) => staffMemory(staff)) : split.databases;
  return {
    staffs: staffs.map((staff) => staffed.find(({ service }) => service === staff.service) ?? staff),
    proxies,
    databases: databases.map((service) => ({
      service,
      memoryBytes: service.memoryLimitBytes ?? databaseShare(forDatabases, sharers),
      memoryFormula:
        service.memoryLimitBytes === undefined
          ? `${arithmetic}${sharers > 1 ? `, for ${sharers} containers` : ''}`
          : 'the limit that is set',
      machine,
      workload,
      formula,
    })),
    fixed,
  };
}

/** `2 × 752 MB backend`. */
function takers<T extends { service: TuneService }>(list: readonly T[], bytes: (one: T) => number): string[] {
  return list.map((one) => `${times(containersAtOnce(one.service), bytes(one))} ${one.service.name}`);
}

function total<T>(list: readonly T[], amount: (one: T) => number): number {
  return list.reduce((sum, one) => sum + amount(one), 0);
}
