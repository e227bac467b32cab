/** What `solve` starts from. Bytes are bytes; CPUs may be fractions. */
export interface TuneInput {
  machine: {
    cpus: number;
    memoryBytes: number;
    /** Free space where PostgreSQL keeps its data; undefined: not known. */
    diskFreeBytes?: number;
    disk: 'ssd' | 'nvme' | 'hdd' | 'san';
  };
  services: readonly TuneService[];
  /** `pgtune`: today's. `classic`: work_mem as pgtune had it before 2026, without floor and parallel workers. */
  formula: 'pgtune' | 'classic';
  workload: 'web' | 'oltp' | 'dw' | 'desktop' | 'mixed';
  /** Given by the user instead of computed. */
  maxConnections?: number;
}

export interface TuneService {
  name: string;
  role: 'app' | 'proxy' | 'postgres' | 'pgbouncer' | 'cache' | 'worker' | 'other';
  replicas: number;
  /** Old and new containers run side by side while a deploy rolls it. */
  rolled: boolean;
  /** Of an app: how it serves. `async`: an event loop; `threads`: threads in a worker; `sync`: one request a worker. */
  model?: 'async' | 'threads' | 'sync';
  /** Of an app whose number of processes is no setting (Node, PHP-FPM …): that number. */
  fixedWorkers?: number;
  /** Resident memory of one worker process, measured; undefined: assumed, and the plan says so. */
  workerBytes?: number;
  /** Memory of one container, measured; of a service that is neither app nor database, its limit rests on it. */
  usedBytes?: number;
  /** It has a connection pool that can be set. */
  pooled?: boolean;
  /** PostgreSQL's. */
  majorVersion?: number;
  /** Limits that the user has set and wants kept. */
  memoryLimitBytes?: number;
  cpuLimit?: number;
}

/** One number, and why it is that number. */
export interface TunedSetting {
  service: string;
  /** `workers`, `pool_size`, `max_overflow`, `memory`, `cpus`, `worker_processes`, or a setting of PostgreSQL. */
  name: string;
  /** As it is written in the file that it goes into. */
  value: string;
  /** The same in its own unit: processes, connections, bytes, CPUs. */
  amount?: number;
  /** The arithmetic with this stack's numbers: `min(2 × 2 + 1, ⌊600 MB / 150 MB⌋, 12) = 4`. */
  formula: string;
  /** What the formula rests on. */
  source: string;
  /** What it takes until it works. */
  requires: 'reload' | 'restart' | 'recreate' | 'rebuild';
}

export type Plan =
  | {
      feasible: true;
      settings: readonly TunedSetting[];
      /** Assumptions, and what was cut to make it fit. */
      notes: readonly string[];
    }
  | {
      feasible: false;
      /** What does not fit, with the numbers. */
      reason: string;
      /** What would make it fit. */
      next: readonly string[];
    };

/** The value of one setting of a plan; undefined: the plan has none. */
export function planned(plan: Plan, service: string, name: string): TunedSetting | undefined {
  return plan.feasible
    ? plan.settings.find((setting) => setting.service === service && setting.name === name)
    : undefined;
}
