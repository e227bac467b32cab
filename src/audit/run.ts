import type { Stack } from '../stack/stack.ts';
import type { Plan } from '../tune/plan.ts';
import type { Verdict } from './finding.ts';
import type { Rule } from './rule.ts';

/** What one rule says of one subject. */
export interface Ruling {
  rule: Rule;
  verdict: Verdict;
}

/**
 * Asks every rule. A rule that the stack has nothing for gives one `notApplicable`, so that a report tells what was
 * looked for.
 *
 * @param solve the sizes that fit the stack together; called once, and only if a rule asks
 */
export function runRules(stack: Stack, rules: readonly Rule[], solve: () => Plan): Ruling[] {
  let plan: Plan | undefined;
  const context = { plan: () => (plan ??= solve()) };
  return rules.flatMap((rule) => {
    const verdicts = rule.evaluate(stack, context);
    return (verdicts.length === 0 ? [nothingToLookAt] : verdicts).map((verdict) => ({ rule, verdict }));
  });
}

const nothingToLookAt: Verdict = {
  status: 'notApplicable',
  subject: '',
  confidence: 'static',
  message: 'Nothing in this stack that the rule is about.',
};
