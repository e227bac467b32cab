import { UsageError } from '../errors.ts';
import { uncommitted, writeChanges } from '../gather/write-changes.ts';
import type { Change } from '../source/changes.ts';
import { confirm, type Asking } from './confirm.ts';
import { changesText } from './reports/changes.ts';
import type { Style } from './style.ts';

/** How files of the user are changed: what is asked, and where that is shown. */
export interface WriteOptions {
  style: Style;
  asking: Asking;
  /** Nothing is asked. */
  yes: boolean;
  allowDirty: boolean;
  /** Nothing is written. */
  dryRun: boolean;
  /** Shows text above a question. */
  show: (text: string) => Promise<void>;
}

/**
 * @returns where the files are on this machine
 * @throws UsageError when they are not, or git has changes of them that are not committed
 */
export async function writableRoot(
  root: string | undefined,
  { allowDirty, dryRun }: Pick<WriteOptions, 'allowDirty' | 'dryRun'>,
  command: string,
): Promise<string> {
  if (root === undefined)
    throw new UsageError('NOTHING_TO_EDIT', 'Files on a server are not edited; they come from git.', {
      next: [`Name the directory of your clone: ${command}`],
    });
  if (allowDirty || dryRun) return root;
  const changes = await uncommitted(root);
  if (changes === undefined || changes.length === 0) return root;
  throw new UsageError('DIRTY_TREE', 'There are changes that are not committed; these would mix with them.', {
    place: { output: changes.slice(0, 20) },
    next: ['Commit or stash them first, or add --allow-dirty.'],
  });
}

/**
 * Writes changes after they were shown and agreed to; see `writeChanges` for what keeps the files safe.
 *
 * @returns whether files were changed
 */
export async function agreeAndWrite(
  root: string,
  changes: ReadonlyMap<string, Change>,
  { style, asking, yes, dryRun, show }: WriteOptions,
): Promise<boolean> {
  if (changes.size === 0 || dryRun) return false;
  if (!yes) {
    await show(changesText(changes, style));
    if (!(await confirm(asking, `Write ${[...changes.keys()].join(', ')}?`))) return false;
  }
  await writeChanges(root, changes);
  return true;
}
