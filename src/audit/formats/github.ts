import type { Severity } from '../finding.ts';
import type { AuditReport, Finding, Place, SourceLocation } from '../report.ts';
import { count, cut, harmless, oneLine } from '../text.ts';
import { escapeMarkdown, inlineMarkdown, tableRow } from './markdown-text.ts';
import { markdownReport } from './markdown.ts';
import {
  otherCounts,
  placeInRepository,
  placeText,
  repositoryPath,
  requirement,
  sectionsOf,
  severityCounts,
} from './words.ts';

/**
 * Annotations of one kind that GitHub shows of one step; the rest is dropped without a word. The 50 of a job are never
 * reached by three kinds. https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
 */
const mostOfKind = 10;
/** Of `$GITHUB_STEP_SUMMARY`, per step. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits */
export const summaryBytes = 1024 * 1024;

type Kind = 'error' | 'warning' | 'notice';

const kinds: Readonly<Record<Severity, Kind>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'notice',
  info: 'notice',
};

/** Workflow commands that annotate the files of a pull request: the worst findings of each kind, then how many are left. */
export function githubReport(report: AuditReport): string {
  const { open, unknown } = sectionsOf(report);
  const byKind: Record<Kind, Finding[]> = { error: [], warning: [], notice: [] };
  for (const finding of open)
    byKind[finding.status === 'opportunity' ? 'notice' : kinds[finding.severity]].push(finding);
  const cutOff = unknown.length > 0 || Object.values(byKind).some((findings) => findings.length > mostOfKind);
  const shown = {
    error: byKind.error.slice(0, mostOfKind),
    warning: byKind.warning.slice(0, mostOfKind),
    // The last notice tells of the rest.
    notice: byKind.notice.slice(0, cutOff ? mostOfKind - 1 : mostOfKind),
  };
  const rest = open.length - shown.error.length - shown.warning.length - shown.notice.length;
  const left = [
    ...(rest > 0 ? [count(rest, 'more finding')] : []),
    ...(unknown.length > 0 ? [`${unknown.length} could not be looked at`] : []),
  ];
  const lines = [
    ...shown.error.map((finding) => annotation('error', finding, report)),
    ...shown.warning.map((finding) => annotation('warning', finding, report)),
    ...shown.notice.map((finding) => annotation('notice', finding, report)),
    ...(left.length > 0
      ? [command('notice', { title: 'ops audit' }, `${left.join(', ')}: see the summary of the job.`)]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function annotation(kind: Kind, finding: Finding, report: AuditReport): string {
  const { location, subject, title, rule, message, current, expected, fix } = finding;
  const place = placeInRepository(report, finding);
  const properties = {
    ...(place === undefined
      ? {}
      : { file: repositoryPath(report, place.path) ?? place.path, ...lines(place) }),
    title: cut(oneLine(`${title} (${rule})`), 200),
  };
  const text = [
    `${oneLine(subject)}: ${oneLine(message)}`,
    ...(location === undefined || location === place ? [] : [`At ${oneLine(placeText(location))}`]),
    ...(current === undefined ? [] : [`Now: ${oneLine(current)}`]),
    ...(expected === undefined ? [] : [`Expected: ${oneLine(expected)}`]),
    ...(fix === undefined ? [] : [`Fix: ${oneLine(fix.title)}; takes ${requirement[fix.requires]}`]),
  ];
  // An annotation holds 64 KB; a person reads much less.
  return command(kind, properties, text.map((line) => cut(line, 2_000)).join('\n'));
}

function lines(place: Place | SourceLocation): Record<string, number> {
  if (!('endLine' in place)) return { line: place.line };
  const { line, column, endLine, endColumn } = place;
  // Columns are for a place within one line.
  return { line, endLine, ...(line === endLine ? { col: column, endColumn } : {}) };
}

/** One workflow command. https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function command(kind: Kind, properties: Readonly<Record<string, string | number>>, message: string): string {
  const words = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${kind} ${words.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return harmless(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Markdown for `$GITHUB_STEP_SUMMARY`: a table of everything that is open, then the report, as far as there is room. */
export function githubSummary(report: AuditReport): string {
  const { open } = sectionsOf(report);
  const head = [
    `## ops audit: ${escapeMarkdown(report.subject.name)}`,
    '',
    [open.length === 0 ? 'Nothing found' : severityCounts(report), ...otherCounts(report)].join(', ') + '.',
    '',
    ...(open.length === 0
      ? []
      : [tableRow(['severity', 'finding', 'where']), tableRow(['---', '---', '---'])]),
  ];
  const rows = open.map(({ severity, title, subject, location, rule }) =>
    tableRow([
      severity,
      `${inlineMarkdown(title)} (${rule})`,
      location === undefined ? escapeMarkdown(subject) : escapeMarkdown(placeText(location)),
    ]),
  );
  const details = [
    '',
    '<details><summary>The whole report</summary>',
    '',
    markdownReport(report),
    '</details>',
    '',
  ];
  const note = '\n\nThe rest has no room here: see `ops audit --format markdown`.\n';
  const whole = [...head, ...rows, ...details].join('\n');
  return byteLength(whole) <= summaryBytes
    ? whole
    : `${fitting([...head, ...rows], summaryBytes - byteLength(note))}${note}`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** As many whole lines as fit. */
function fitting(lines: readonly string[], bytes: number): string {
  const kept: string[] = [];
  let room = bytes;
  for (const line of lines) {
    room -= byteLength(line) + 1;
    if (room < 0) break;
    kept.push(line);
  }
  return kept.join('\n');
}
