import { nearest } from '../config/nearest.ts';
import type { ReadProblem } from '../readers/problem.ts';
import type { Files } from '../source/files.ts';
import { isOpen, type Finding, type Place, type Suppression } from './report.ts';

/** A comment that silences a rule at its place: `# ops-ignore RULE reason`. */
export interface IgnoreComment {
  rule: string;
  reason: string;
  place: Place;
  /** Line that it is about: its own, or the next one that is no comment when it stands alone. */
  line: number;
}

const comment = /(?:#|\/\/)[ \t]*ops-ignore(?![\w-])[ \t]*([^\s]*)[ \t]*(.*)$/;

/**
 * The ignore comments of a file. A comment behind a line is about that line, one on a line of its own about the next
 * line that is not a comment.
 */
export function ignoreComments(path: string, text: string): IgnoreComment[] {
  if (!text.includes('ops-ignore')) return [];
  const lines = text.split(/\r\n|\n|\r/);
  return lines.flatMap((content, index): IgnoreComment[] => {
    const match = comment.exec(content);
    if (!match) return [];
    let line = index;
    if (/^\s*(?:#|\/\/)/.test(content)) while (/^\s*(?:(?:#|\/\/).*)?$/.test(lines[line] ?? 'end')) line += 1;
    return [
      {
        rule: match[1] ?? '',
        reason: (match[2] ?? '').replace(/[#*/\s]+$/, '').trim(),
        place: { path, line: index + 1, column: match.index + 1 },
        line: line + 1,
      },
    ];
  });
}

/**
 * Marks the findings that a comment silences. A comment without a reason, for a rule that there is none of, or that
 * silences nothing, is a problem: it is not what its writer thinks.
 *
 * @param paths files that are looked through besides those that findings are in
 */
export function suppress(
  findings: readonly Finding[],
  files: Pick<Files, 'read'>,
  paths: readonly string[],
  ruleIds: readonly string[],
): { findings: Finding[]; problems: ReadProblem[] } {
  const asked = new Set([...paths, ...findings.flatMap(({ location }) => location?.path ?? [])]);
  const comments = [...asked].flatMap((path) => ignoreComments(path, files.read(path) ?? ''));
  const problems: ReadProblem[] = [];
  const valid: IgnoreComment[] = [];
  for (const one of comments) {
    const wrong = mistake(one, ruleIds);
    if (wrong === undefined) valid.push(one);
    else problems.push(problem(files, one, wrong));
  }
  const used = new Set<IgnoreComment>();
  const marked = findings.map((finding): Finding => {
    const found = valid.find(
      ({ rule, place, line }) =>
        finding.rule === rule && finding.location?.path === place.path && finding.location.line === line,
    );
    if (!found) return finding;
    used.add(found);
    if (!isOpen(finding)) return finding;
    const suppressedBy: Suppression = { reason: found.reason, location: found.place };
    return { ...finding, suppressedBy };
  });
  for (const one of valid) {
    if (used.has(one)) continue;
    problems.push(
      problem(files, one, `ops-ignore ${one.rule}: there is no such finding at line ${one.line}.`),
    );
  }
  return { findings: marked, problems };
}

function mistake({ rule, reason }: IgnoreComment, ruleIds: readonly string[]): string | undefined {
  if (rule === '') return 'ops-ignore needs a rule and a reason: # ops-ignore RULE reason';
  if (!ruleIds.includes(rule)) {
    const near = nearest(rule, ruleIds);
    return `ops-ignore ${rule}: there is no such rule${near === undefined ? '' : `; did you mean ${near}?`}`;
  }
  return reason === '' ? `ops-ignore ${rule} needs a reason behind it.` : undefined;
}

function problem(files: Pick<Files, 'read'>, { place }: IgnoreComment, message: string): ReadProblem {
  const text = files.read(place.path) ?? '';
  let start = 0;
  for (let line = 1; line < place.line; line += 1) {
    const end = /\r\n|\n|\r/g;
    end.lastIndex = start;
    const found = end.exec(text);
    start = found ? found.index + found[0].length : text.length;
  }
  start += place.column - 1;
  return { kind: 'syntax', path: place.path, at: { path: place.path, start, end: start }, message };
}
