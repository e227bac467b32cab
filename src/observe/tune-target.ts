import type { Target } from '../config/config.ts';
import { OpsError } from '../errors.ts';
import { composePaths } from '../gather/compose-paths.ts';
import { hostEvidence } from '../gather/host-evidence.ts';
import type { Host } from '../host/host.ts';
import type { Files } from '../source/files.ts';
import { buildStack } from '../stack/build.ts';
import type { LiveMachine, LiveUnknown } from '../stack/live.ts';
import type { Stack } from '../stack/stack.ts';
import { factScope } from './scope.ts';

export interface HostStackOptions {
  /** A string that the host cannot foresee; a new one each time. */
  nonce: () => string;
  signal: AbortSignal;
  /** Those of a directory here, instead of those on the host. */
  files?: Files;
  /** Compose files that a person named. */
  named: readonly string[];
  env: Readonly<Record<string, string>>;
}

export interface HostStack {
  stack: Stack;
  /** Undefined: the host does not say. */
  machine?: LiveMachine;
  unknown: readonly LiveUnknown[];
}

/**
 * The stack of a host with what runs there, and its machine.
 *
 * @throws OpsError when its files cannot be read
 */
export async function stackOfHost(host: Host, target: Target, options: HostStackOptions): Promise<HostStack> {
  const { nonce, signal, named, env } = options;
  const evidence = await hostEvidence(host, factScope(target), {
    nonce,
    signal,
    ...(options.files ? {} : { files: { also: [...named, ...target.compose.files] } }),
  });
  const { live, machine } = evidence;
  const files = options.files ?? evidence.files;
  const unknown = live.unknown ?? [];
  if (!files)
    throw new OpsError('unchanged', 'NO_PROJECT', `The project on ${host.name} cannot be read.`, {
      place: { host: host.name, output: unknown.map(({ what, why }) => `${what}: ${why}`) },
      next: ['Check the directory of the app on the server, `app_dir`.'],
    });
  const paths = composePaths(files, target.appDir, { named, configured: target.compose.files });
  const stack = buildStack({ files, compose: { paths, env }, live, ...(machine ? { machine } : {}) });
  return { stack, unknown, ...(machine ? { machine } : {}) };
}

/** Services that a deploy rolls; undefined: every app. */
export function rolledServices({ deploy, services }: Target): readonly string[] | undefined {
  return deploy.strategy === 'recreate' ? [] : services.roll;
}
