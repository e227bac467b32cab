import { quote } from '../../shell/quote.ts';
import type { AuditReport, Finding } from '../report.ts';
import { count, oneLine } from '../text.ts';
import {
  machineText,
  otherCounts,
  rulesOf,
  sectionsOf,
  servicesText,
  severityCounts,
  type Sections,
} from './words.ts';

/* Sentences that the long formats (Markdown, HTML) share. Plain text; `code` between backticks only around our own words. */

/** Does not claim more than was seen: that a stack is slow takes more than reading its files. */
export function reportTitle(report: AuditReport): string {
  const rules = rulesOf(report);
  const causes = sectionsOf(report).open.filter(({ rule }) => rules.get(rule)?.cause !== undefined);
  const name = oneLine(report.subject.name);
  if (causes.length === 0) return `Audit of ${name}`;
  return causes.some(({ confidence }) => confidence === 'measured')
    ? `Why ${name} is slow`
    : `What can make ${name} slow`;
}

/** The paragraph that opens a report: what the stack is, what was found, and how it is known. */
export function opening(report: AuditReport): string[] {
  const { open } = sectionsOf(report);
  const machine = machineText(report);
  const worst = open[0];
  return [
    `${oneLine(report.subject.name)} is a Compose stack of ${servicesText(report)}${machine === undefined ? '' : ` on ${machine}`}.`,
    ...serverSentences(report),
    ...(worst === undefined
      ? ['Nothing was found that has to be changed.']
      : [
          `${count(open.length, 'finding')}: ${severityCounts(report)}.`,
          `The first to look at: ${lowerFirst(oneLine(worst.title))} (${oneLine(worst.subject)}).`,
        ]),
    ...(otherCounts(report).length === 0 ? [] : [`Besides: ${otherCounts(report).join(', ')}.`]),
  ];
}

/** `backend runs 1 worker of uvicorn, db is PostgreSQL 17, nginx is nginx 1.26.` */
function serverSentences({ stack }: AuditReport): string[] {
  const parts = stack.services.flatMap(({ name, role, server, workers, version, replicas }) => {
    const copies = replicas === 1 ? '' : ` in each of ${replicas} containers`;
    if (server !== undefined)
      return [
        `${name} runs ${workers === undefined ? server : `${count(workers, 'process', 'processes')} of ${server}`}${copies}`,
      ];
    if (role === 'postgres') return [`${name} is PostgreSQL${version === undefined ? '' : ` ${version}`}`];
    if (role === 'proxy') return [`${name} is nginx${version === undefined ? '' : ` ${version}`}`];
    return [];
  });
  return parts.length === 0 ? [] : [`${oneLine(parts.join(', '))}.`];
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Where the figures come from. */
export function origin({ subject, at, tool, stack }: AuditReport): string {
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC`;
  const from = {
    directory: `read in ${count(stack.files, 'file')} of the project`,
    target: `read in ${count(stack.files, 'file')} and seen on ${subject.host ?? 'the server'}`,
    evidence: 'replayed from saved evidence',
  }[subject.kind];
  return `${tool.name} ${tool.version}, ${when}, ${from}.`;
}

/** How one finding is known. */
export function confidenceText({ confidence }: Pick<Finding, 'confidence'>): string {
  return {
    static: 'read in the files',
    live: 'seen on the running stack',
    measured: 'its effect was measured',
  }[confidence];
}

/** The commands that repeat the audit and mend what can be mended. */
export function repeatCommands({ subject }: AuditReport): { text: string; command: string }[] {
  const audit = {
    directory: 'ops audit',
    target: `ops audit -t ${safeQuote(subject.name)}`,
    evidence: `ops audit --evidence ${safeQuote(subject.name)}`,
  }[subject.kind];
  return [
    {
      text: subject.kind === 'directory' ? 'Audit again, in the directory of the project' : 'Audit again',
      command: audit,
    },
    {
      text: 'Show every fix as a diff and apply it',
      command: `${subject.kind === 'evidence' ? 'ops audit' : audit} --fix`,
    },
    { text: 'Look at a running server too', command: 'ops audit -t TARGET' },
  ].slice(0, subject.kind === 'directory' ? 3 : 2);
}

function safeQuote(text: string): string {
  return quote(oneLine(text));
}

/** Findings of the same rule as one line: the rule's title and its subjects. */
export function bySubject(
  findings: readonly Finding[],
): { rule: string; title: string; subjects: string[] }[] {
  const groups = new Map<string, { rule: string; title: string; subjects: string[] }>();
  for (const { rule, title, subject } of findings) {
    const group = groups.get(rule) ?? { rule, title, subjects: [] };
    if (subject !== '' && !group.subjects.includes(subject)) group.subjects.push(subject);
    groups.set(rule, group);
  }
  return [...groups.values()];
}

/** Rules that found nothing to look at anywhere in the stack. */
export function nothingToLookAt({ notApplicable, ...others }: Sections): string[] {
  const asked = new Set(Object.values(others).flatMap((findings) => findings.map(({ rule }) => rule)));
  return [...new Set(notApplicable.map(({ rule }) => rule))].filter((rule) => !asked.has(rule));
}
