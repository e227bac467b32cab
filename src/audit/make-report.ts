import type { Assessment } from './assess.ts';
import { applyBaseline, type Baseline } from './baseline.ts';
import { buildReport, ruleInfo, toProblem } from './build-report.ts';
import { numberFingerprints } from './fingerprint.ts';
import { overviewOf } from './overview.ts';
import type { AuditReport, AuditSubject, ReportProblem } from './report.ts';
import type { Rule } from './rule.ts';

export interface ReportInput {
  assessment: Assessment;
  rules: readonly Rule[];
  subject: AuditSubject;
  tool: AuditReport['tool'];
  /** ISO 8601. */
  at: string;
  /** Address of the folder with the rules' pages. */
  docsBase: string;
  baseline?: Baseline;
  /** What could not be asked on the server. */
  unseen?: readonly ReportProblem[];
}

/** What the rules found, as every format takes it. */
export function makeReport(input: ReportInput): AuditReport {
  const { assessment, rules, subject, tool, at, docsBase, baseline, unseen = [] } = input;
  const numbered = numberFingerprints(assessment.findings.map(({ finding }) => finding));
  const compared = baseline && applyBaseline(numbered, baseline);
  return buildReport({
    tool,
    at,
    subject,
    stack: overviewOf(assessment.stack),
    rules: rules.map((rule) => ruleInfo(rule, docsBase)),
    findings: compared?.findings ?? numbered,
    problems: [
      ...assessment.problems.map((problem) => toProblem(problem, assessment.stack.files)),
      ...unseen,
    ],
    ...(compared ? { baseline: { known: compared.known, gone: compared.gone } } : {}),
  });
}
