/** A piece of one file: UTF-16 offsets, `end` exclusive. */
export interface Span {
  /** As `Files` names it: relative to the project, forward slashes. */
  path: string;
  start: number;
  end: number;
}

/** A value and the text that it was read from. */
export interface Located<T> {
  value: T;
  at: Span;
}

/** Counted from 1; columns are UTF-16 units, as editors and SARIF's `utf16CodeUnits` count. */
export interface LineColumn {
  line: number;
  column: number;
}

/** Line and column of an offset; one beyond the end is the end. CR LF and a lone CR end a line too. */
export function lineColumn(text: string, offset: number): LineColumn {
  const before = text.slice(0, offset);
  let line = 1;
  let lineStart = 0;
  for (const { index, 0: end } of before.matchAll(/\r\n|\n|\r(?!\n)/g)) {
    line += 1;
    lineStart = index + end.length;
  }
  return { line, column: before.length - lineStart + 1 };
}
