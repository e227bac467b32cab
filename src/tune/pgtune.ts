import type { TuneInput } from './plan.ts';
import { gib, kib, mib, postgresSize } from './units.ts';

/** What pgtune asks for. The operating system is Linux: it is inside a container. */
export interface PgtuneInput {
  /** Major version, 10 to 18. */
  version: number;
  workload: TuneInput['workload'];
  /** Memory that PostgreSQL may use. */
  memoryKb: number;
  /** Whole CPUs; undefined: not known. */
  cpus?: number;
  /** `max_connections`; undefined: what pgtune takes for the workload. */
  connections?: number;
  disk: TuneInput['machine']['disk'];
  /** Of the data: less than memory, about as much, more. */
  dataSize?: 'less_ram' | 'mid_ram' | 'greater_ram';
  /** `classic`: work_mem without its floor of 4 MB and without parallel workers, as pgtune had it before 2026. */
  formula?: TuneInput['formula'];
}

export interface PgtuneSetting {
  name: string;
  /** As postgresql.conf has it. */
  value: string;
  /** kB of a size; the number itself of anything else that is one. */
  amount?: number;
  /** The arithmetic, with the numbers. */
  formula: string;
}

const kbOf = { mb: mib / kib, gb: gib / kib } as const;

/** `max_connections` where none is given. */
export const usualConnections = { web: 200, oltp: 300, dw: 40, desktop: 20, mixed: 100 } as const;

const walMb = {
  web: { min: 1024, max: 4096 },
  oltp: { min: 2048, max: 8192 },
  dw: { min: 4096, max: 16_384 },
  desktop: { min: 100, max: 2048 },
  mixed: { min: 1024, max: 4096 },
} as const;

const ioConcurrency = { hdd: 2, ssd: 200, san: 300, nvme: 1000 } as const;

/**
 * The settings that pgtune (https://github.com/le0pard/pgtune) computes, in its order and with its numbers. One thing
 * differs: from PostgreSQL 18 on it proposes `io_method=io_uring` on Linux, which Docker's default seccomp profile
 * forbids, so that PostgreSQL would not start; here it is `worker`.
 */
export function pgtune(input: PgtuneInput): readonly PgtuneSetting[] {
  const { version, workload, cpus } = input;
  const connections = input.connections ?? usualConnections[workload];
  const buffers = sharedBuffers(input);
  const cache = effectiveCacheSize(input);
  const maintenance = maintenanceWorkMem(input);
  const parallel = parallelSettings(input);
  const analytic = workload === 'dw' || workload === 'desktop';
  return [
    plain('max_connections', connections, input.connections === undefined ? `${workload} workload` : 'given'),
    buffers,
    cache,
    maintenance,
    plain('checkpoint_completion_target', 0.9, 'constant'),
    walBuffers(amountOf(buffers)),
    plain('default_statistics_target', workload === 'dw' ? 500 : 100, `${workload} workload`),
    randomPageCost(input),
    plain('effective_io_concurrency', ioConcurrency[input.disk], `${input.disk} disk`),
    workMem(input, connections, amountOf(buffers)),
    word(
      'huge_pages',
      amountOf(buffers) >= 2 * kbOf.gb ? 'try' : 'off',
      '`try` from 2 GB of shared_buffers on',
    ),
    size('min_wal_size', walMb[workload].min * kbOf.mb, `${workload} workload`),
    size('max_wal_size', walMb[workload].max * kbOf.mb, `${workload} workload`),
    ...parallel,
    ...(workload === 'desktop'
      ? [
          word('wal_level', 'minimal', 'desktop workload'),
          word('max_wal_senders', '0', 'needed by wal_level=minimal'),
        ]
      : []),
    ...(version >= 12 && !analytic ? [word('jit', 'off', 'short statements')] : []),
    ...(version >= 10
      ? [word('wal_compression', version >= 15 ? 'lz4' : 'on', 'lz4 from PostgreSQL 15 on')]
      : []),
    ...(cpus !== undefined && cpus >= 16
      ? [plain('autovacuum_max_workers', cpus >= 32 ? 5 : 4, `${cpus} CPUs`)]
      : []),
    ...(amountOf(maintenance) >= 2 * kbOf.gb
      ? [size('autovacuum_work_mem', 2 * kbOf.gb, 'at most 2 GB for each autovacuum worker')]
      : []),
    ...ioSettings(input),
  ];
}

function sharedBuffers({ memoryKb, workload }: PgtuneInput): PgtuneSetting {
  const divisor = workload === 'desktop' ? 16 : 4;
  return size(
    'shared_buffers',
    Math.floor(memoryKb / divisor),
    `${postgresSize(memoryKb)} of memory / ${divisor}`,
  );
}

