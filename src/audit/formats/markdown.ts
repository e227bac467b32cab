import type { AuditReport, Finding, RuleInfo } from '../report.ts';
import { harmless } from '../text.ts';
import { excerptText } from './excerpt-text.ts';
import { codeBlock, codeSpan, escapeMarkdown, inlineMarkdown, tableRow } from './markdown-text.ts';
import {
  bySubject,
  confidenceText,
  nothingToLookAt,
  opening,
  origin,
  repeatCommands,
  reportTitle,
} from './prose.ts';
import { placeText, requirement, rulesOf, sectionsOf, severityWord, type Sections } from './words.ts';

/** A report for people: what was found in this stack, why it matters, and each fix as a diff. */
export function markdownReport(report: AuditReport): string {
  const sections = sectionsOf(report);
  const blocks = [
    `# ${escapeMarkdown(reportTitle(report))}`,
    opening(report).map(inlineMarkdown).join(' '),
    `*${escapeMarkdown(origin(report))}*`,
    ...causeTable(sections.open),
    ...findingSections(report, sections.open),
    ...passed(sections),
    ...notSeen(report, sections),
    ...setAside(sections),
    ...repeat(report),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function causeTable(open: readonly Finding[]): string[] {
  if (open.length === 0) return [];
  const head = ['#', 'cause', 'where', 'now', 'should be'];
  const rows = open.map((finding, index) =>
    tableRow([
      String(index + 1),
      `${inlineMarkdown(finding.title)} (${finding.severity})`,
      whereText(finding),
      inlineMarkdown(finding.current ?? ''),
      inlineMarkdown(finding.expected ?? ''),
    ]),
  );
  return ['## Causes', [tableRow(head), tableRow(head.map(() => '---')), ...rows].join('\n')];
}

function whereText({ subject, location }: Finding): string {
  const place = location === undefined ? '' : codeSpan(`${location.path}:${location.line}`);
  return [escapeMarkdown(subject), place].filter((part) => part !== '').join(', ');
}

function findingSections(report: AuditReport, open: readonly Finding[]): string[] {
  if (open.length === 0) return [];
  const rules = rulesOf(report);
  const first = new Map<string, number>();
  return [
    '## Findings',
    ...open.flatMap((finding, index) => {
      const explained = first.get(finding.rule);
      if (explained === undefined) first.set(finding.rule, index + 1);
      return section(finding, index + 1, rules.get(finding.rule), explained);
    }),
  ];
}

/** `explained`: the number of the finding that has told why already. */
function section(
  finding: Finding,
  number: number,
  rule: RuleInfo | undefined,
  explained: number | undefined,
): string[] {
  const { severity, status, subject, title, message, location, current, expected } = finding;
  const name = rule === undefined ? finding.rule : `[${finding.rule}](<${rule.docUrl}>)`;
  const kind = status === 'opportunity' ? `${severityWord[severity]} opportunity` : severityWord[severity];
  return [
    `### ${number}. ${inlineMarkdown(title)}`,
    `**${kind}** · ${escapeMarkdown(subject)} · ${name} · ${confidenceText(finding)}`,
    inlineMarkdown(message),
    ...(location === undefined
      ? []
      : [`${codeSpan(placeText(location))}:`, codeBlock(excerptText(location), 'text')]),
    ...evidenceList(finding),
    ...(current === undefined && expected === undefined
      ? []
      : [
          [
            ...(current === undefined ? [] : [`- Now: ${inlineMarkdown(current)}`]),
            ...(expected === undefined ? [] : [`- Should be: ${inlineMarkdown(expected)}`]),
          ].join('\n'),
        ]),
    ...why(rule, explained),
    ...fixBlocks(finding),
  ];
}

function evidenceList({ evidence, location }: Finding): string[] {
  // What the excerpt shows already is not said again.
  const more = evidence.filter(
    (line) =>
      line.location === undefined ||
      line.location.line !== location?.line ||
      line.location.path !== location.path,
  );
  if (more.length === 0) return [];
  const lines = more.map(({ text, source, location: at }) => {
    const from = at === undefined ? source : placeText(at);
    return `- ${from === undefined ? '' : `${codeSpan(from)}: `}${codeSpan(text)}`;
  });
  return [`Evidence:\n\n${lines.join('\n')}`];
}

function why(rule: RuleInfo | undefined, explained: number | undefined): string[] {
  if (rule === undefined) return [];
  return ['#### Why', explained === undefined ? rule.why : `As for finding ${explained}.`];
}

function fixBlocks({ fix }: Finding): string[] {
  if (fix === undefined) return [];
  const takes = `It takes ${requirement[fix.requires]}.`;
  const risk = fix.risk === undefined ? '' : ` ${inlineMarkdown(fix.risk)}`;
  return [
    '#### Fix',
    `${inlineMarkdown(fix.title)}. ${takes}${risk}`,
    ...(fix.diff === undefined ? [] : [codeBlock(fix.diff, 'diff')]),
    ...(fix.manual === undefined ? [] : [harmless(fix.manual)]),
  ];
}

function passed(sections: Sections): string[] {
  const lines = bySubject(sections.passed).map(
    ({ rule, title, subjects }) =>
      `- ${inlineMarkdown(title)}: ${subjects.map(escapeMarkdown).join(', ')} (${rule})`,
  );
  const others = nothingToLookAt(sections);
  return [
    ...(lines.length === 0 ? [] : ['## What is as it should be', lines.join('\n')]),
    ...(others.length === 0 ? [] : [`Nothing to look at: ${others.join(', ')}.`]),
  ];
}

function notSeen(report: AuditReport, { unknown }: Sections): string[] {
  const lines = [
    ...unknown.map(
      ({ rule, subject, message }) => `- ${rule}, ${escapeMarkdown(subject)}: ${inlineMarkdown(message)}`,
    ),
    ...report.problems.map(({ path, line, message }) => {
      const place = line === undefined ? path : `${path}:${line}`;
      return `- ${codeSpan(place)}: ${inlineMarkdown(message)}`;
    }),
  ];
  return lines.length === 0
    ? []
    : ['## What could not be looked at', 'None of this is a pass.', lines.join('\n')];
}

function setAside({ suppressed, known }: Sections): string[] {
  const lines = [
    ...suppressed.map(
      ({ rule, subject, suppressedBy }) =>
        `- ${rule}, ${escapeMarkdown(subject)}: ${escapeMarkdown(suppressedBy?.reason ?? '')}${suppressedBy?.location === undefined ? '' : ` (${codeSpan(placeText(suppressedBy.location))})`}`,
    ),
    ...known.map(({ rule, subject }) => `- ${rule}, ${escapeMarkdown(subject)}: known from the baseline`),
  ];
  return lines.length === 0 ? [] : ['## Set aside', lines.join('\n')];
}

function repeat(report: AuditReport): string[] {
  const commands = repeatCommands(report).flatMap(({ text, command }) => [`# ${text}`, command]);
  return ['## How to repeat', codeBlock(commands.join('\n'), 'sh')];
}
