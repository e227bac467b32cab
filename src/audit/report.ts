import type { Confidence, FindingStatus, Fix, Severity } from './finding.ts';
import type { StackOverview } from './overview.ts';
import type { Rule } from './rule.ts';

/** What an audit found: plain data, the same for every format. Paths are relative to the project. */
export interface AuditReport {
  /** Of this shape. */
  version: 1;
  tool: { name: string; version: string };
  /** ISO 8601. */
  at: string;
  subject: AuditSubject;
  stack: StackOverview;
  /** Every rule that was asked, also those that found nothing. */
  rules: readonly RuleInfo[];
  /** Worst first, as `sortFindings` has them; suppressed ones and those of the baseline among them. */
  findings: readonly Finding[];
  /** Files that could not be read or understood. */
  problems: readonly ReportProblem[];
  counts: AuditCounts;
  baseline?: {
    /** Findings that the baseline has too. */
    known: number;
    /** Findings of the baseline that are no more. */
    gone: number;
  };
}

export interface AuditSubject {
  /** A directory, a target of ops.yaml, a file of evidence. */
  name: string;
  kind: 'directory' | 'target' | 'evidence';
  host?: string;
  /** Where the project lies in its git repository, without slashes at the ends; absent: at its top. SARIF and annotations name files by the repository. */
  directory?: string;
}

export interface RuleInfo extends Pick<
  Rule,
  'id' | 'category' | 'severity' | 'cause' | 'title' | 'why' | 'references'
> {
  /** The rule's page. */
  docUrl: string;
}

export interface Finding {
  /** The rule's id. */
  rule: string;
  status: FindingStatus;
  severity: Severity;
  subject: string;
  confidence: Confidence;
  /** The rule's title for this status. */
  title: string;
  message: string;
  current?: string;
  expected?: string;
  evidence: readonly FindingEvidence[];
  location?: SourceLocation;
  fix?: FindingFix;
  /** Names the finding in baselines and in GitHub's code scanning; see fingerprint.ts. */
  fingerprint: string;
  suppressedBy?: Suppression;
  knownInBaseline?: boolean;
}

/** Why a finding is not to count. */
export interface Suppression {
  reason: string;
  /** The comment that says so. */
  location?: Place;
}

/** Counted from 1; columns are UTF-16 units. */
export interface Place {
  path: string;
  line: number;
  column: number;
}

export interface FindingEvidence {
  text: string;
  /** What was asked on the server. */
  source?: string;
  location?: Place;
}

export interface SourceLocation extends Place {
  endLine: number;
  /** The column after the last one. */
  endColumn: number;
  excerpt: readonly ExcerptLine[];
}

/** One line of source, fit to be shown: long ones cut, secrets masked, tabs expanded, control characters visible. */
export interface ExcerptLine {
  line: number;
  text: string;
  /** The part of `text` that is meant; only on lines that the finding is about. */
  mark?: { start: number; length: number };
}

export interface FindingFix extends Pick<Fix, 'title' | 'requires' | 'risk' | 'manual'> {
  /** Unified, with secrets masked: to be read. `ops audit --fix` is what applies it. */
  diff?: string;
}

export interface ReportProblem {
  path: string;
  line?: number;
  column?: number;
  message: string;
}

export interface AuditCounts {
  /** Of the findings that count; suppressed and known ones are not among them. */
  status: Readonly<Record<FindingStatus, number>>;
  /** Of those, fail and opportunity only. */
  severity: Readonly<Record<Severity, number>>;
  suppressed: number;
  known: number;
}

/** Something to do: it failed or could be better, and is neither suppressed nor known from before. */
export function isOpen({ status, suppressedBy, knownInBaseline }: Finding): boolean {
  return (
    (status === 'fail' || status === 'opportunity') && suppressedBy === undefined && knownInBaseline !== true
  );
}
