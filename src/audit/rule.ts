import type { Stack } from '../stack/stack.ts';
import type { Plan } from '../tune/plan.ts';
import type { Severity, Verdict } from './finding.ts';

export type Category = 'app' | 'proxy' | 'database' | 'resources' | 'operations';

/** One thing to look for. Pure: sees the stack, says what it found. */
export interface Rule<Id extends string = string> {
  /** Kebab-case and for ever: suppressions, baselines and links name it. */
  id: Id;
  category: Category;
  severity: Severity;
  /** The number in the list of the eight causes of a slow stack. */
  cause?: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  /** A sentence each, without a full stop. */
  title: { fail: string; pass: string };
  /** Why it matters, and what is expected. Markdown; the rule's page is made of it. */
  why: string;
  /** An example that fails and one that passes, for the rule's page. */
  example?: { language: 'yaml' | 'nginx' | 'dockerfile' | 'python' | 'ini'; bad: string; good: string };
  /** What it rests on: documentation, source. */
  references: readonly string[];
  /** Rules whose fixes must go in with this one's, or before it. */
  dependsOn?: readonly string[];
  conflictsWith?: readonly string[];
  /** Nothing in the stack that the rule is about: an empty list. */
  evaluate(stack: Stack, context: RuleContext): readonly Verdict[];
}

export interface RuleContext {
  /** The sizes that fit this stack together: workers, pools, limits, PostgreSQL. Computed once, when first asked for. */
  plan(): Plan;
}

/** Keeps the literal type of the id. */
export function rule<const Id extends string>(definition: Rule<Id>): Rule<Id> {
  return definition;
}
