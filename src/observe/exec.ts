import type { Target } from '../config/config.ts';
import type { CommandResult, Host, OnLine } from '../host/host.ts';
import { composeFlags } from '../shell/compose.ts';
import { composeExec } from '../shell/observe.ts';

export interface ExecOptions {
  service: string;
  /** Which of several containers, from 1. */
  index?: number | undefined;
  user?: string | undefined;
  command: readonly string[];
}

/** Runs a command in a running container; its exit code is a result. */
export async function execInService(
  host: Host,
  target: Target,
  options: ExecOptions,
  { signal, onLine }: { signal: AbortSignal; onLine?: OnLine },
): Promise<CommandResult> {
  return await host.run(composeExec(target.appDir, composeFlags(target.compose), options), {
    signal,
    ...(onLine === undefined ? {} : { onLine, maxBytes: 16 * 1024 }),
  });
}
