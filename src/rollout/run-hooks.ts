import type { HooksConfig } from '../config/config.ts';
import { settingList } from '../config/settings.ts';
import type { Wanted } from '../deploy/wanted.ts';
import { execute } from '../plan/execute.ts';
import type { Step } from '../plan/step.ts';
import { runHook } from './hooks.ts';
import type { HostPlan } from './inspect.ts';
import type { RolloutContext } from './session.ts';

/** What hooks are told, as OPS_* variables. */
export interface HookFacts {
  id: string;
  kind: 'deploy' | 'rollback';
  wanted: Wanted;
  /** Commit that was checked out before. */
  from: string;
  by: string;
  hosts: readonly HostPlan[];
}

const hookTimeoutMs = 600_000;

/**
 * Runs the hooks of one moment on the operator's machine, once for the whole rollout, in order.
 *
 * @throws OpsError of the first that fails
 */
export async function runHooks(
  moment: keyof HooksConfig,
  context: RolloutContext,
  { id, kind, wanted, from, by, hosts }: HookFacts,
  outcome = '',
): Promise<void> {
  const { target, root } = context.config;
  const [first] = hosts;
  if (!first) return;
  const env = {
    OPS_RELEASE: id,
    OPS_KIND: kind,
    OPS_COMMIT: wanted.commit,
    OPS_SUBJECT: wanted.subject,
    OPS_PREVIOUS_COMMIT: from,
    OPS_TARGET: target.name,
    OPS_HOSTS: hosts.map(({ session }) => session.name).join(','),
    OPS_BY: by,
    OPS_OUTCOME: outcome,
  };
  const steps = target.hooks[moment].map((command, index): Step => ({
    kind: 'hook',
    id: `hook-${moment}-${index + 1}`,
    title: `Hook: ${command}`,
    command,
    env,
    timeoutMs: hookTimeoutMs,
  }));
  const stage = moment === 'beforeDeploy' ? 'prepare' : 'finish';
  await execute(
    { host: 'this machine', stage, steps, downtime: [], notes: [] },
    {
      host: first.session.host,
      progress: context.progress,
      clock: () => performance.now(),
      signal: context.signal,
      sleep: async () => {},
      reach: async () => {},
      runHook: async (command, variables, limits) =>
        await runHook(command, variables, { cwd: root, env: withoutSecrets(context.env), ...limits }),
    },
  );
}

/** A hook needs no key of ours; what it prints of its environment shall not hold one. */
function withoutSecrets(env: RolloutContext['env']): RolloutContext['env'] {
  const secret = new Set(
    settingList.filter(({ type }) => type.secret === true).map((setting) => setting.env),
  );
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)));
}
