import type { Threshold } from '../config/config.ts';
import type { Evidence, EvidenceId, Gathered } from './evidence.ts';

/** `unknown`: could not look, never a pass. `notApplicable`: there is nothing to look at. */
export type Status = 'pass' | 'warn' | 'fail' | 'unknown' | 'notApplicable';

export interface Verdict {
  status: Status;
  /** In the check's unit. */
  value?: number;
  /** More figures in that unit, for a history: `p50`. */
  figures?: Readonly<Record<string, number>>;
  /** What would pass: `< 200 ms`, `1 master + 4 workers`. */
  expected: string;
  /** One sentence: what was seen, and where it came from. */
  message: string;
  /** Further lines: a service each, for instance. */
  detail?: readonly string[];
}

/** How a value is compared with its thresholds: a value that does not satisfy `fail` fails. */
export type Direction = 'below' | 'above' | 'atLeast' | 'atMost';

/** One verification with a threshold; pure: it sees evidence that was gathered before. */
export interface Check<
  Id extends string = string,
  Needs extends EvidenceId = EvidenceId,
  Wants extends EvidenceId = never,
> {
  id: Id;
  title: string;
  /** For the documentation: what is looked at, and when it warns or fails. Markdown, one paragraph. */
  describe: string;
  unit?: 'ms' | '%' | 'days' | 'workers' | 'restarts' | 'differences';
  direction: Direction;
  defaults: Threshold;
  /** Evidence without which the verdict is `unknown`. */
  needs: readonly Needs[];
  /** Evidence that is looked at too, and without which something can still be told. */
  wants?: readonly Wants[];
  /** @param unread why wanted evidence is missing */
  evaluate(
    evidence: Pick<Evidence, Needs | 'settings'> & Partial<Pick<Evidence, Wants>>,
    thresholds: Threshold,
    unread?: Gathered['unread'],
  ): Verdict;
}

/** Types a check by the evidence that it needs. */
export function check<
  const Id extends string,
  const Needs extends EvidenceId,
  const Wants extends EvidenceId = never,
>(definition: Check<Id, Needs, Wants>): Check<Id, Needs, Wants> {
  return definition;
}
