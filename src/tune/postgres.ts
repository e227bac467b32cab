import { wholeCpus } from './cpus.ts';
import { pgtune, type PgtuneSetting } from './pgtune.ts';
import type { TuneInput, TunedSetting, TuneService } from './plan.ts';
import { defaultsOf, needsRestart } from '../readers/postgres/defaults.ts';
import { sources } from './sources.ts';
import { composeSize, kib, mib, postgresSize, readable, roundUp } from './units.ts';

/** The newest major version whose settings are known here; taken where none is named. */
export const newestVersion = 18;

/** Memory of one connection beside work_mem: the server process, its caches of the catalogue and of plans. */
const connectionKb = 5 * (mib / kib);
/** Of a statement: two operations at once that take work_mem. */
const operations = 2;
const leastWorkMemKb = 1024;
/** Taken when the free space of the disk is not known: that of a small server. */
const assumedDiskBytes = 20 * 1024 * mib;
const leastWalKb = 256 * (mib / kib);

export interface DatabaseInput {
  service: TuneService;
  /** Of one container. */
  memoryBytes: number;
  /** The arithmetic of that. */
  memoryFormula: string;
  machine: TuneInput['machine'];
  workload: TuneInput['workload'];
  formula: TuneInput['formula'];
}

/** PostgreSQL's settings for a number of connections, cut until they fit. */
export interface DatabaseSize {
  connections: number;
  settings: readonly PgtuneSetting[];
  /** What it takes at the worst moment. */
  peakKb: number;
  /** work_mem was cut to make that fit. */
  cut: boolean;
}

function statementsAtOnce(input: DatabaseInput, connections: number): number {
  return Math.min(connections, 4 * wholeCpus(input.service, input.machine));
}

/**
 * Settings for `connections`, and the memory that they take at the worst moment: shared_buffers, the statements that
 * run at once (4 for each CPU) with two work_mem each, every autovacuum worker with maintenance_work_mem, and 5 MB for
 * each connection.
 */
function sized(input: DatabaseInput, connections: number): DatabaseSize {
  const cpus = wholeCpus(input.service, input.machine);
  const proposed = pgtune({
    version: versionOf(input.service),
    workload: input.workload,
    memoryKb: Math.floor(input.memoryBytes / kib),
    cpus,
    connections,
    disk: input.machine.disk,
    formula: input.formula,
  });
  const settings = [...proposed, ...serialQueries(input.workload, cpus)];
  return { connections, settings, peakKb: peakOf(input, settings, connections), cut: false };
}

/** CPUs from which pgtune gives some to parallel queries. */
const parallelCpus = 4;

/**
 * pgtune leaves a server with few CPUs at PostgreSQL's own two workers a query. Where many short statements run at
 * once, each worker takes a CPU from another statement: on two CPUs a grouped join of 200,000 rows took 83 ms of CPU
 * time with one worker and 44 ms without, and was slower (59 and 44 ms; `docs/before-after.md` has what it is worth).
 */
function serialQueries(workload: TuneInput['workload'], cpus: number): PgtuneSetting[] {
  if (cpus >= parallelCpus || workload === 'dw' || workload === 'desktop') return [];
  const formula = `${cpus} CPU${cpus === 1 ? '' : 's'}, fewer than ${parallelCpus}: each worker is one session more, and all are busy`;
  return [{ name: 'max_parallel_workers_per_gather', value: '0', amount: 0, formula }];
}

function peakOf(input: DatabaseInput, settings: readonly PgtuneSetting[], connections: number): number {
  const workMem = amountOf(settings, 'work_mem');
  return standingKb(settings, connections) + statementsAtOnce(input, connections) * operations * workMem;
}

/** Without work_mem. */
function standingKb(settings: readonly PgtuneSetting[], connections: number): number {
  const vacuum = amountOf(settings, 'autovacuum_work_mem') || amountOf(settings, 'maintenance_work_mem');
  const workers = amountOf(settings, 'autovacuum_max_workers') || 3;
  return amountOf(settings, 'shared_buffers') + workers * vacuum + connections * connectionKb;
}

/** The most connections that fit into the container, up to `atMost`; 0: none. */
export function mostConnections(input: DatabaseInput, atMost: number): number {
  const budgetKb = input.memoryBytes / kib;
  let connections = atMost;
  while (connections > 0 && sized(input, connections).peakKb > budgetKb) connections -= 1;
  return connections;
}

/** Settings for exactly so many connections, with less work_mem if need be; undefined: they do not fit. */
export function sizeDatabase(input: DatabaseInput, connections: number): DatabaseSize | undefined {
  const size = sized(input, connections);
  const budgetKb = Math.floor(input.memoryBytes / kib);
  if (size.peakKb <= budgetKb) return size;
  const users = statementsAtOnce(input, connections) * operations;
  const left = Math.floor((budgetKb - standingKb(size.settings, connections)) / users);
  if (left < leastWorkMemKb) return undefined;
  const settings = size.settings.map((setting) =>
    setting.name === 'work_mem'
      ? {
          ...setting,
          value: postgresSize(left),
          amount: left,
          formula: `${setting.formula}; cut to what ${users} operations at once have left in ${readable(input.memoryBytes)}`,
        }
      : setting,
  );
  return { connections, settings, peakKb: peakOf(input, settings, connections), cut: true };
}

