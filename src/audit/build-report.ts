import type { ReadProblem } from '../readers/problem.ts';
import type { Files } from '../source/files.ts';
import { lineColumn, type Span } from '../source/span.ts';
import { maskDiff, unifiedDiff } from './diff.ts';
import { sourceLocation } from './excerpt.ts';
import { fingerprint } from './fingerprint.ts';
import type { EvidenceLine, Fix, Severity, Verdict } from './finding.ts';
import { maskLine } from './mask.ts';
import {
  isOpen,
  type AuditCounts,
  type AuditReport,
  type Finding,
  type FindingEvidence,
  type FindingFix,
  type Place,
  type ReportProblem,
  type RuleInfo,
} from './report.ts';
import type { Rule } from './rule.ts';
import { sortFindings } from './sort.ts';

type Texts = Pick<Files, 'read'>;

/** A rule without its function; `docsBase` is the address of the folder with the rules' pages. */
export function ruleInfo(rule: Rule, docsBase: string): RuleInfo {
  const { id, category, severity, cause, title, why, references } = rule;
  return {
    id,
    category,
    severity,
    ...(cause === undefined ? {} : { cause }),
    title,
    why,
    references,
    docUrl: `${docsBase.replace(/\/$/, '')}/${id}.md`,
  };
}

/** A verdict with its rule's words, its place as it can be shown, and its fix as a diff. */
export function toFinding(verdict: Verdict, rule: Rule, files: Texts): Finding {
  const { status, subject, confidence, message, at, current, expected, evidence = [], fix } = verdict;
  const text = at && files.read(at.path);
  const source = at === undefined || text === undefined ? undefined : { span: at, text };
  return {
    rule: rule.id,
    status,
    severity: verdict.severity ?? rule.severity,
    subject,
    confidence,
    title: status === 'fail' || status === 'opportunity' ? rule.title.fail : rule.title.pass,
    message,
    ...(current === undefined ? {} : { current }),
    ...(expected === undefined ? {} : { expected }),
    evidence: evidence.map((line) => toEvidence(line, files)),
    ...(source === undefined ? {} : { location: sourceLocation(source.text, source.span) }),
    ...(fix === undefined ? {} : { fix: toFix(fix, files) }),
    fingerprint: fingerprint(rule.id, subject, source),
  };
}

function toEvidence({ at, source, text }: EvidenceLine, files: Texts): FindingEvidence {
  const location = at && placeOf(at, files);
  return {
    text: maskLine(text),
    ...(source === undefined ? {} : { source }),
    ...(location ? { location } : {}),
  };
}

function toFix({ title, requires, risk, manual, edits }: Fix, files: Texts): FindingFix {
  const diff = edits.length === 0 ? '' : maskDiff(unifiedDiff(files, edits));
  return {
    title,
    requires,
    ...(risk === undefined ? {} : { risk }),
    ...(manual === undefined ? {} : { manual }),
    ...(diff === '' ? {} : { diff }),
  };
}

/** Undefined: the text is not there. */
export function placeOf(span: Span, files: Texts): Place | undefined {
  const text = files.read(span.path);
  return text === undefined ? undefined : { path: span.path, ...lineColumn(text, span.start) };
}

/** A missing file is told at the place that names it. */
export function toProblem({ path, at, message }: ReadProblem, files: Texts): ReportProblem {
  const place = at && placeOf(at, files);
  if (place === undefined) return { path, message };
  return {
    ...place,
    message: place.path === path || message.includes(path) ? message : `${path}: ${message}`,
  };
}

/** Puts findings in order and counts them. Suppressions and the baseline are on them already, fingerprints numbered. */
export function buildReport(
  parts: Omit<AuditReport, 'version' | 'findings' | 'counts'> & { findings: readonly Finding[] },
): AuditReport {
  return {
    version: 1,
    ...parts,
    findings: sortFindings(parts.findings, parts.rules),
    counts: countFindings(parts.findings),
  };
}

export function countFindings(findings: readonly Finding[]): AuditCounts {
  const status = { fail: 0, opportunity: 0, unknown: 0, pass: 0, notApplicable: 0 };
  const severity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  let suppressed = 0;
  let known = 0;
  for (const finding of findings) {
    if (finding.suppressedBy !== undefined) suppressed += 1;
    else if (finding.knownInBaseline === true) known += 1;
    else {
      status[finding.status] += 1;
      if (isOpen(finding)) severity[finding.severity] += 1;
    }
  }
  return { status, severity, suppressed, known };
}
