import type { ChecksConfig } from '../config/config.ts';
import type { Status, Verdict } from './check.ts';
import type { Evidence, EvidenceId, Gathered } from './evidence.ts';
import { checks, type CheckId, type RegisteredCheck } from './registry.ts';
import { expectation } from './threshold.ts';

export interface CheckResult extends Verdict {
  id: CheckId;
  title: string;
  unit?: NonNullable<RegisteredCheck['unit']>;
}

type Selected = RegisteredCheck & { id: CheckId };

/** The checks that are asked for, in the order of the registry: `only` (all when empty) less `skip`. */
export function selectChecks(only: readonly string[], skip: readonly string[]): readonly Selected[] {
  // What is named on the command line is wanted even if the configuration skips it.
  return checks.filter(({ id }) => (only.length > 0 ? only.includes(id) : !skip.includes(id)));
}

/** What must be gathered for these checks. */
export function neededEvidence(selected: readonly Selected[]): ReadonlySet<EvidenceId> {
  return new Set(selected.flatMap(({ needs, wants = [] }) => [...needs, ...wants]));
}

/** Every selected check on what was gathered; evidence that it needs and that is missing makes a verdict `unknown`, never a pass. */
export function evaluate(
  selected: readonly Selected[],
  { evidence, unread }: Gathered,
  config: Pick<ChecksConfig, 'thresholds'>,
): CheckResult[] {
  return selected.map((check) => {
    const thresholds = { ...check.defaults, ...config.thresholds[check.id] };
    const missing = check.needs.find((need) => evidence[need] === undefined);
    const verdict: Verdict =
      missing === undefined
        ? check.evaluate(evidence as Evidence, thresholds, unread)
        : {
            status: 'unknown',
            expected: expectation(check, thresholds),
            message: unread[missing] ?? `Could not look: ${missing} is missing.`,
          };
    return {
      id: check.id,
      title: check.title,
      ...(check.unit === undefined ? {} : { unit: check.unit }),
      ...verdict,
    };
  });
}

/** How many results have each status. */
export function tally(results: readonly { status: Status }[]): Record<Status, number> {
  const counts: Record<Status, number> = { pass: 0, warn: 0, fail: 0, unknown: 0, notApplicable: 0 };
  for (const { status } of results) counts[status] += 1;
  return counts;
}

/** Whether the command fails: a failed check always, a warning or an unknown on request. */
export function isFailure(
  counts: Readonly<Record<Status, number>>,
  { failOn, strict }: { failOn: 'fail' | 'warn'; strict: boolean },
): boolean {
  return counts.fail > 0 || (failOn === 'warn' && counts.warn > 0) || (strict && counts.unknown > 0);
}
