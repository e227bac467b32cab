import { severities, type Fix } from '../audit/finding.ts';
import { isOpen } from '../audit/report.ts';
import { compareFindings } from '../audit/sort.ts';
import { changesBetween, withEdits, type Change } from '../source/changes.ts';
import type { Files } from '../source/files.ts';
import type { Assessed, Assessment } from '../audit/assess.ts';

export interface FixOptions {
  /** Ids of the rules to fix; undefined: all. What a fix cannot go without goes in with it. */
  only?: readonly string[];
  /** Asked for each change before it is made; a refusal leaves out what belongs to it, too. */
  accept?: (fix: ProposedFix) => Promise<boolean> | boolean;
  /**
   * Judged with what the running stack says, which no edit changes: what is found there and takes a person is not
   * edited, although the files alone would allow it, and what only shows there is left.
   */
  live?: Assessment;
}

/** Changes that go in together or not at all. */
export interface ProposedFix {
  /** In the order of application; the first is the one that was looked for. */
  parts: readonly FixPart[];
  /** Text before and after, by path. */
  changes: ReadonlyMap<string, Change>;
}

export interface FixPart extends Pick<Fix, 'title' | 'requires' | 'risk' | 'manual'> {
  rule: string;
  subject: string;
}

/** A finding that stays, and why. */
export interface LeftFinding {
  rule: string;
  subject: string;
  title: string;
  why: string;
  /** What a person has to do. Markdown. */
  manual?: string;
}

export interface FixResult {
  applied: readonly ProposedFix[];
  left: readonly LeftFinding[];
  /** All changes together. */
  changes: ReadonlyMap<string, Change>;
  /** Of the changed files. */
  after: Assessment;
}

/**
 * Fixes one finding after the other, worst first, each time on what the one before has left: the files are read and
 * all rules asked again in between, so edits never overlap and always fit.
 *
 * A fix stays only if its finding is gone afterwards, every file still reads, and nothing at medium or above has come
 * up that was not there. What it depends on (`dependsOn`) goes in with it, or it does not go in.
 *
 * @param assess reads and judges the given files; pure
 */
export async function fixFindings(
  files: Files,
  assess: (files: Files) => Assessment,
  options: FixOptions = {},
): Promise<FixResult> {
  const applied: ProposedFix[] = [];
  const left = new Map<string, LeftFinding>();
  const seen: LeftFinding[] = [];
  let current = files;
  let state = assess(current);
  for (const one of options.live ? candidates(options.live, options.only, true) : []) {
    const inFiles = candidates(state, options.only, true).find(sameAs(one));
    if (inFiles && !hasEdits(one))
      left.set(keyOf(inFiles), leave(one, 'The running stack says that it takes a person.'));
    else if (!inFiles) seen.push(leave(one, 'Only the running stack shows it.'));
  }
  while (applied.length < mostFixes) {
    const next = candidates(state, options.only).find((one) => !left.has(keyOf(one)));
    if (!next) break;
    const trial = tryFix(current, state, next, assess);
    if ('why' in trial) {
      left.set(keyOf(next), leave(next, trial.why));
      continue;
    }
    const proposed: ProposedFix = { parts: trial.parts, changes: changesBetween(current, trial.files) };
    if (options.accept && !(await options.accept(proposed))) {
      left.set(keyOf(next), leave(next, 'It was not wanted.'));
      continue;
    }
    applied.push(proposed);
    current = trial.files;
    state = trial.state;
  }
  for (const one of candidates(state, options.only, true)) {
    if (!left.has(keyOf(one))) left.set(keyOf(one), leave(one, 'There is no safe edit for it.'));
  }
  const open = new Set(candidates(state, undefined, true).map((one) => keyOf(one)));
  return {
    applied,
    // What was refused on its own may have gone in as part of another.
    left: [...[...left].filter(([key]) => open.has(key)).map(([, value]) => value), ...seen],
    changes: changesBetween(files, current),
    after: state,
  };
}

interface Trial {
  files: Files;
  state: Assessment;
  parts: FixPart[];
}

/** Rules that undo each other's work must not go on for ever. */
const mostFixes = 500;
/** Most steps of one coupled fix; more is a rule whose fix does not mend it. */
const mostParts = 20;

