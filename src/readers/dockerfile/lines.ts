import { MappedBuilder } from '../../source/mapped.ts';
import type { MappedText } from '../../source/mapped.ts';

/** One instruction's lines, as BuildKit joins them. */
export interface LogicalLine {
  /** From the first character of the instruction to the end of its last line, heredocs and all; offsets of the file. */
  start: number;
  end: number;
  /** Continuation lines joined, comment lines and empty lines between them taken out. */
  joined: MappedText;
}

export interface LogicalLines {
  lines: readonly LogicalLine[];
  /** Where a heredoc begins that nothing ends. */
  unterminated?: number;
}

const heredocInstruction = /^(?:onbuild\s+)?(?:run|copy|add)\s/i;
const heredocStart = /(?:^|[\s;&|(])\d*<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_.]*)\2(?=$|[\s;&|)<>])/g;
const directive = /^#[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(\S.*)$/;

/**
 * The character that continues a line: `\`, or what a `# escape=` directive at the top says.
 * Directives end at the first line that is none.
 */
export function escapeCharacter(text: string): '\\' | '`' {
  for (const line of text.split('\n', 50)) {
    const [, name = '', value = ''] = directive.exec(line.trim()) ?? [];
    if (name === '') break;
    if (name.toLowerCase() === 'escape' && value.trim() === '`') return '`';
  }
  return '\\';
}

/** Splits a Dockerfile into its instructions. Linear in the length of the text. */
export function logicalLines(path: string, text: string, escape: string): LogicalLines {
  const lines: LogicalLine[] = [];
  let unterminated: number | undefined;
  let position = 0;
  let current: { start: number; end: number; builder: MappedBuilder } | undefined;

  const finish = (): void => {
    if (!current) return;
    const joined = current.builder.build();
    let { end } = current;
    if (heredocInstruction.test(joined.text)) {
      const after = skipHeredocs(text, position, joined.text);
      if (after === undefined) {
        unterminated ??= current.start;
        position = text.length;
        end = text.length;
      } else if (after.position > position) ({ position, end } = after);
    }
    lines.push({ start: current.start, end, joined });
    current = undefined;
  };

  while (position < text.length) {
    const newline = text.indexOf('\n', position);
    const next = newline === -1 ? text.length : newline + 1;
    let end = newline === -1 ? text.length : newline;
    if (end > position && text[end - 1] === '\r') end -= 1;
    let start = position;
    if (start === 0 && text.startsWith('\uFEFF')) start = 1;
    position = next;
    let first = start;
    while (first < end && isBlank(text[first])) first += 1;
    // Inside a continuation, comment lines and empty lines are left out and do not end it.
    if (first === end || text[first] === '#') continue;
    let last = end;
    while (last > first && isBlank(text[last - 1])) last -= 1;
    const continues = text[last - 1] === escape;
    current ??= { start: first, end, builder: new MappedBuilder(path) };
    current.builder.copy(text, current.start === first ? first : start, continues ? last - 1 : end);
    current.end = end;
    if (!continues) finish();
  }
  finish();
  return { lines, ...(unterminated === undefined ? {} : { unterminated }) };
}

/** Behind the bodies of the heredocs that a line opens; undefined: one of them has no end. */
function skipHeredocs(
  text: string,
  from: number,
  line: string,
): { position: number; end: number } | undefined {
  let position = from;
  let end = from;
  for (const [, dash, , name = ''] of line.matchAll(heredocStart)) {
    let found = false;
    while (!found && position < text.length) {
      const newline = text.indexOf('\n', position);
      const next = newline === -1 ? text.length : newline + 1;
      end = newline === -1 ? text.length : newline;
      if (end > position && text[end - 1] === '\r') end -= 1;
      const content = text.slice(position, end);
      found = (dash === '' ? content : content.replace(/^\t+/, '')) === name;
      position = next;
    }
    if (!found) return undefined;
  }
  return { position, end };
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
