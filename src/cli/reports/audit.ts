import { severities } from '../../audit/finding.ts';
import { nothingToLookAt } from '../../audit/formats/prose.ts';
import { machineText, sectionsOf, servicesText, type Sections } from '../../audit/formats/words.ts';
import type { AuditReport, Finding } from '../../audit/report.ts';
import { count } from '../../audit/text.ts';
import { assumedMachineText } from '../../tune/input.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { findingLines, severityFormat, shortFindingLines } from './audit-finding.ts';
import { paintCode, wrap } from './wrap.ts';

export interface AuditReportOptions {
  /** Columns of the terminal. */
  width: number;
  /** What passed is listed too. */
  verbose: boolean;
}

interface Room {
  /** Columns of the terminal, 40 at least. */
  room: number;
  verbose: boolean;
}

/** The report of `ops audit`: the worst first, then what could not be looked at, counts, and what to do next. */
export function auditReport(report: AuditReport, style: Style, options: AuditReportOptions): string {
  const sections = sectionsOf(report);
  const room = Math.max(40, options.width);
  return [
    ...heading(report, style, room),
    ...openFindings(report, sections.open, style, { room, verbose: options.verbose }),
    ...notSeen(report, sections, style, room),
    ...setAside(sections, style, room),
    ...passed(sections, style, room, options.verbose),
    ...summary(report, sections, style, { room, verbose: options.verbose }),
  ].join('\n');
}

function heading(report: AuditReport, style: Style, room: number): string[] {
  const { subject, stack } = report;
  const machine = machineText(report);
  const parts = [
    `${servicesText(report)}${machine === undefined ? '' : ` on ${machine}`}`,
    `${count(stack.files, 'file')} read`,
  ];
  return [
    style(
      'bold',
      sanitizeLine(subject.host === undefined ? subject.name : `${subject.name} · ${subject.host}`),
    ),
    ...wrap(sanitizeLine(parts.join(', ')), room).map((line) => style('dim', line)),
    ...(machine === undefined ? wrap(assumedMachineText, room).map((line) => style('dim', line)) : []),
    '',
  ];
}

/** Those of medium severity and worse in full; the others can wait, and are short unless all is asked for. */
function openFindings(
  report: AuditReport,
  open: readonly Finding[],
  style: Style,
  { room, verbose }: Room,
): string[] {
  if (open.length === 0) return [];
  const pages = new Map(report.rules.map(({ id, docUrl }) => [id, docUrl]));
  const rule = style('dim', '─'.repeat(room));
  const lines = open.flatMap((finding, index) => {
    const place = { room, number: index + 1 };
    return verbose || !canWait(finding)
      ? [rule, ...findingLines(finding, pages.get(finding.rule), style, place), '']
      : [...(canWait(open[index - 1]) ? [] : [rule]), ...shortFindingLines(finding, style, place), ''];
  });
  return [...lines, rule];
}

function canWait(finding: Finding | undefined): boolean {
  return finding?.severity === 'low' || finding?.severity === 'info';
}

function notSeen(report: AuditReport, { unknown }: Sections, style: Style, room: number): string[] {
  const texts = [
    ...[...Map.groupBy(unknown, ({ subject, message }) => `${subject}\n${message}`).values()].flatMap(
      ([first, ...others]) => (first === undefined ? [] : reasonOf(first, others)),
    ),
    ...report.problems.map(({ path, line, column, message }) => {
      const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
      return `${place}: ${message}`;
    }),
  ];
  if (texts.length === 0) return [];
  return [
    style(['magenta', 'bold'], `Could not be looked at, so no pass (${texts.length})`),
    ...texts.flatMap((text) => item('?', text, style, room, 'magenta')),
    '',
  ];
}

/** A reason that keeps several rules from looking is told once. */
function reasonOf({ rule, subject, message }: Finding, others: readonly Finding[]): string {
  const rules = [rule, ...others.map((other) => other.rule)];
  const shown = rules.slice(0, 3).join(', ');
  const more = rules.length > 3 ? ` and ${rules.length - 3} more` : '';
  return `${named(shown + more, subject)}: ${message}`;
}

