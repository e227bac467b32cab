import type { Config, HostConfig } from '../config/config.ts';
import type { Connect } from '../host/host.ts';
import type { Progress } from '../plan/progress.ts';

/** Everything a use case may need from outside; each takes the part that it uses. */
export interface Context {
  config: Config;
  connect: Connect<HostConfig>;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** A number from 0 up to, not including, 1. */
  random: () => number;
  runId: string;
  signal: AbortSignal;
  progress: Progress;
  env: Readonly<Record<string, string | undefined>>;
  /** Where the command was started. */
  cwd: string;
}
