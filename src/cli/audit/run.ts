import { assess, type Assessment } from '../../audit/assess.ts';
import type { Baseline } from '../../audit/baseline.ts';
import { makeReport } from '../../audit/make-report.ts';
import { rules as allRules } from '../../audit/registry.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { Files } from '../../source/files.ts';
import { buildStack } from '../../stack/build.ts';
import type { PythonModules } from '../../stack/service.ts';
import { planOf } from '../../tune/plan-of.ts';
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
  /** Judges files alone, by all rules: what runs does not change with an edit. The machine stays known. */
  judge(files: Files): Assessment;
  report(baseline?: Baseline, assessment?: Assessment): AuditReport;
}

/** Judges what was read. */
export function auditSource(source: AuditSource, options: AuditOptions): Audit {
  const { only, at, version, homepage } = options;
  const rules = allRules.filter(({ id }) => only === undefined || only.length === 0 || only.includes(id));
  const modules: PythonModules = new Map();
  const assessment = assess(buildStack({ ...source.input, modules }), rules, planOf);
  return {
    assessment,
    judge: (files) => {
      const { live: _, ...input } = source.input;
      return assess(buildStack({ ...input, files, modules }), allRules, planOf);
    },
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