function effectiveCacheSize({ memoryKb, workload }: PgtuneInput): PgtuneSetting {
  return workload === 'desktop'
    ? size('effective_cache_size', Math.floor(memoryKb / 4), `${postgresSize(memoryKb)} of memory / 4`)
    : size(
        'effective_cache_size',
        Math.floor((memoryKb * 3) / 4),
        `3/4 of ${postgresSize(memoryKb)} of memory`,
      );
}

function maintenanceWorkMem({ memoryKb, workload }: PgtuneInput): PgtuneSetting {
  const divisor = workload === 'dw' ? 8 : 16;
  return size(
    'maintenance_work_mem',
    Math.min(Math.floor(memoryKb / divisor), 8 * kbOf.gb),
    `min(${postgresSize(memoryKb)} of memory / ${divisor}, 8 GB)`,
  );
}

/** 3 % of shared_buffers up to 16 MB, which is also taken when it is near. */
function walBuffers(buffersKb: number): PgtuneSetting {
  const share = Math.floor((3 * buffersKb) / 100);
  const kilobytes = share > 14 * kbOf.mb ? 16 * kbOf.mb : Math.max(share, 32);
  return size(
    'wal_buffers',
    kilobytes,
    `3 % of ${postgresSize(buffersKb)} of shared_buffers, from 32 kB to 16 MB`,
  );
}

function randomPageCost({ disk, workload, dataSize }: PgtuneInput): PgtuneSetting {
  if (dataSize === 'less_ram') return plain('random_page_cost', 1.1, 'the data fits into memory');
  if (disk === 'hdd') return plain('random_page_cost', 4, 'hdd disk');
  return workload === 'dw'
    ? plain('random_page_cost', 4, 'dw workload')
    : plain('random_page_cost', 1.1, `${disk} disk`);
}

/**
 * What is left beside shared_buffers, for three operations of every connection (and of every parallel worker: as many
 * as there are CPUs, or PostgreSQL's default of 8).
 */
function workMem(input: PgtuneInput, connections: number, buffersKb: number): PgtuneSetting {
  const { memoryKb, cpus, workload, dataSize = 'mid_ram' } = input;
  const divisor = { web: 1, oltp: 1, dw: 2, desktop: 6, mixed: 2 }[workload];
  const classic = input.formula === 'classic';
  const parallel = classic ? 0 : cpus !== undefined && cpus >= 4 ? cpus : 8;
  const factor = classic ? 1 : { less_ram: 1.3, mid_ram: 1, greater_ram: 0.9 }[dataSize];
  const share = Math.floor((memoryKb - buffersKb) / ((connections + parallel) * 3) / divisor);
  const scaled = Math.floor(share * factor);
  const kilobytes = Math.max(scaled, classic ? 64 : 4 * kbOf.mb);
  const users = parallel === 0 ? `${connections}` : `(${connections} + ${parallel})`;
  const arithmetic = `(${postgresSize(memoryKb)} − ${postgresSize(buffersKb)}) / (${users} × 3)${divisor === 1 ? '' : ` / ${divisor}`}${factor === 1 ? '' : ` × ${factor}`} = ${scaled} kB`;
  return size(
    'work_mem',
    kilobytes,
    kilobytes === scaled ? arithmetic : `${arithmetic}, at least ${postgresSize(kilobytes)}`,
  );
}

function parallelSettings({ version, workload, cpus }: PgtuneInput): PgtuneSetting[] {
  if (cpus === undefined || cpus < 4) return [];
  const half = Math.ceil(cpus / 2);
  const gather = workload === 'dw' ? half : Math.min(4, half);
  return [
    plain('max_worker_processes', cpus, `${cpus} CPUs`),
    plain(
      'max_parallel_workers_per_gather',
      gather,
      `⌈${cpus} / 2⌉${workload === 'dw' ? '' : ', at most 4'}`,
    ),
    ...(version >= 10 ? [plain('max_parallel_workers', cpus, `${cpus} CPUs`)] : []),
    ...(version >= 11
      ? [plain('max_parallel_maintenance_workers', Math.min(4, half), `min(4, ⌈${cpus} / 2⌉)`)]
      : []),
  ];
}

function ioSettings({ version, cpus = 0 }: PgtuneInput): PgtuneSetting[] {
  if (version < 18) return [];
  const workers = Math.min(32, Math.max(3, Math.floor(cpus / 4)));
  return [
    word('io_method', 'worker', 'io_uring is forbidden by the default seccomp profile of Docker'),
    ...(workers > 3 ? [plain('io_workers', workers, `min(32, ⌊${cpus} / 4⌋)`)] : []),
  ];
}

function size(name: string, kilobytes: number, formula: string): PgtuneSetting {
  return { name, value: postgresSize(kilobytes), amount: kilobytes, formula };
}

function plain(name: string, value: number, formula: string): PgtuneSetting {
  return { name, value: String(value), amount: value, formula };
}

function word(name: string, value: string, formula: string): PgtuneSetting {
  return { name, value, formula };
}

function amountOf(setting: PgtuneSetting): number {
  return setting.amount ?? 0;
}
