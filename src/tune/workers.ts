import { containersAtOnce, memoryStep, times } from './budget.ts';
import { wholeCpus } from './cpus.ts';
import type { TuneInput, TunedSetting, TuneService } from './plan.ts';
import { sources } from './sources.ts';
import { composeSize, mib, readable, roundUp } from './units.ts';

/** gunicorn's design notes: 4 to 12 workers handle hundreds to thousands of requests a second. */
const mostWorkers = 12;
/** Resident memory of a Python worker with a web framework and an ORM, where nobody measured it. */
const assumedWorkerBytes = 150 * mib;
/** … and of a process whose number is fixed: often all that the service has, as with Node. */
const assumedFixedBytes = 300 * mib;
/** Room for requests in flight and slow growth. */
const headroom = 1.25;

/** The processes of an app's or a worker's containers. */
export interface Staffing {
  service: TuneService;
  /** In one container. */
  workers: number;
  /** What CPUs alone would allow, in one container. */
  wanted: number;
  /** Memory of one container with so many. */
  memoryOf: (workers: number) => number;
  /** Why it is fewer than wanted. */
  cut?: string;
}

/** An app or worker as wanted by its CPUs, before memory and connections have their say. */
export function staffing(service: TuneService, machine: TuneInput['machine']): Staffing {
  const { memoryLimitBytes } = service;
  const processes = wantedWorkers(service, machine);
  const wanted = Math.max(1, Math.ceil(processes.count / service.replicas));
  const memoryOf = (workers: number): number =>
    memoryLimitBytes ?? roundUp(workers * bytesPerWorker(service), memoryStep);
  if (memoryLimitBytes === undefined)
    return { service, workers: service.fixedWorkers ?? 1, wanted, memoryOf };
  const fitting = Math.max(1, Math.floor(memoryLimitBytes / bytesPerWorker(service)));
  const workers = service.fixedWorkers ?? Math.min(wanted, fitting);
  const cut =
    workers < wanted
      ? `⌊${readable(memoryLimitBytes)} limit / ${readable(bytesPerWorker(service))} each⌋`
      : undefined;
  return { service, workers, wanted, memoryOf, ...(cut === undefined ? {} : { cut }) };
}

/** With headroom. */
export function bytesPerWorker({ workerBytes, fixedWorkers }: TuneService): number {
  const assumed = fixedWorkers === undefined ? assumedWorkerBytes : assumedFixedBytes;
  return Math.round((workerBytes ?? assumed) * headroom);
}

/** What the containers of a service take at the worst moment. */
export function staffMemory(staff: Staffing, workers = staff.workers): number {
  return containersAtOnce(staff.service) * staff.memoryOf(workers);
}

/**
 * Adds workers while memory lasts, always to the service that is furthest from what it wants. The order of additions
 * does not depend on the memory, so that more memory never means fewer workers.
 *
 * @param staffs all with the fewest that work
 */
export function addWorkers(staffs: readonly Staffing[], budget: number): readonly Staffing[] {
  let current = [...staffs];
  for (;;) {
    const next = furthest(current);
    if (next === undefined) return current;
    const grown = current.map((staff) => (staff === next ? { ...staff, workers: staff.workers + 1 } : staff));
    if (grown.reduce((sum, staff) => sum + staffMemory(staff), 0) > budget)
      return current.map((staff) =>
        staff.workers < staff.wanted ? { ...staff, cut: memoryCut(staff, budget) } : staff,
      );
    current = grown;
  }
}

function furthest(staffs: readonly Staffing[]): Staffing | undefined {
  return staffs
    .filter(({ workers, wanted }) => workers < wanted)
    .reduce<Staffing | undefined>(
      (one, other) =>
        one === undefined || other.workers / other.wanted < one.workers / one.wanted ? other : one,
      undefined,
    );
}

function memoryCut(staff: Staffing, budget: number): string {
  const size = times(containersAtOnce(staff.service), staff.memoryOf(staff.workers + 1));
  return `${staff.workers + 1} would take ${size} of the ${readable(budget)} for apps`;
}

/** As many processes, of all containers together, as CPUs keep busy. */
function wantedWorkers(
  service: TuneService,
  machine: TuneInput['machine'],
): { count: number; formula: string; source: string } {
  const cpus = wholeCpus(service, machine);
  if (service.fixedWorkers !== undefined)
    return {
      count: service.fixedWorkers * service.replicas,
      formula: 'no setting of its own',
      source: sources.limits,
    };
  if (service.role === 'worker')
    return {
      count: Math.min(cpus, mostWorkers),
      formula: `min(${cpus} CPUs, ${mostWorkers})`,
      source: sources.celery,
    };
  // An event loop keeps a CPU busy only while its handlers don't wait for one another: synchronous endpoints, JSON and
  // the ORM share one interpreter lock. Two processes a CPU fill those gaps; more only take memory and connections.
  return service.model === 'sync' || service.model === 'threads'
    ? {
        count: Math.min(2 * cpus + 1, mostWorkers),
        formula: `min(2 × ${cpus} CPUs + 1, ${mostWorkers})`,
        source: sources.gunicorn,
      }
    : {
        count: Math.min(2 * cpus, mostWorkers),
        formula: `min(2 × ${cpus} CPUs, ${mostWorkers})`,
        source: sources.gunicorn,
      };
}

/** `workers` and `memory` of an app or worker. */
export function staffSettings(staff: Staffing, machine: TuneInput['machine']): readonly TunedSetting[] {
  const { service, workers, wanted, cut } = staff;
  const { count, formula, source } = wantedWorkers(service, machine);
  const bytes = staff.memoryOf(workers);
  const shared = service.replicas > 1 ? `⌈${formula} / ${service.replicas} containers⌉` : formula;
  return [
    ...(service.fixedWorkers === undefined
      ? [
          {
            service: service.name,
            name: 'workers',
            value: String(workers),
            amount: workers,
            formula: `${shared} = ${service.replicas > 1 ? wanted : count}${workers < wanted && cut !== undefined ? `; ${workers}, because ${cut}` : ''}`,
            source,
            requires: 'recreate' as const,
          },
        ]
      : []),
    {
      service: service.name,
      name: 'memory',
      value: composeSize(bytes),
      amount: bytes,
      formula:
        service.memoryLimitBytes === undefined
          ? `${workers} × ${readable(service.workerBytes ?? (service.fixedWorkers === undefined ? assumedWorkerBytes : assumedFixedBytes))}${service.workerBytes === undefined ? ' (assumed)' : ''} × ${headroom}, rounded up to ${readable(memoryStep)}`
          : 'the limit that is set',
      source: sources.limits,
      requires: 'recreate',
    },
  ];
}
