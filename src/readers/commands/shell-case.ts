import type { CommandWord } from './word.ts';

/** A `case` of a script; where its word is known, one branch of it runs. */
export interface Case {
  /** Undefined: not known, any branch may run. */
  subject?: string;
  /** Its place among the openers. */
  depth: number;
  /** The patterns of a branch are being read, its commands run, or they do not. */
  state: 'patterns' | 'runs' | 'skipped' | 'unknown';
  patterns: string[];
  taken: boolean;
}

/** Whether the branch runs whose patterns end here. */
export function choose(open: Case, last: readonly CommandWord[]): void {
  const patterns = [...open.patterns, ...last.map(({ text }) => text)];
  open.patterns = [];
  const { subject } = open;
  const vague =
    last.some(({ resolved }) => !resolved) || patterns.some((pattern) => /[?[]|.\*.|\*.*\*/.test(pattern));
  if (subject === undefined || vague) {
    // A pattern that is not known may have been the one.
    open.state = open.taken ? 'skipped' : 'unknown';
    delete open.subject;
    return;
  }
  const runs = !open.taken && patterns.some((pattern) => matches(pattern, subject));
  open.state = runs ? 'runs' : 'skipped';
  open.taken ||= runs;
}

/** `*`, `worker*`, `*worker` and words. */
function matches(pattern: string, subject: string): boolean {
  if (pattern.endsWith('*')) return subject.startsWith(pattern.slice(0, -1));
  if (pattern.startsWith('*')) return subject.endsWith(pattern.slice(1));
  return pattern === subject;
}
