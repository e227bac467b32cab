import { hostname, userInfo } from 'node:os';
import { releaseId } from '../deploy/naming.ts';
import { OpsError, reasonOf } from '../errors.ts';
import { mostSevere, type ExitReason } from '../exit-codes.ts';
import { releaseOnHost } from './host-release.ts';
import type { HostResult } from './release-run.ts';
import { inspect, type Goal, type HostPlan, type RolloutOptions } from './inspect.ts';
import { ReleaseGate } from './release-gate.ts';
import { runHooks, type HookFacts } from './run-hooks.ts';
import { HostSession, type RolloutContext } from './session.ts';

/** All hosts of a target, looked at, before anything is changed. */
export interface Prepared {
  plans: readonly HostPlan[];
  /** Hosts at a time. */
  batches: readonly (readonly HostPlan[])[];
  close(): Promise<void>;
}

/**
 * Connects to every host, looks at it, decides. All hosts finish; the failure that a caller must know of first is thrown
 * with the others named.
 *
 * @throws OpsError when a host cannot be reached or refuses, or when the hosts do not agree on the wanted commit
 */
export async function prepare(
  context: RolloutContext,
  goal: Goal,
  options: RolloutOptions,
): Promise<Prepared> {
  const { target } = context.config;
  const sessions = target.hosts.map((host) => new HostSession(context, host));
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map(async (session) => await session.close()));
  };
  const looked = await Promise.allSettled(
    sessions.map(async (session) => {
      await session.connect(context.signal);
      context.progress({ type: 'status', host: session.name, text: `Looking at ${session.name}` });
      return await inspect(session, goal, options, { signal: context.signal });
    }),
  );
  const errors = looked.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const plans = looked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (errors.length > 0) {
    await close();
    throw severalErrors(errors, sessions.length);
  }
  const commits = new Set(plans.map(({ wanted }) => wanted.commit));
  if (commits.size > 1) {
    await close();
    throw new OpsError('unchanged', 'HOSTS_DISAGREE', 'The hosts do not see the same commit.', {
      place: {
        step: 'fetch',
        output: plans.map(
          ({ session, wanted }) => `${session.name}: ${wanted.commit.slice(0, 12)} ${wanted.subject}`,
        ),
      },
      next: [
        'Run the command again; if it stays, compare the remotes of the hosts (`git remote -v`).',
        'Or name the commit: --ref COMMIT.',
      ],
    });
  }
  return { plans, batches: inBatches(plans, target.deploy.batch), close };
}

function severalErrors(errors: readonly unknown[], hosts: number): unknown {
  const reason = mostSevere(errors.map(reasonOf));
  const first = errors.find((error) => reasonOf(error) === reason);
  if (errors.length === 1 || !(first instanceof OpsError)) return first;
  const others = errors
    .filter((error) => error !== first)
    .map((error) =>
      error instanceof OpsError ? `${error.place.host ?? ''}: ${error.message}` : String(error),
    );
  return new OpsError(
    first.reason,
    first.code,
    `${errors.length} of ${hosts} hosts are not ready. ${first.place.host ?? ''}: ${first.message}`,
    {
      place: { ...first.place, output: [...(first.place.output ?? []), ...others] },
      next: first.next,
      cause: first,
    },
  );
}

/** Groups of hosts: `2` at a time, `25%` of them (at least one), or all. */
export function inBatches<Item>(items: readonly Item[], batch: string | undefined): Item[][] {
  const size =
    batch === undefined
      ? items.length
      : batch.endsWith('%')
        ? Math.ceil((items.length * Number.parseFloat(batch)) / 100)
        : Number(batch);
  const step = Math.max(1, size);
  return Array.from({ length: Math.ceil(items.length / step) }, (_, index) =>
    items.slice(index * step, (index + 1) * step),
  );
}

export interface RolloutResult {
  id: string;
  commit: string;
  subject: string;
  hosts: readonly HostResult[];
  reason: ExitReason;
}

