import type { Severity } from '../../audit/finding.ts';
import { fixFindings, type ProposedFix } from '../../fix/fix.ts';
import { confirm } from '../confirm.ts';
import type { Outcome } from '../outcome.ts';
import { changesData, changesText } from '../reports/changes.ts';
import { fixReport, proposedFix } from '../reports/fix.ts';
import { agreeAndWrite, writableRoot, type WriteOptions } from '../write-files.ts';
import { failsAt } from './fails.ts';
import type { Audit } from './run.ts';
import type { AuditSource } from './source.ts';

export interface FixSourceOptions extends WriteOptions {
  /** `--only`. */
  only?: readonly string[] | undefined;
  interactive: boolean;
  failOn: Severity | 'none';
  /** Columns of the report. */
  width: number;
}

/** Mends what can be mended in the files, after it was shown and agreed to; then says what remains. */
export async function fixSource(
  source: AuditSource,
  audit: Audit,
  options: FixSourceOptions,
): Promise<Outcome> {
  const root = await writableRoot(source.root, options, 'ops audit . -t TARGET --fix');
  const { style, only, interactive, asking } = options;
  const result = await fixFindings(source.input.files, (files) => audit.judge(files), {
    ...(only === undefined || only.length === 0 ? {} : { only }),
    ...(source.input.live ? { live: audit.assessment } : {}),
    ...(interactive
      ? {
          accept: async (fix: ProposedFix) => {
            await options.show(proposedFix(fix, style));
            return await confirm(asking, `${fix.parts[0]?.title ?? 'Change this'}?`);
          },
        }
      : {}),
  });
  // With --interactive each change was shown and asked for.
  const written = await agreeAndWrite(root, result.changes, { ...options, yes: options.yes || interactive });
  const report = audit.report(undefined, written || options.dryRun ? result.after : audit.assessment);
  return {
    reason: failsAt(report, options.failOn) ? 'checksFailed' : 'ok',
    data: {
      written,
      applied: result.applied.map(({ parts }) => parts),
      left: result.left,
      files: changesData(result.changes),
      findings: report.findings.filter(({ status }) => status === 'fail' || status === 'opportunity'),
    },
    text: () =>
      [
        ...(options.dryRun && result.changes.size > 0 ? [changesText(result.changes, style), ''] : []),
        fixReport(result, written, style, options),
      ].join('\n'),
  };
}
