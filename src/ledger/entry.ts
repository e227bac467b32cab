/** How the site behaved while a release was made, as measured by the probe. Durations in milliseconds. */
export interface ProbeSummary {
  requests: number;
  failed: number;
  /** Longest time between two answered requests. */
  longestGapMs: number;
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
  /** The site answered before the release: without that, failures say nothing. */
  servedBefore: boolean;
}

/** The image that a service runs, by content and by the name that keeps it from being pruned. */
export interface ReleaseImage {
  id: string;
  /** `shop-backend:ops-20261123T155001-1a2b3c4`. */
  tag: string;
  /** The name that Compose starts it by: `shop-backend:latest`. */
  name?: string;
}

/** What was live before a release began: enough to put it back. */
export interface Snapshot {
  /** Undefined for a stack that was not started by ops. */
  release?: string;
  commit: string;
  tree: string;
  branch?: string;
  /** By service. */
  images: Readonly<Record<string, ReleaseImage>>;
  /** Services that had containers, whether or not they ran; undefined in entries of older versions. */
  services?: readonly string[];
}

export interface StartedEntry {
  v: 1;
  event: 'started';
  id: string;
  kind: 'deploy' | 'rollback';
  commit: string;
  tree: string;
  subject: string;
  /** What was asked for: branch, tag, commit, or the release that is rolled back to. */
  ref: string;
  by: string;
  /** ISO 8601, UTC, by the operator's clock. */
  at: string;
  /** Token of the ops process; its remote processes carry it in OPS_RUN_ID. */
  run: string;
  /** Undefined on a first deploy. */
  previous?: Snapshot;
  /** Rollback: the commits whose content was undone; a deploy of one of them is refused without `--force`. */
  undone?: readonly string[];
  /** Rollback: the revert commits that ops made; they may leave the branch again, nobody else's may. */
  made?: readonly string[];
}

export interface FinishedEntry {
  v: 1;
  event: 'finished';
  id: string;
  /** `live`: serves; `failed`: never took traffic; `restored`: took traffic, then the previous release was put back. */
  outcome: 'live' | 'failed' | 'restored' | 'interrupted';
  at: string;
  durationMs: number;
  /** By service; only of `live` releases. */
  images?: Readonly<Record<string, ReleaseImage>>;
  /** Hash of the resolved build configuration: same tree and same hash mean the same images. */
  buildKey?: string;
  /** Hash of the configuration that the proxy has loaded (`nginx -T`). */
  proxyConfig?: string;
  probe?: ProbeSummary;
  /** One sentence: why it failed. */
  detail?: string;
}

export type LedgerEntry = StartedEntry | FinishedEntry;