/** Releases on all hosts, batch by batch; stops at the first batch in which a host failed. */
export async function rollout(
  prepared: Prepared,
  context: RolloutContext,
  goal: Goal,
  options: RolloutOptions,
): Promise<RolloutResult> {
  const { target } = context.config;
  const { plans, batches } = prepared;
  const [{ wanted } = { wanted: undefined }] = plans;
  if (!wanted) throw new Error('A rollout needs a host.');
  const id = releaseId(new Date(context.clock()), wanted.commit);
  const shared = {
    goal,
    options,
    id,
    by: actor(context.env),
    gate: new ReleaseGate(target.release.hosts === 'first' ? target.hosts[0]?.name : undefined),
  };
  const hooks: HookFacts = {
    id,
    kind: goal.kind,
    wanted,
    from: plans[0]?.git.commit ?? '',
    by: shared.by,
    hosts: plans,
  };
  const idle = plans.every(({ decision }) => decision.nothingToDo);
  if (!idle) await runFirstHooks(context, hooks);
  const results: HostResult[] = [];
  let failed = false;
  for (const batch of batches) {
    if (failed || context.signal.aborted) {
      results.push(...batch.map(notStarted));
      continue;
    }
    const ended = await Promise.all(
      batch.map(async (plan) => await releaseOnHost(plan, { ...shared, context })),
    );
    results.push(...ended);
    failed = ended.some(({ outcome }) => outcome !== 'live' && outcome !== 'nothing-to-do');
  }
  const reason = worst(results);
  if (!idle) await runLastHooks(reason, context, hooks);
  return { id, commit: wanted.commit, subject: wanted.subject, hosts: results, reason };
}

/** Nothing is locked or changed yet: a hook that fails here stops the rollout as it would stop a script. */
async function runFirstHooks(context: RolloutContext, hooks: HookFacts): Promise<void> {
  try {
    await runHooks('beforeDeploy', context, hooks);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    const { reason, code, message, place } = error;
    const again =
      reason === 'interrupted'
        ? 'Run the same command again when it suits.'
        : 'Mend the hook (hooks.before_deploy), then run the same command again.';
    throw new OpsError(reason, code, message, {
      place,
      next: [`Nothing was changed on ${context.config.target.name}. ${again}`],
      cause: error,
    });
  }
}

/** The rollout is over, and a notification that fails must not say otherwise: it is told, and the outcome stays. */
async function runLastHooks(reason: ExitReason, context: RolloutContext, hooks: HookFacts): Promise<void> {
  const kind = reason === 'ok' ? 'afterDeploy' : 'onFailure';
  try {
    // After Ctrl+C too: that is what a failure hook is for.
    await runHooks(kind, { ...context, signal: new AbortController().signal }, hooks, reason);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    context.progress({ type: 'note', level: 'warn', text: `A hook failed after the rollout: ${text}` });
  }
}

function notStarted({ session, wanted }: HostPlan): HostResult {
  return {
    host: session.name,
    outcome: 'not-started',
    release: { id: '', commit: wanted.commit, subject: wanted.subject },
    durationMs: 0,
    roundTrips: 0,
    notes: [],
  };
}

/** How the whole of it ended. */
export function worst(results: readonly Pick<HostResult, 'outcome' | 'error'>[]): ExitReason {
  const reasons = results.flatMap(({ error }) => (error ? [error.reason] : []));
  // Hosts whose turn did not come although none failed: it was interrupted between two batches.
  const left = results.some(({ outcome }) => outcome === 'not-started');
  return mostSevere(reasons) ?? (left ? 'interrupted' : 'ok');
}

/** Who does it: `OPS_ACTOR`, the CI's user, or the one who is logged in. */
export function actor(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['OPS_ACTOR'] ?? env['GITHUB_ACTOR'] ?? env['GITLAB_USER_LOGIN'];
  return `${named ?? userInfo().username}@${hostname()}`;
}
