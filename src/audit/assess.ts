import { toFinding } from './build-report.ts';
import type { Finding } from './report.ts';
import type { Verdict } from './finding.ts';
import type { Rule } from './rule.ts';
import { runRules } from './run.ts';
import { suppress } from './suppress.ts';
import type { ReadProblem } from '../readers/problem.ts';
import type { Stack } from '../stack/stack.ts';
import type { Plan } from '../tune/plan.ts';

/** A verdict and what a report makes of it: the one has the edits, the other the place and the suppression. */
export interface Assessed {
  rule: Rule;
  verdict: Verdict;
  finding: Finding;
}

export interface Assessment {
  stack: Stack;
  findings: readonly Assessed[];
  /** Of the readers, and of ignore comments that are not what their writer thinks. */
  problems: readonly ReadProblem[];
}

/** Asks all rules about a stack, and marks what ignore comments silence. */
export function assess(stack: Stack, rules: readonly Rule[], solve: (stack: Stack) => Plan): Assessment {
  const rulings = runRules(stack, rules, () => solve(stack));
  const { findings, problems } = suppress(
    rulings.map(({ rule, verdict }) => toFinding(verdict, rule, stack.files)),
    stack.files,
    stack.compose.paths,
    rules.map(({ id }) => id),
  );
  return {
    stack,
    findings: rulings.flatMap(({ rule, verdict }, index) => {
      const finding = findings[index];
      return finding ? [{ rule, verdict, finding }] : [];
    }),
    problems: [...stack.problems, ...problems],
  };
}
