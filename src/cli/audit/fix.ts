import type { Severity } from '../../audit/finding.ts';
import { fileDiff, maskDiff } from '../../audit/diff.ts';
import { UsageError } from '../../errors.ts';
import { fixFindings, type FixResult, type ProposedFix } from '../../fix/fix.ts';
import { uncommitted, writeChanges } from '../../gather/write-changes.ts';
import { confirm, type Asking } from '../confirm.ts';
import type { Outcome } from '../outcome.ts';
import { changesText, fixReport, proposedFix } from '../reports/fix.ts';
import type { Style } from '../style.ts';
import { failsAt } from './fails.ts';
import type { Audit } from './run.ts';
import type { AuditSource } from './source.ts';

export interface FixSourceOptions {
  /** `--only`. */
  only?: readonly string[] | undefined;
  json: boolean;
  style: Style;
  asking: Asking;
  yes: boolean;
  interactive: boolean;
  allowDirty: boolean;
  dryRun: boolean;
  failOn: Severity | 'none';
  /** Shows text above a question. */
  show: (text: string) => Promise<void>;
}

/** Mends what can be mended in the files, after it was shown and agreed to; then says what remains. */
export async function fixSource(
  source: AuditSource,
  audit: Audit,
  options: FixSourceOptions,
): Promise<Outcome> {
  const { root } = source;
  if (root === undefined)
    throw new UsageError('NOTHING_TO_EDIT', 'Files on a server are not edited; they come from git.', {
      next: ['Name the directory of your clone: ops audit . -t TARGET --fix'],
    });
  if (!options.allowDirty && !options.dryRun) await refuseDirty(root);
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
  const written = await write(root, result, options);
  const report = audit.report(undefined, written || options.dryRun ? result.after : audit.assessment);
  return {
    reason: failsAt(report, options.failOn) ? 'checksFailed' : 'ok',
    data: {
      written,
      applied: result.applied.map(({ parts }) => parts),
      left: result.left,
      files: [...result.changes].map(([path, { before, after }]) => ({
        path,
        diff: maskDiff(fileDiff(path, before, after)),
      })),
      findings: report.findings.filter(({ status }) => status === 'fail' || status === 'opportunity'),
    },
    text: () => fixReport(result, written, style),
  };
}

/** @returns whether files were changed */
async function write(root: string, result: FixResult, options: FixSourceOptions): Promise<boolean> {
  if (result.changes.size === 0 || options.dryRun) return false;
  const { style, asking, yes, interactive } = options;
  if (!yes && !interactive) {
    await options.show(changesText(result.changes, style));
    const files = [...result.changes.keys()].join(', ');
    if (!(await confirm(asking, `Write ${files}?`))) return false;
  }
  await writeChanges(root, result.changes);
  return true;
}

async function refuseDirty(root: string): Promise<void> {
  const changes = await uncommitted(root);
  if (changes === undefined || changes.length === 0) return;
  throw new UsageError('DIRTY_TREE', 'There are changes that are not committed; fixes would mix with them.', {
    place: { output: changes.slice(0, 20) },
    next: ['Commit or stash them first, or add --allow-dirty.'],
  });
}
