import type { NginxDirective } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import type { Span } from '../../source/span.ts';
import { isServerPath } from '../../stack/nginx-files.ts';

/**
 * Edits of nginx configurations that look as if their author had made them: indented like the neighbours, with the
 * file's line ends. Lines are given without indentation; each tab at their start is one level deeper.
 */

/** Whether a place is in a file of the project, so that it can be changed. */
export function editable(files: Files, { path }: Span): boolean {
  return !isServerPath(path) && files.read(path) !== undefined;
}

/** New lines before a directive or block, above the comments that belong to it. */
export function insertBefore(files: Files, directive: NginxDirective, lines: readonly string[]): Edit {
  const text = textOf(files, directive.at);
  const { path, start } = directive.at;
  const line = lineStart(text, start);
  const indent = indentAt(text, start);
  if (text.slice(line, start).trim() !== '') {
    return { path, start, end: start, text: `${inline(lines)} ` };
  }
  let place = line;
  while (place > 0) {
    const above = lineStart(text, place - 1);
    if (!text.slice(above, place).trim().startsWith('#')) break;
    place = above;
  }
  return { path, start: place, end: place, text: layOut(lines, indent, text, directive) };
}

/** New lines behind a directive, below what else stands on its last line if that is a comment. */
export function insertAfter(files: Files, directive: NginxDirective, lines: readonly string[]): Edit {
  const text = textOf(files, directive.at);
  const { path, end } = directive.at;
  const next = lineEnd(text, end);
  const rest = text.slice(end, next).trim();
  if (rest !== '' && !rest.startsWith('#')) return { path, start: end, end, text: ` ${inline(lines)}` };
  const place = Math.max(end, text.slice(0, next).trimEnd().length);
  const eol = eolOf(text);
  const block = layOut(lines, indentAt(text, directive.at.start), text, directive);
  return { path, start: place, end: place, text: eol + block.slice(0, -eol.length) };
}

/** New lines at the end of a block. */
export function appendTo(files: Files, block: NginxDirective, lines: readonly string[]): Edit {
  const text = textOf(files, block.at);
  const { path } = block.at;
  const brace = (block.blockAt?.end ?? block.at.end) - 1;
  const line = lineStart(text, brace);
  if (text.slice(line, brace).trim() !== '') {
    const space = /\s/.test(text.charAt(brace - 1)) ? '' : ' ';
    return { path, start: brace, end: brace, text: `${space}${inline(lines)} ` };
  }
  return { path, start: line, end: line, text: layOut(lines, childIndent(text, block), text, block) };
}

/** Other words in the place of a directive's arguments. */
export function setArguments(directive: NginxDirective, text: string): Edit {
  const last = directive.args.at(-1);
  const { path, end } = directive.nameAt;
  const [first] = directive.args;
  return first && last
    ? { path, start: first.at.start, end: last.at.end, text }
    : { path, start: end, end, text: ` ${text}` };
}

/** Takes a directive out, with its line if nothing else stands there. */
export function remove(files: Files, directive: NginxDirective): Edit {
  const text = textOf(files, directive.at);
  const { path, start, end } = directive.at;
  const line = lineStart(text, start);
  const next = lineEnd(text, end);
  const alone = text.slice(line, start).trim() === '' && text.slice(end, next).trim() === '';
  return alone
    ? { path, start: line, end: Math.min(next + 1, text.length), text: '' }
    : { path, start, end, text: '' };
}

/** On one line, so without comments. */
function inline(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join(' ');
}

function textOf(files: Files, { path }: Span): string {
  return files.read(path) ?? '';
}

function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** What one level is indented by, as seen at a block, else in the file. */
function unitOf(text: string, near: NginxDirective): string {
  for (let block: NginxDirective | undefined = near; block; block = block.parent) {
    const outer = indentAt(text, block.at.start);
    const child = block.children?.find(
      (each) => each.at.path === near.at.path && indentAt(text, each.at.start).length > outer.length,
    );
    const inner = child && block.at.path === near.at.path ? indentAt(text, child.at.start) : '';
    if (inner.startsWith(outer) && inner.length > outer.length) return inner.slice(outer.length);
  }
  return /^([ \t]+)\S/m.exec(text)?.[1] ?? '    ';
}

function childIndent(text: string, block: NginxDirective): string {
  const child = block.children?.find(({ at }) => at.path === block.at.path);
  const own = indentAt(text, block.at.start);
  const inner = child ? indentAt(text, child.at.start) : '';
  return inner.length > own.length ? inner : own + unitOf(text, block);
}

function layOut(lines: readonly string[], indent: string, text: string, near: NginxDirective): string {
  const eol = eolOf(text);
  const unit = unitOf(text, near);
  return lines
    .map((line) => {
      const body = line.replace(/^\t+/, '');
      return body === '' ? eol : indent + unit.repeat(line.length - body.length) + body + eol;
    })
    .join('');
}
