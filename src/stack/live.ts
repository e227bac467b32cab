/** What the running stack says; gathered over SSH without changing anything, and free of secrets. */
export interface LiveStack {
  /** As ops.yaml names it. */
  host: string;
  /** ISO 8601, of the host's clock. */
  at: string;
  /** By service. */
  services: Readonly<Record<string, LiveService>>;
}

export interface LiveService {
  containers: readonly LiveContainer[];
  /** Of the first running container; PIDs of one container, master first. */
  processes?: readonly { pid: number; parent: number; args: readonly string[]; memoryBytes?: number }[];
  /** PostgreSQL only. */
  postgres?: LivePostgres;
  /** Of an nginx: what its access log shows of the last requests. */
  access?: LiveAccess;
  /** Lines of the container's log that rules ask for, at most a few of each kind: pool exhausted, worker timeout, out of memory. */
  log?: Readonly<Record<string, { count: number; last: string }>>;
}

export interface LiveContainer {
  name: string;
  running: boolean;
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  restarts: number;
  oomKilled: boolean;
  /** 0: no limit. */
  memoryLimitBytes: number;
  cpuLimit: number;
  memoryBytes?: number;
  /** Of all periods since it started, those in which it was throttled, 0 to 1. */
  throttledShare?: number;
  restartPolicy: string;
  logDriver?: string;
  logMaxSize?: string;
  nofile?: number;
}

export interface LivePostgres {
  majorVersion: number;
  /** pg_settings: `source` tells a default from what somebody set. */
  settings: Readonly<Record<string, { value: string; unit?: string; source: string; pendingRestart: boolean }>>;
  connections: number;
  maxConnections: number;
  reserved: number;
  /** Of all blocks read, those found in shared_buffers, 0 to 1; undefined: too few to say. */
  cacheHitRatio?: number;
  tempFiles?: number;
  tempBytes?: number;
}

export interface LiveAccess {
  requests: number;
  /** 0 to 1: share of the requests from the one address that makes most, and that address. */
  topClientShare?: number;
  topClient?: string;
  status5xx: number;
}
