/**
 * A step is data: printed by `--dry-run`, run by `execute`. All shell text in it comes from `shell/`.
 * All durations are milliseconds.
 */
interface StepBase {
  /** Stable, kebab-case, unique in its plan: `roll-backend-start`. */
  id: string;
  /** What a person reads: `Start 2 new containers of backend`. */
  title: string;
}

/** One POSIX sh script on the host: one round trip. */
export interface ScriptStep extends StepBase {
  kind: 'script';
  script: string;
  timeoutMs: number;
  /** Lines of its output that begin so are shown beside the step when it is done. */
  notePrefix?: string;
}

/** Asks the addresses that `addresses` prints (`IP PORT` a line), through the connection, until each answers. */
export interface ReachStep extends StepBase {
  kind: 'reach';
  addresses: string;
  /** HTTP path; without it a TCP connection is enough. */
  path?: string;
  /** Only an answer with a status of 500 and above counts against a container; default: whatever is no success. */
  refuses?: 'server-error';
  timeoutMs: number;
}

/** A command on the operator's machine. */
export interface HookStep extends StepBase {
  kind: 'hook';
  command: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
}

/** Something that only the client can do: take the lock, look again, ask the site. The executor is told how. */
export interface ClientStep extends StepBase {
  kind: 'client';
  action: 'lock' | 'unlock' | 'look' | 'verify' | 'push';
}

export type Step = ScriptStep | ReachStep | HookStep | ClientStep;

export type StageName = 'prepare' | 'build' | 'release' | 'roll' | 'verify' | 'finish' | 'restore';

/** Steps of one stage on one host, in order. */
export interface Plan {
  host: string;
  stage: StageName;
  steps: readonly Step[];
  /** Things that the plan cannot do without downtime, each with its reason. */
  downtime: readonly DowntimeReason[];
  /** What a person should know before it starts. */
  notes: readonly string[];
}

export interface DowntimeReason {
  service: string;
  reason: string;
}