function named(rule: string, subject: string): string {
  return subject === '' ? rule : `${rule}, ${subject}`;
}

/** One entry of a list: a mark, and lines that hang below its text. */
function item(
  mark: string,
  text: string,
  style: Style,
  room: number,
  format: 'magenta' | 'green' | 'dim',
): string[] {
  const lines = paintCode(wrap(sanitizeLine(text), room - 4), style);
  return lines.map((line, index) => (index === 0 ? `  ${style(format, mark)} ${line}` : `    ${line}`));
}

function setAside({ suppressed, known }: Sections, style: Style, room: number): string[] {
  if (suppressed.length === 0 && known.length === 0) return [];
  const texts = suppressed.map(
    ({ rule, subject, suppressedBy }) => `${named(rule, subject)}: ignored, ${suppressedBy?.reason ?? ''}`,
  );
  return [
    style('bold', 'Set aside'),
    ...texts.flatMap((text) => item('–', text, style, room, 'dim')),
    ...(known.length > 0 ? item('–', `${known.length} known from the baseline`, style, room, 'dim') : []),
    '',
  ];
}

function passed(sections: Sections, style: Style, room: number, verbose: boolean): string[] {
  const others = nothingToLookAt(sections);
  if (!verbose) return [];
  const lines = [
    ...sections.passed.flatMap(({ title, subject, rule }) =>
      item('✔', `${subject === '' ? '' : `${subject}: `}${title} (${rule})`, style, room, 'green'),
    ),
    ...others.flatMap((rule) => item('–', `${rule}: nothing to look at`, style, room, 'dim')),
  ];
  return lines.length === 0 ? [] : [style('bold', 'As it should be'), ...lines, ''];
}

function summary(report: AuditReport, sections: Sections, style: Style, { room, verbose }: Room): string[] {
  const { counts, baseline } = report;
  const { open, unknown } = sections;
  const parts = [
    ...severities
      .filter((severity) => counts.severity[severity] > 0)
      .map((severity) => style(severityFormat[severity], `${counts.severity[severity]} ${severity}`)),
    ...(unknown.length > 0 ? [style('magenta', `${unknown.length} unknown`)] : []),
    ...(counts.suppressed > 0 ? [`${counts.suppressed} ignored`] : []),
    ...(counts.known > 0 ? [`${counts.known} known`] : []),
    ...(baseline !== undefined && baseline.gone > 0 ? [style('green', `${baseline.gone} gone`)] : []),
    style('green', `${counts.status.pass} passed`),
    ...(counts.status.notApplicable > 0
      ? [style('dim', `${counts.status.notApplicable} not applicable`)]
      : []),
  ];
  const done =
    open.length === 0
      ? [
          style(
            'green',
            unknown.length === 0 && report.problems.length === 0
              ? '✔ Nothing found.'
              : '✔ Nothing found in what could be looked at.',
          ),
        ]
      : [];
  return [...done, ...wrapStyled(parts, room), ...next(open, style, { room, verbose })];
}

/** Painted parts with commas between, in lines. */
function wrapStyled(parts: readonly string[], room: number): string[] {
  // A line break between two parts only.
  return wrap(parts.map((part) => part.replaceAll(' ', '\u00A0')).join(', '), room).map((line) =>
    line.replaceAll('\u00A0', ' '),
  );
}

function next(open: readonly Finding[], style: Style, { room, verbose }: Room): string[] {
  if (open.length === 0) return [];
  const fixable = open.filter(({ fix }) => fix?.diff !== undefined).length;
  const fixes =
    fixable === open.length
      ? fixable === 1
        ? 'the fix'
        : `all ${fixable} fixes`
      : count(fixable, 'fix', 'fixes');
  const texts = [
    fixable === 0
      ? 'Next: `ops audit --format markdown` writes all of this down, with the reasons.'
      : `Next: \`ops audit --fix\` applies ${fixes}, shown as a diff first.`,
    ...(!verbose && open.some(canWait) ? ['`--verbose` shows what can wait in full, and what passed.'] : []),
  ];
  return ['', ...texts.flatMap((text) => paintCode(wrap(text, room), style))];
}
