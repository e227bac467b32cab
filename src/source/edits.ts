import type { Span } from './span.ts';

/** Puts `text` in the place of a span; an empty span inserts. */
export interface Edit extends Span {
  text: string;
}

/**
 * Applies edits to one file's text; every other byte stays. Edits may come in any order; several insertions at one
 * place keep theirs.
 *
 * @throws RangeError when two edits overlap or one lies outside the text: a bug of who made them.
 */
export function applyEdits(text: string, edits: readonly Omit<Edit, 'path'>[]): string {
  const sorted = edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
  let result = '';
  let position = 0;
  for (const { start, end, text: replacement } of sorted) {
    if (start < position || end < start || end > text.length)
      throw new RangeError(`Edits overlap or lie outside the text: ${start} to ${end}, after ${position}.`);
    result += text.slice(position, start) + replacement;
    position = end;
  }
  return result + text.slice(position);
}
