import type { Threshold } from '../config/config.ts';
import type { Direction, Verdict } from './check.ts';
import { cacheHitRate } from './checks/cache-hit-rate.ts';
import { certificate } from './checks/certificate.ts';
import { cpu } from './checks/cpu.ts';
import { databaseConnections } from './checks/database-connections.ts';
import { disk } from './checks/disk.ts';
import { drift } from './checks/drift.ts';
import { errors } from './checks/errors.ts';
import { health } from './checks/health.ts';
import { memory } from './checks/memory.ts';
import { responseTime } from './checks/response-time.ts';
import { restarts } from './checks/restarts.ts';
import { workers } from './checks/workers.ts';
import { expectation } from './threshold.ts';
import type { Evidence, EvidenceId, Gathered } from './evidence.ts';

/** A check whose evidence is complete, whatever it needs; what it only wants may be missing. */
export interface RegisteredCheck {
  id: string;
  title: string;
  describe: string;
  unit?: 'ms' | '%' | 'days' | 'workers' | 'restarts' | 'differences';
  direction: Direction;
  defaults: Threshold;
  needs: readonly EvidenceId[];
  wants?: readonly EvidenceId[];
  evaluate(evidence: Evidence, thresholds: Threshold, unread?: Gathered['unread']): Verdict;
}

/** Every check, in the order of the report; to add one: one file, one line here. */
export const checks = [
  workers,
  cacheHitRate,
  responseTime,
  cpu,
  health,
  restarts,
  memory,
  disk,
  databaseConnections,
  certificate,
  errors,
  drift,
] as const satisfies readonly RegisteredCheck[];

export type CheckId = (typeof checks)[number]['id'];

/** For flags and configuration: what may stand in `--only`, `checks.skip` and `checks.thresholds`. */
export const checkIds: readonly CheckId[] = checks.map(({ id }) => id);

/** What fails where nothing else is set, for people: `workers ≥ 2 workers, cpu < 40 %`. */
export function standardThresholds(): string {
  const failing: readonly RegisteredCheck[] = checks;
  return failing
    .flatMap((check) => {
      const { fail } = check.defaults;
      return fail === undefined ? [] : [`${check.id} ${expectation(check, { fail })}`];
    })
    .join(', ');
}
