import { assess, type Assessment } from '../../audit/assess.ts';
import type { Baseline } from '../../audit/baseline.ts';
import { makeReport } from '../../audit/make-report.ts';
import { rules as allRules } from '../../audit/registry.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { Files } from '../../source/files.ts';
import { buildStack } from '../../stack/build.ts';
import { solveStack } from './solve.ts';
import type { AuditSource } from './source.ts';

export interface AuditOptions {
  /** Ids of rules; undefined: all. */
  only?: readonly string[] | undefined;
  /** ISO 8601. */
  at: string;
  version: string;
  /** Of the package: where the rules' pages are. */
  homepage?: string | undefined;
}

export interface Audit {
  readonly assessment: Assessment;
  /** Judges other texts in the place of the source's own. */
  judge(files: Files): Assessment;
  report(baseline?: Baseline, assessment?: Assessment): AuditReport;
}

/** Judges what was read. */
export function auditSource(source: AuditSource, options: AuditOptions): Audit {
  const { only, at, version, homepage } = options;
  const rules = allRules.filter(({ id }) => only === undefined || only.length === 0 || only.includes(id));
  // A fix may need another rule's: what is asked for is chosen later, all rules are asked.
  const judge = (files: Files, asked = rules): Assessment =>
    assess(buildStack({ ...source.input, files }), asked, solveStack);
  const assessment = judge(source.input.files);
  return {
    assessment,
    judge: (files) => judge(files, [...allRules]),
    report: (baseline, of = assessment) =>
      makeReport({
        assessment: of,
        rules,
        subject: source.subject,
        tool: { name: 'ops', version },
        at,
        docsBase: `${(homepage ?? '').replace(/#.*$/, '')}/blob/main/docs/rules`,
        unseen: source.unseen,
        ...(baseline ? { baseline } : {}),
      }),
  };
}
