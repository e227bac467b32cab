import { MappedBuilder } from '../../source/mapped.ts';
import type { MappedText } from '../../source/mapped.ts';
import type { Span } from '../../source/span.ts';
import { variableAt } from '../dockerfile/expand.ts';

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001B',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00A0',
};

/**
 * The characters of a YAML scalar and where each is written, variables of Compose put in. `value` is what the scalar
 * stands for, as the Compose reader has it; undefined when the text could not be followed to exactly that.
 */
export function yamlScalar(text: string, at: Span, value: string): MappedText | undefined {
  const raw = decoded(text, at);
  return raw ? interpolated(raw, value) : undefined;
}

function decoded(text: string, at: Span): MappedText | undefined {
  const first = text[at.start];
  if (first === '|' || first === '>') return block(text, at, first === '>');
  const builder = new MappedBuilder(at.path);
  const quoted = first === '"' || first === "'";
  const end = quoted ? at.end - 1 : at.end;
  if (quoted && (at.end - at.start < 2 || text[end] !== first)) return undefined;
  let index = quoted ? at.start + 1 : at.start;
  while (index < end) {
    const character = text[index];
    if (character === '\n' || character === '\r') index = folded(builder, text, index, end);
    else if ((character === ' ' || character === '\t') && /^[ \t]*\r?\n/.test(text.slice(index, index + 200)))
      index += 1;
    else if (first === "'" && character === "'") {
      builder.put("'", index, index + 2);
      index += 2;
    } else if (first === '"' && character === '\\') {
      const next = text[index + 1] ?? '';
      const length = { x: 2, u: 4, U: 8 }[next];
      if (length !== undefined) {
        const code = Number.parseInt(text.slice(index + 2, index + 2 + length), 16);
        if (Number.isNaN(code) || code > 0x10ffff) return undefined;
        builder.put(String.fromCodePoint(code), index, index + 2 + length);
        index += 2 + length;
      } else if (next === '\n' || next === '\r') {
        index += next === '\r' ? 3 : 2;
        while (text[index] === ' ' || text[index] === '\t') index += 1;
      } else {
        const value = escapes[next];
        if (value === undefined) return undefined;
        builder.put(value, index, index + 2);
        index += 2;
      }
    } else {
      builder.copy(text, index, index + 1);
      index += 1;
    }
  }
  return builder.build();
}

/** A line break in a quoted or plain scalar is a space, and each empty line behind it a line break. */
function folded(builder: MappedBuilder, text: string, from: number, end: number): number {
  let breaks = 0;
  let index = from;
  while (index < end && /[ \t\r\n]/.test(text[index] ?? '')) {
    if (text[index] === '\n') breaks += 1;
    index += 1;
  }
  builder.put(breaks > 1 ? '\n'.repeat(breaks - 1) : ' ', from, index);
  return index;
}

/** `|` and `>`. */
function block(text: string, at: Span, fold: boolean): MappedText | undefined {
  const header = /^[|>]([-+]?[1-9]?[-+]?)[ \t]*(?:#[^\r\n]*)?\r?\n/.exec(
    text.slice(at.start, at.start + 300),
  );
  if (!header || /[1-9]/.test(header[1] ?? '')) return undefined;
  const lines: { start: number; end: number; next: number }[] = [];
  for (let start = at.start + header[0].length; start < at.end;) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 || newline >= at.end ? at.end : newline + 1;
    let end = newline === -1 || newline >= at.end ? at.end : newline;
    if (end > start && text[end - 1] === '\r') end -= 1;
    lines.push({ start, end, next });
    start = next;
  }
  const isEmpty = ({ start, end }: { start: number; end: number }): boolean =>
    text.slice(start, end).trim() === '';
  const first = lines.find((line) => !isEmpty(line));
  if (!first) return undefined;
  const indent = /^ */.exec(text.slice(first.start, first.end))?.[0].length ?? 0;
  while (lines.length > 0 && isEmpty(lines.at(-1) ?? first)) lines.pop();
  const builder = new MappedBuilder(at.path);
  for (const [index, line] of lines.entries()) {
    if (!isEmpty(line)) builder.copy(text, Math.min(line.start + indent, line.end), line.end);
    const next = lines[index + 1];
    if (!next) break;
    const deeper = [line, next].some(({ start, end }) => /^[ \t]/.test(text.slice(start + indent, end)));
    if (fold && !deeper && !isEmpty(line) && !isEmpty(next)) builder.put(' ', line.end, next.start);
    else if (!fold || deeper || isEmpty(line)) builder.put('\n', line.end, line.next);
  }
  // What chomping leaves at the end is no part of any word.
  if (!(header[1] ?? '').includes('-')) builder.put('\n', lines.at(-1)?.end ?? at.end, at.end);
  return builder.build();
}

/** Follows `value` along the text: literal parts as they are, what lies between them from variables. */
function interpolated(raw: MappedText, value: string): MappedText | undefined {
  if (!raw.text.includes('$')) return sameText(raw, value);
  const builder = new MappedBuilder(raw.path);
  let position = 0;
  let pending: { start: number; end: number } | undefined;
  const literal = (start: number, end: number): boolean => {
    if (start === end) return true;
    const text = raw.text.slice(start, end);
    const found = pending ? value.indexOf(text, position) : value.startsWith(text, position) ? position : -1;
    if (found === -1) return false;
    if (pending) builder.put(value.slice(position, found), pending.start, pending.end);
    pending = undefined;
    builder.append(raw, start, end);
    position = found + text.length;
    return true;
  };
  let begin = 0;
  for (let index = 0; index < raw.text.length;) {
    if (raw.text[index] !== '$') {
      index += 1;
      continue;
    }
    if (!literal(begin, index)) return undefined;
    const start = raw.starts[index] ?? 0;
    if (raw.text[index + 1] === '$') {
      if (pending || value[position] !== '$') return undefined;
      builder.put('$', start, raw.ends[index + 1] ?? 0);
      position += 1;
      index += 2;
    } else {
      const variable = variableAt(raw.text, index);
      // Two variables side by side: which part comes from which is not known.
      if (!variable || pending) return undefined;
      pending = { start, end: raw.ends[variable.end - 1] ?? 0 };
      index = variable.end;
    }
    begin = index;
  }
  if (!pending && !literal(begin, raw.text.length)) return undefined;
  if (pending) {
    const rest = raw.text.slice(begin);
    if (!value.endsWith(rest) || value.length - rest.length < position) return undefined;
    builder.put(value.slice(position, value.length - rest.length), pending.start, pending.end);
    builder.append(raw, begin, raw.text.length);
  } else if (position !== value.length) return undefined;
  return sameText(builder.build(), value);
}

/** Line breaks at the end are a matter of chomping and say nothing. */
function sameText(found: MappedText, value: string): MappedText | undefined {
  return found.text.trimEnd() === value.trimEnd() ? found : undefined;
}
