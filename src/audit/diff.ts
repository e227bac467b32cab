import { FILE_HEADERS_ONLY, createTwoFilesPatch } from 'diff';
import { applyEdits, type Edit } from '../source/edits.ts';
import type { Files } from '../source/files.ts';
import { maskLine } from './mask.ts';

/**
 * What edits change, as a unified diff that `git apply` and `patch -p1` take: three lines of context, files in the order
 * of their first edit. A file that is not there yet is new. Empty: they change nothing.
 *
 * @throws RangeError as `applyEdits` does.
 */
export function unifiedDiff(files: Pick<Files, 'read'>, edits: readonly Edit[]): string {
  const byPath = new Map<string, Edit[]>();
  for (const edit of edits) byPath.set(edit.path, [...(byPath.get(edit.path) ?? []), edit]);
  return [...byPath]
    .map(([path, own]) => {
      const before = files.read(path);
      const after = applyEdits(before ?? '', own);
      return before === after ? '' : fileDiff(path, before, after);
    })
    .join('');
}

/** The same of one file before and after; `before` undefined: it is new. */
export function fileDiff(path: string, before: string | undefined, after: string): string {
  return createTwoFilesPatch(
    before === undefined ? '/dev/null' : `a/${path}`,
    `b/${path}`,
    before ?? '',
    after,
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY },
  );
}

/** A diff to be read: secrets masked, so that a report can be passed on. */
export function maskDiff(diff: string): string {
  return diff
    .split('\n')
    .map((line) => (/^(?:---|\+\+\+|@@) /.test(line) ? line : maskLine(line)))
    .join('\n');
}

export interface DiffLine {
  kind: 'file' | 'hunk' | 'added' | 'removed' | 'context' | 'note';
  /** With its first character, which tells the kind too. */
  text: string;
}

/** The lines of a unified diff, told apart by the lengths that its hunks give, for a removed line may begin with `--`. */
export function diffLines(diff: string): DiffLine[] {
  let removed = 0;
  let added = 0;
  const lines = diff.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((text): DiffLine => {
    if (removed > 0 || added > 0) {
      if (text.startsWith('-')) {
        removed -= 1;
        return { kind: 'removed', text };
      }
      if (text.startsWith('+')) {
        added -= 1;
        return { kind: 'added', text };
      }
      if (!text.startsWith('\\')) {
        removed -= 1;
        added -= 1;
        return { kind: 'context', text };
      }
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(text);
    if (hunk !== null) {
      removed = Number(hunk[1] ?? 1);
      added = Number(hunk[2] ?? 1);
      return { kind: 'hunk', text };
    }
    return { kind: text.startsWith('\\') ? 'note' : 'file', text };
  });
}
