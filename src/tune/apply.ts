import { changesBetween, withEdits, type Change } from '../source/changes.ts';
import type { Files } from '../source/files.ts';
import type { Stack } from '../stack/stack.ts';
import { withCoupled } from './coupling.ts';
import { editGroup, groupsOf, type SettingGroup } from './edits/edit.ts';
import { leave, type LeftSetting } from './edits/group.ts';
import type { Plan, TunedSetting } from './plan.ts';

/** What becomes of a plan in the files of a project. */
export interface AppliedPlan {
  /** Written; each a value that the changed files read as planned. */
  applied: readonly TunedSetting[];
  /** Those that have the planned value already. */
  same: readonly TunedSetting[];
  left: readonly LeftSetting[];
  /** Text before and after, by path. */
  changes: ReadonlyMap<string, Change>;
}

/**
 * Writes the settings of a plan where the project has them, one after the other, each on files that are read anew: edits
 * never overlap, and a value that would not be read as planned, or a file that would not be read at all, is not written.
 * What is left holds back what only fits together with it. A second time changes nothing.
 *
 * @param read the stack of the given files, without what runs; pure
 */
export function applyPlan(
  files: Files,
  plan: Extract<Plan, { feasible: true }>,
  read: (files: Files) => Stack,
): AppliedPlan {
  const groups = groupsOf(plan.settings);
  const before = read(files);
  const refused: LeftSetting[] = [];
  // What an edit turns out not to do holds back other settings: then all begins again.
  for (;;) {
    const first = groups.flatMap((group) => editGroup(before, without(group, refused)).left);
    const left = withCoupled(before, plan.settings, [...refused, ...first]);
    const result = applyGroups(files, before, groups, left, read);
    if ('why' in result) refused.push(...leave(result.settings, result.why).left);
    else return { ...result, left, changes: changesBetween(files, result.files) };
  }
}

type Written = Pick<AppliedPlan, 'applied' | 'same'> & { files: Files };
type Refused = { settings: readonly TunedSetting[]; why: string };

function applyGroups(
  files: Files,
  before: Stack,
  groups: readonly SettingGroup[],
  left: readonly LeftSetting[],
  read: (files: Files) => Stack,
): Written | Refused {
  const applied: TunedSetting[] = [];
  const same: TunedSetting[] = [];
  let current = files;
  let stack = before;
  for (const group of groups) {
    const wanted = without(group, left);
    const { changed, edits, ...rest } = editGroup(stack, wanted);
    same.push(...rest.same);
    if (rest.left.length > 0)
      return { settings: rest.left.map(({ setting }) => setting), why: 'Other edits are in its way.' };
    if (changed.length === 0) continue;
    const outside = edits.find(({ path }) => files.read(path) === undefined);
    if (outside) return { settings: changed, why: `${outside.path} is not a file of this project.` };
    current = withEdits(current, edits);
    stack = read(current);
    const broken = stack.problems.find(
      ({ kind, message }) => kind === 'syntax' && !before.problems.some((one) => one.message === message),
    );
    if (broken)
      return { settings: changed, why: `${broken.path} would not read any more: ${broken.message}` };
    const after = editGroup(stack, wanted);
    const missed = changed.filter((setting) => !after.same.includes(setting));
    if (missed.length > 0)
      return {
        settings: missed,
        why: 'After the edit it would not have that value: something else sets it.',
      };
    applied.push(...changed);
  }
  return { applied, same, files: current };
}

function without({ service, settings }: SettingGroup, left: readonly LeftSetting[]): SettingGroup {
  return { service, settings: settings.filter((one) => !left.some(({ setting }) => setting === one)) };
}
