import type { Target } from '../config/config.ts';
import { evaluate, isFailure, neededEvidence, selectChecks, tally, type CheckResult } from '../check/run.ts';
import type { Status } from '../check/check.ts';
import type { ExitReason } from '../exit-codes.ts';
import { gatherEvidence, type GatherOptions } from './evidence.ts';
import { roundReason, type HostPool, type PerHost } from './hosts.ts';

export interface CheckOptions extends Omit<GatherOptions, 'needs'> {
  /** Ids; empty: all that the configuration does not skip. */
  only: readonly string[];
  failOn: 'fail' | 'warn';
  /** An unknown counts as a failure. */
  strict: boolean;
}

export interface CheckReport {
  target: string;
  /** ISO 8601, UTC. */
  at: string;
  hosts: readonly PerHost<readonly CheckResult[]>[];
  counts: Readonly<Record<Status, number>>;
  reason: ExitReason;
}

/** One round of checks on every host of a target. */
export async function checkTarget(
  pool: HostPool,
  target: Target,
  options: CheckOptions,
): Promise<CheckReport> {
  const selected = selectChecks(options.only, target.checks.skip);
  const needs = neededEvidence(selected);
  const hosts = await pool.each(async (host): Promise<readonly CheckResult[]> => {
    const gathered = await gatherEvidence(host, target, { ...options, needs });
    return evaluate(selected, gathered, target.checks);
  });
  const counts = tally(hosts.flatMap((result) => ('value' in result ? result.value : [])));
  const lost = roundReason(hosts);
  return {
    target: target.name,
    at: new Date(options.clock()).toISOString(),
    hosts,
    counts,
    // A host that could not be looked at outweighs what was seen on the others.
    reason: lost === 'ok' && isFailure(counts, options) ? 'checksFailed' : lost,
  };
}