function tryFix(
  files: Files,
  before: Assessment,
  first: Assessed,
  assess: (files: Files) => Assessment,
): Trial | { why: string } {
  const parts: FixPart[] = [];
  const coupled = new Set([first.rule.id, ...(first.rule.dependsOn ?? [])]);
  let current = files;
  let state = before;
  let next: Assessed | undefined = first;
  while (next) {
    if (parts.length >= mostParts) return { why: 'Its fix does not come to an end.' };
    const { fix } = next.verdict;
    if (!fix || fix.edits.length === 0)
      return { why: `It needs ${next.rule.id} (${next.verdict.subject}) mended, which takes a person.` };
    const outside = fix.edits.find(({ path }) => files.read(path) === undefined);
    if (outside) return { why: `${outside.path} is not a file of this project.` };
    current = withEdits(current, fix.edits);
    parts.push(partOf(next, fix));
    const same = sameAs(next);
    const count = openFindings(state).filter(same).length;
    state = assess(current);
    if (openFindings(state).filter(same).length >= count)
      return { why: 'After the edit it would still be found.' };
    for (const id of next.rule.dependsOn ?? []) coupled.add(id);
    next = openFindings(state).find(({ rule }) => rule.id !== first.rule.id && coupled.has(rule.id));
  }
  const same = sameAs(first);
  if (openFindings(state).filter(same).length >= openFindings(before).filter(same).length)
    return { why: 'What goes in with it would bring it back.' };
  const broken = state.problems.find(
    ({ kind, message }) => kind === 'syntax' && !before.problems.some((one) => one.message === message),
  );
  if (broken) return { why: `${broken.path} would not read any more: ${broken.message}` };
  const known = openFindings(before);
  const worse = openFindings(state).find(
    (one) => isGrave(one) && one.finding.status === 'fail' && !known.some(sameAs(one)),
  );
  if (worse) return { why: `It would bring up ${worse.rule.id}: ${worse.verdict.message}` };
  return { files: current, state, parts };
}

/** Of the same rule and subject: one less of them after each edit, wherever they stand. */
function sameAs({ rule, verdict }: Assessed): (other: Assessed) => boolean {
  return (other) => other.rule.id === rule.id && other.verdict.subject === verdict.subject;
}

function openFindings(state: Assessment): Assessed[] {
  return state.findings.filter(({ finding }) => isOpen(finding));
}

/** What can be mended, worst first; with `all` also what has no edits. */
function candidates(state: Assessment, only: readonly string[] | undefined, all = false): Assessed[] {
  const cause = ({ rule }: Assessed): number => rule.cause ?? Infinity;
  const rank = ({ finding }: Assessed): number => severities.indexOf(finding.severity);
  return openFindings(state)
    .filter(
      ({ rule, verdict }) => (only === undefined || only.includes(rule.id)) && (all || hasEdits({ verdict })),
    )
    .toSorted(
      (one, other) =>
        rank(one) - rank(other) ||
        (cause(one) === cause(other) ? 0 : cause(one) - cause(other)) ||
        compareFindings(one.finding, other.finding),
    );
}

function hasEdits({ verdict }: Pick<Assessed, 'verdict'>): boolean {
  return (verdict.fix?.edits.length ?? 0) > 0;
}

function isGrave({ finding }: Assessed): boolean {
  return severities.indexOf(finding.severity) <= severities.indexOf('medium');
}

/** Lines change with every edit; what is left alone once is left alone in its whole file. */
function keyOf({ rule, verdict }: Assessed): string {
  return [rule.id, verdict.subject, verdict.at?.path ?? ''].join('\0');
}

function partOf({ rule, verdict }: Assessed, { title, requires, risk, manual }: Fix): FixPart {
  return {
    rule: rule.id,
    subject: verdict.subject,
    title,
    requires,
    ...(risk === undefined ? {} : { risk }),
    ...(manual === undefined ? {} : { manual }),
  };
}

function leave({ rule, verdict, finding }: Assessed, why: string): LeftFinding {
  return {
    rule: rule.id,
    subject: verdict.subject,
    title: finding.title,
    why,
    ...(verdict.fix?.manual === undefined ? {} : { manual: verdict.fix.manual }),
  };
}
