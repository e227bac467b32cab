import { severities, type FindingStatus } from './finding.ts';
import type { Finding, RuleInfo } from './report.ts';

const groups: Readonly<Record<FindingStatus, number>> = {
  fail: 0,
  opportunity: 0,
  unknown: 1,
  pass: 2,
  notApplicable: 3,
};

/** By place, then by rule, subject and message, so that the order never depends on chance. */
export function compareFindings(one: Finding, other: Finding): number {
  return (
    compare(one.location?.path ?? '\uFFFF', other.location?.path ?? '\uFFFF') ||
    (one.location?.line ?? 0) - (other.location?.line ?? 0) ||
    (one.location?.column ?? 0) - (other.location?.column ?? 0) ||
    compare(one.rule, other.rule) ||
    compare(one.subject, other.subject) ||
    compare(one.message, other.message)
  );
}

/** By UTF-16 units: the same on every machine, whatever its language. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * Worst first: what fails or could be better by severity (a failure before an opportunity), then in the order of the
 * eight causes, then by place; after them what could not be looked at, what passed, what does not apply.
 */
export function sortFindings(
  findings: readonly Finding[],
  rules: readonly Pick<RuleInfo, 'id' | 'cause'>[],
): Finding[] {
  const causes = new Map(rules.map(({ id, cause }) => [id, cause ?? Infinity]));
  const cause = ({ rule }: Finding): number => causes.get(rule) ?? Infinity;
  const rank = ({ status, severity }: Finding): number =>
    groups[status] * 100 + severities.indexOf(severity) * 10 + (status === 'opportunity' ? 1 : 0);
  return findings.toSorted((one, other) => {
    const byRank = rank(one) - rank(other);
    if (byRank !== 0) return byRank;
    const [first, second] = [cause(one), cause(other)];
    return first === second ? compareFindings(one, other) : first - second;
  });
}
