import { applyPlan, type AppliedPlan } from '../tune/apply.ts';
import type { Outcome } from './outcome.ts';
import { tuneWriteData, tuneWriteReport } from './reports/tune-write.ts';
import { tuneData, type TuneReport } from './reports/tune.ts';
import { agreeAndWrite, writableRoot, type WriteOptions } from './write-files.ts';

/** What `writePlan` would do; undefined: there is no plan, or its files are not here. */
export function preview({ plan, project }: TuneReport): AppliedPlan | undefined {
  return plan.feasible && project ? applyPlan(project.files, plan, project.read) : undefined;
}

/** Writes a plan into the files that it was made for, after it was shown and agreed to. */
export async function writePlan(
  report: TuneReport,
  options: WriteOptions & { width: number },
): Promise<Outcome> {
  const { plan, project } = report;
  const root = await writableRoot(project?.root, options, 'ops tune . -t TARGET --write');
  if (!plan.feasible || !project) throw new TypeError('Only a plan that fits is written.');
  const applied = applyPlan(project.files, plan, project.read);
  const written = await agreeAndWrite(root, applied.changes, options);
  return {
    reason: 'ok',
    data: { ...tuneData(report), ...tuneWriteData(applied, written) },
    text: () => tuneWriteReport(report, applied, { written, dryRun: options.dryRun }, options.style, options),
  };
}
