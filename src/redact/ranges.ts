/** A piece of a text that is secret; `end` is exclusive. */
export interface Range {
  start: number;
  end: number;
}

/** What stands in the place of a secret: a word in YAML, Python, nginx, a Dockerfile, a URL. */
export const placeholder = 'redacted';

/** Sorted, none empty, none touching another. */
export function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const { start, end } of ranges.toSorted((one, other) => one.start - other.start)) {
    const last = result.at(-1);
    if (start >= end) continue;
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}

/** The text without its secrets: as many lines as before, indentation and continuation marks kept. */
export function replaceRanges(text: string, ranges: readonly Range[]): string {
  let result = '';
  let position = 0;
  for (const { start, end } of merged(ranges)) {
    result += text.slice(position, start) + withoutSecret(text.slice(start, end));
    position = end;
  }
  return result + text.slice(position);
}

function withoutSecret(secret: string): string {
  return secret
    .split('\n')
    .map((line, index) => {
      const [, indent = '', , tail = ''] = /^([ \t]*)([^]*?)([ \t]*\\?\r?)$/.exec(line) ?? [];
      return indent.length + tail.length === line.length
        ? line
        : `${index === 0 ? '' : indent}${placeholder}${tail.replaceAll(/[ \t]/g, '')}`;
    })
    .join('\n');
}

/** Ranges of a part, in the whole. */
export function shift(ranges: readonly Range[], by: number): Range[] {
  return ranges.map(({ start, end }) => ({ start: start + by, end: end + by }));
}
