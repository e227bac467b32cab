import { lineColumn, type Span } from '../source/span.ts';
import { mask, secretRanges } from './mask.ts';
import type { ExcerptLine, SourceLocation } from './report.ts';
import { harmless } from './text.ts';

/** Lines of context before and after. */
const around = 2;
/** Of a span of more lines (a whole block) only the first one is marked: it names the block. */
const mostMarked = 3;
/** Longer lines are cut, to this many characters around what is meant. */
const longest = 160;
const tabWidth = 4;

/** The place of a span in its file's text, with the lines around it as they can be shown. */
export function sourceLocation(text: string, span: Span): SourceLocation {
  // White space at the end of a span (a block's last line feed) is not what is meant.
  const meant = text.slice(span.start, span.end).trimEnd();
  const end = meant === '' ? span.end : span.start + meant.length;
  const from = lineColumn(text, span.start);
  const to = lineColumn(text, end);
  return {
    path: span.path,
    ...from,
    endLine: to.line,
    endColumn: to.column,
    excerpt: excerpt(text, { start: span.start, end }, from.line, to.line),
  };
}

function excerpt(
  text: string,
  span: { start: number; end: number },
  firstLine: number,
  lastLine: number,
): ExcerptLine[] {
  const last = lastLine - firstLine < mostMarked ? lastLine : firstLine;
  // Only the lines around the span are cut out of the text, which may be long.
  let start = lineStart(text, span.start);
  let line = firstLine;
  while (line > Math.max(1, firstLine - around)) {
    start = lineStart(text, beforeLineEnd(text, start));
    line -= 1;
  }
  const lines: ExcerptLine[] = [];
  while (line <= last + around) {
    const end = lineEnd(text, start);
    const source = text.slice(start, end);
    const marked = line >= firstLine && line <= last;
    const indent = source.length - source.trimStart().length;
    const mark = marked
      ? {
          start: line === firstLine ? span.start - start : indent,
          end: Math.min(source.trimEnd().length, Math.max(span.end - start, 0)),
        }
      : undefined;
    lines.push({ line, ...shown(source, mark) });
    if (end === text.length) break;
    start = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    line += 1;
  }
  // The empty rest after the last line feed is no line.
  while (lines.length > 1 && lines.at(-1)?.mark === undefined && lines.at(-1)?.text.trim() === '')
    lines.pop();
  return lines;
}

function lineStart(text: string, offset: number): number {
  let start = Math.min(offset, text.length);
  while (start > 0 && !isLineEnd(text, start - 1)) start -= 1;
  return start;
}

function lineEnd(text: string, offset: number): number {
  let end = offset;
  while (end < text.length && !isLineEnd(text, end)) end += 1;
  return end;
}

/** The end of the line before the one that starts here. */
function beforeLineEnd(text: string, start: number): number {
  return start >= 2 && text.slice(start - 2, start) === '\r\n' ? start - 2 : start - 1;
}

function isLineEnd(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 10 || code === 13;
}

/** The line as it is shown, and where its marked part went. */
function shown(source: string, marked?: { start: number; end: number }): Omit<ExcerptLine, 'line'> {
  const secrets = secretRanges(source);
  let text = '';
  let start: number | undefined;
  let end: number | undefined;
  let index = 0;
  while (index < source.length) {
    if (marked !== undefined && start === undefined && index >= marked.start) start = text.length;
    if (marked !== undefined && end === undefined && index >= marked.end) end = text.length;
    const secret = secrets[0];
    if (secret !== undefined && index === secret.start) {
      text += mask;
      index = secret.end;
      secrets.shift();
      continue;
    }
    const character = source[index] ?? '';
    text += character === '\t' ? ' '.repeat(tabWidth - (text.length % tabWidth)) : character;
    index += 1;
  }
  if (marked === undefined) return cutAround(text);
  const from = start ?? text.length;
  // An empty span still points at its place.
  return cutAround(text, { start: from, length: Math.max(1, (end ?? text.length) - from) });
}

function cutAround(whole: string, mark?: { start: number; length: number }): Omit<ExcerptLine, 'line'> {
  const text = harmless(whole);
  if (text.length <= longest) return { text, ...(mark ? { mark } : {}) };
  const first = mark === undefined || mark.start < longest - 40 ? 0 : mark.start - 60;
  const cut = text.slice(first, first + longest);
  const head = first > 0 ? '…' : '';
  const tail = first + longest < text.length ? '…' : '';
  // A pair of surrogates that was cut in two.
  const line = `${head}${cut}${tail}`.toWellFormed();
  if (mark === undefined) return { text: line };
  const start = mark.start - first + head.length;
  return {
    text: line,
    mark: { start, length: Math.max(1, Math.min(mark.length, cut.length + head.length - start)) },
  };
}