/** Settings that are written even when they are the version's default: whoever reads them sees the whole of it. */
const always = new Set([
  'max_connections',
  'shared_buffers',
  'effective_cache_size',
  'maintenance_work_mem',
  'work_mem',
]);

/** Everything of one PostgreSQL: its container's memory, its settings, its shared memory. */
export function databaseSettings(
  input: DatabaseInput,
  size: DatabaseSize,
  connectionsFormula: string,
): readonly TunedSetting[] {
  const { service, machine, memoryBytes } = input;
  const defaults = defaultsOf(versionOf(service));
  const settings = size.settings
    .map((setting) => limitWal(setting, machine.diskFreeBytes))
    .filter(({ name, value }) => always.has(name) || defaults.get(name) !== value);
  return [
    {
      service: service.name,
      name: 'memory',
      value: composeSize(memoryBytes),
      amount: memoryBytes,
      formula: input.memoryFormula,
      source:
        service.memoryLimitBytes === undefined ? `${sources.limits}, ${sources.reserve}` : sources.limits,
      requires: 'recreate',
    },
    ...settings.map(({ name, value, amount, formula }): TunedSetting => ({
      service: service.name,
      name,
      value,
      ...(amount === undefined ? {} : { amount: isSize(value) ? amount * kib : amount }),
      formula: name === 'max_connections' ? connectionsFormula : formula,
      source: sourceOf(name),
      requires: needsRestart(name) ? 'restart' : 'reload',
    })),
    sharedMemory(service, size.settings),
  ];
}

/** The write-ahead log gets at most a tenth of the free space, and is shrunk to a quarter of that. */
function limitWal(setting: PgtuneSetting, diskFreeBytes: number | undefined): PgtuneSetting {
  if (setting.name !== 'max_wal_size' && setting.name !== 'min_wal_size') return setting;
  const disk = diskFreeBytes ?? assumedDiskBytes;
  const most = Math.max(leastWalKb, Math.floor(disk / 10 / mib) * (mib / kib));
  const limit = setting.name === 'max_wal_size' ? most : most / 4;
  const amount = Math.floor(limit / (mib / kib)) * (mib / kib);
  if ((setting.amount ?? 0) <= amount) return setting;
  const part = setting.name === 'max_wal_size' ? '1/10' : '1/40';
  const space = `${readable(disk)} of free disk${diskFreeBytes === undefined ? ' (assumed)' : ''}`;
  return {
    ...setting,
    value: postgresSize(amount),
    amount,
    formula: `min(${setting.value}, ${part} of ${space})`,
  };
}

/**
 * /dev/shm holds what parallel workers share: hash tables of up to 2 × work_mem for each worker and leader, and the list of
 * dead rows of a parallel VACUUM. Docker gives 64 MB.
 *
 * @param settings kB; missing ones have PostgreSQL's defaults
 */
export function sharedMemoryKb(settings: {
  workMem: number;
  maintenanceWorkMem: number;
  parallelWorkers: number;
  workersPerGather: number;
}): number {
  const { workMem, maintenanceWorkMem, parallelWorkers, workersPerGather } = settings;
  if (workersPerGather === 0 || parallelWorkers === 0) return maintenanceWorkMem;
  const leaders = Math.ceil(parallelWorkers / workersPerGather);
  return (parallelWorkers + leaders) * operations * workMem + maintenanceWorkMem;
}

function sharedMemory(service: TuneService, settings: readonly PgtuneSetting[]): TunedSetting {
  // PostgreSQL's own numbers where none is proposed.
  const workers = amountOf(settings, 'max_parallel_workers', 8);
  const gather = amountOf(settings, 'max_parallel_workers_per_gather', 2);
  const workMem = amountOf(settings, 'work_mem');
  const maintenance = amountOf(settings, 'maintenance_work_mem');
  const needed = sharedMemoryKb({
    workMem,
    maintenanceWorkMem: maintenance,
    parallelWorkers: workers,
    workersPerGather: gather,
  });
  const bytes = Math.max(64 * mib, roundUp(needed * kib, 64 * mib));
  const queries =
    gather === 0
      ? 'no parallel queries; '
      : `(${workers} parallel workers + ⌈${workers} / ${gather}⌉ leaders) × 2 × ${postgresSize(workMem)} + `;
  return {
    service: service.name,
    name: 'shm_size',
    value: `${bytes / mib}m`,
    amount: bytes,
    formula: `${queries}${postgresSize(maintenance)} for VACUUM, rounded up to 64 MB; used only when needed`,
    source: sources.sharedMemory,
    requires: 'recreate',
  };
}

function sourceOf(name: string): string {
  if (name === 'max_connections') return sources.connections;
  if (name === 'shared_buffers' || name === 'max_parallel_workers_per_gather')
    return `${sources.pgtune}, ${sources.postgresMemory}`;
  if (name.endsWith('wal_size')) return `${sources.pgtune}, ${sources.postgresWal}`;
  return sources.pgtune;
}

function versionOf({ majorVersion }: TuneService): number {
  return Math.max(10, Math.min(newestVersion, majorVersion ?? newestVersion));
}

function isSize(value: string): boolean {
  return /\d(kB|MB|GB)$/.test(value);
}

function amountOf(settings: readonly PgtuneSetting[], name: string, absent = 0): number {
  return settings.find((setting) => setting.name === name)?.amount ?? absent;
}
