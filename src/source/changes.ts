import { applyEdits, type Edit } from './edits.ts';
import type { Files } from './files.ts';

/** A file's text before and after. */
export interface Change {
  before: string;
  after: string;
}

/** The files with edits made; paths stay as they are. */
export function withEdits(files: Files, edits: readonly Edit[]): Files {
  const texts = new Map<string, string>();
  for (const path of new Set(edits.map((edit) => edit.path)))
    texts.set(
      path,
      applyEdits(
        files.read(path) ?? '',
        edits.filter((edit) => edit.path === path),
      ),
    );
  return {
    read: (path) => texts.get(path) ?? files.read(path),
    paths: files.paths,
    unreadable: files.unreadable,
  };
}

/** What is different in files that both have, by path. */
export function changesBetween(before: Files, after: Files): ReadonlyMap<string, Change> {
  const changes = new Map<string, Change>();
  for (const path of before.paths) {
    const [one, other] = [before.read(path), after.read(path)];
    if (one !== undefined && other !== undefined && one !== other)
      changes.set(path, { before: one, after: other });
  }
  return changes;
}
