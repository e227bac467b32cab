import type { Machine } from './stack.ts';

/** What the running stack says; gathered over SSH without changing anything, and free of secrets. */
export interface LiveStack {
  /** As ops.yaml names it. */
  host: string;
  /** ISO 8601, of the host's clock. */
  at: string;
  /** By service. */
  services: Readonly<Record<string, LiveService>>;
  /** What could not be read; a rule that needs it says `unknown`. */
  unknown?: readonly LiveUnknown[];
}

/** Something that could not be seen. */
export interface LiveUnknown {
  /** `pg_settings of shop-db-1`. */
  what: string;
  /** One sentence without a full stop. */
  why: string;
  /** Of which service; undefined: of the machine or of all. */
  service?: string;
}

/** The machine, as the live figures have it. */
export interface LiveMachine extends Machine {
  /** Free where Docker keeps volumes, so where PostgreSQL's data usually is. */
  diskFreeBytes?: number;
}

export interface LiveService {
  /** Running ones first. */
  containers: readonly LiveContainer[];
  /** Of the first running container; PIDs as the host counts them, master first. Secrets in arguments are redacted. */
  processes?: readonly LiveProcess[];
  /** PostgreSQL only. */
  postgres?: LivePostgres;
  /** Of an nginx. */
  nginx?: LiveNginx;
  /** Of an nginx: what its access log shows of the last requests. */
  access?: LiveAccess;
  /** Counted lines of the containers' logs, the last week's at most; undefined: no log could be read. A kind without lines is not in it. */
  log?: Readonly<Partial<Record<LogKind, LiveLogLines>>>;
}

export interface LiveProcess {
  pid: number;
  parent: number;
  args: readonly string[];
  /** Resident: pages that forked workers share count in each of them. */
  memoryBytes?: number;
}

export interface LiveContainer {
  name: string;
  running: boolean;
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  restarts: number;
  oomKilled: boolean;
  /** Processes killed for lack of memory since it was started, also those that left it running. */
  oomKills?: number;
  /** 0: no limit. */
  memoryLimitBytes: number;
  /** CPUs by quota; 0: no limit. */
  cpuLimit: number;
  /** CPUs that it is pinned to; undefined: none. */
  cpuSet?: number;
  /** 0: no limit. */
  pidsLimit?: number;
  memoryBytes?: number;
  /** Of all periods since it started in which it wanted CPU, those in which it was throttled, 0 to 1. */
  throttledShare?: number;
  restartPolicy: string;
  logDriver?: string;
  logMaxSize?: string;
  logMaxFile?: string;
  /** Soft limit that was set for the container; undefined: none, the daemon's default holds. */
  nofile?: number;
  /** Image name that it was created from. */
  image?: string;
}

export interface LivePostgres {
  majorVersion: number;
  /** pg_settings: `value` is its column `setting`, in `unit`; `source` tells a default from what somebody set. */
  settings: Readonly<
    Record<string, { value: string; unit?: string; source: string; pendingRestart: boolean }>
  >;
  /** Client connections now. */
  connections: number;
  maxConnections: number;
  /** Of them, those that only superusers and `pg_use_reserved_connections` get. */
  reserved: number;
  /** Of all blocks read, those found in shared_buffers, 0 to 1; undefined: too few to say. */
  cacheHitRatio?: number;
  /** Since the statistics were reset: files that sorts and hashes wrote because work_mem was too small. */
  tempFiles?: number;
  tempBytes?: number;
  idleInTransaction?: number;
}

export interface LiveNginx {
  /** `1.27.3`. */
  version?: string;
  /** `nginx -T`: all files, each behind a line `# configuration file PATH:`; undefined: it is not valid. Redacted. */
  dump?: string;
  /** What `nginx -t` says of a configuration that is not valid. */
  invalid?: string;
}

/** No addresses: they are personal data. */
export interface LiveAccess {
  requests: number;
  /** 0 to 1: share of the requests from the one address that makes most; undefined: the format has no address. */
  topClientShare?: number;
  /** That address is private or of this machine: a proxy's or Docker's gateway, not a client's. */
  topClientPrivate?: boolean;
  /** User agents that this address named: many behind one gateway, one of a probe or a load test; undefined: the format does not say. */
  topClientAgents?: number;
  status5xx: number;
  /** Answers of 429. */
  limited: number;
  /** Of the answers that a cache could have given, those it gave, 0 to 1; undefined: the format does not say. */
  cacheHitRatio?: number;
  /** `$request_time`, seconds; undefined: the format does not say. */
  p50Seconds?: number;
  p95Seconds?: number;
}

/** Lines of logs that rules ask for. */
export const logKinds = [
  'pool-exhausted',
  'worker-timeout',
  'out-of-memory',
  'too-many-connections',
  'rate-limited',
  'upstream-timeout',
  'no-live-upstreams',
] as const;
export type LogKind = (typeof logKinds)[number];

export interface LiveLogLines {
  count: number;
  /** The last one; secrets, public addresses and query strings are taken out. */
  last: string;
}
