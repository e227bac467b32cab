import type { ScenarioRequest } from '../bench/scenario.ts';
import type { Secret } from './secret.ts';

/** How one SSH endpoint is reached. Unset values are filled from the user's `~/.ssh/config`, then by SSH's defaults. */
export interface HostConfig {
  /** The name shown to people and used in files; by default the address. */
  name: string;
  /** Host name, IP address, or alias of `~/.ssh/config`. */
  address: string;
  port?: number;
  user?: string;
  /** Path of a private key, `~` and Windows paths allowed. */
  keyFile?: string;
  /** Jump hosts in order, `user@host:port`, as in `ssh -J`. */
  jump?: readonly string[];
  /** Pinned fingerprint, `SHA256:…`; replaces the known_hosts look-up. */
  hostKey?: string;
}

/** Settings of SSH that hold for every host of a target. */
export interface SshConfig {
  /** Private key text (CI), instead of a file. */
  key?: Secret;
  passphrase?: Secret;
  /** Extra known_hosts file, read before the user's own. */
  knownHostsFile?: string;
  /** `ssh -F`: the client configuration file; `none` reads none. Default: the user's. */
  configFile?: string;
  connectTimeoutMs: number;
  /** Pause between signs of life on an idle connection; three that go unanswered end it. Default: 10 s. */
  keepaliveMs?: number;
}

export type Strategy = 'rolling' | 'recreate';

/** One command, run where its owner says: hooks on the operator's machine. */
export interface HooksConfig {
  beforeDeploy: readonly string[];
  afterDeploy: readonly string[];
  onFailure: readonly string[];
}

/** Thresholds of `ops check`; a value beyond `warn` warns, beyond `fail` fails. */
export interface Threshold {
  warn?: number;
  fail?: number;
}

export interface ChecksConfig {
  /** Ids of checks that are switched off. */
  skip: readonly string[];
  /** By check id; what is missing has the default of that check. */
  thresholds: Readonly<Record<string, Threshold>>;
  /** Path that response time and cache hits are measured on; default `health.path`. */
  path?: string;
  /** Number of requests of the response-time check. */
  requests: number;
  /** Window over which CPU is averaged. */
  cpuWindowMs: number;
  /** Expected number of app workers; without it, the number is read from the container's command. */
  workers?: number;
}

/** What `ops bench` does where no flag says otherwise. */
export interface BenchConfig {
  /** Without any: one, of the path that the health is asked on. */
  requests: readonly ScenarioRequest[];
  /** Requests a second. */
  rate?: number;
  /** So many clients, each of which waits for its answer, instead of a rate. */
  connections?: number;
  durationMs: number;
  warmUpMs: number;
  timeoutMs: number;
  /** Such as `p95<300ms`. */
  thresholds: readonly string[];
}

/** A named environment. All durations are milliseconds. */
export interface Target {
  name: string;
  /** A production target asks before it changes anything. */
  production: boolean;
  hosts: readonly HostConfig[];
  ssh: SshConfig;
  /** Absolute path of the git clone on the server. */
  appDir: string;
  branch: string;
  remote: string;
  compose: {
    /** Relative to `appDir`, in merge order. */
    files: readonly string[];
    /** `-p`; without it Compose's own rule (`name:`, then the directory). */
    project?: string;
    profiles: readonly string[];
    envFiles: readonly string[];
  };
  /** Public base URL; without it the probe goes through an SSH tunnel to the proxy's published port. */
  url?: string;
  services: {
    /** Services to roll; without it every service that is neither proxy nor stateful. */
    roll?: readonly string[];
    /** Never recreated without `--allow-downtime`, besides the ones recognised by image (postgres, redis, …). */
    stateful: readonly string[];
    /** The reverse proxy; without it the one service that runs nginx. */
    proxy?: string;
  };
  health: {
    /** Path asked through the proxy (probe, verify) and, where Docker has no health check, in the new container. */
    path: string;
    /** Port of the app in its container, for services without a Docker health check. */
    port?: number;
    timeoutMs: number;
  };
  build: {
    cache: boolean;
    pull: boolean;
    args: Readonly<Record<string, string>>;
    timeoutMs: number;
  };
  release: {
    /** Run once in the new image before traffic moves (migrations); shell words or one string for `sh -c`. */
    command?: string | readonly string[];
    /** Service whose image runs it; default the first rolled service. */
    service?: string;
    /** `first`: on the first host only (one shared database); `all`: on every host (each has its own). */
    hosts: 'all' | 'first';
    timeoutMs: number;
  };
  hooks: HooksConfig;
  deploy: {
    strategy: Strategy;
    /** Hosts at a time: a number (`1`), a share (`25%`), or all at once when unset. */
    batch?: string;
    /** New containers share traffic with the old ones for this long before the old ones leave. */
    stabilityMs: number;
    /** Longest wait for old proxy workers to finish their requests. */
    drainMs: number;
    /** Grace between SIGTERM and SIGKILL of an old container; default: the service's `stop_grace_period`. */
    stopMs?: number;
    /** Longest wait for another deploy's lock; 0 refuses at once. */
    lockWaitMs: number;
    /** Releases whose images are kept. */
    keep: number;
    /** Least free disk on the server, in MiB, before a build starts. */
    minDiskMb: number;
  };
  checks: ChecksConfig;
  bench: BenchConfig;
}

/** Where an effective value came from, for `ops config show`. */
export interface Provenance {
  /** `sandbox`: the target file that `ops sandbox up` wrote. */
  source: 'flag' | 'environment' | '.env' | 'sandbox' | 'ops.yaml' | 'default';
  /** Flag or variable name, or `ops.yaml:12`. */
  detail?: string;
}

export interface Config {
  /** Directory that holds ops.yaml / .env; where hooks run. */
  root: string;
  target: Target;
  /** By dotted path of `Target`, e.g. `deploy.strategy`, `hosts.0.port`. */
  provenance: Readonly<Record<string, Provenance>>;
}
