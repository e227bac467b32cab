import { isHarmlessValue, judgeName, type NameVerdict } from './names.ts';
import type { Range } from './ranges.ts';

const unconditional: NameVerdict = { secret: true, about: false, weak: false, single: false, webhook: false };

/** A value that only says where the secret is: `$NAME`, `{password}`, `%(password)s`, `<password>`. */
const reference =
  /^(?:\$\$?[A-Za-z_]\w*|\$\$?\(.*\)|\{+ ?[\w.[\]'"]+ ?\}+|%s|%\(\w+\)s|<[\w -]+>|\*+|x{3,})$/i;

/**
 * What is secret in the value of a name, quotes excluded.
 *
 * @param name undefined: whatever the name, the value is secret
 */
export function valueRanges(name: string | undefined, text: string, start: number, end: number): Range[] {
  const verdict = name === undefined ? unconditional : judgeName(name);
  if (!verdict.secret || start >= end) return [];
  const value = text.slice(start, end);
  const lead = value.length - value.trimStart().length;
  const from = start + lead;
  const to = end - (value.length - value.trimEnd().length);
  const trimmed = text.slice(from, to);
  if (isHarmlessValue(verdict, trimmed) || reference.test(trimmed)) return [];
  return literalRanges(text, from, to);
}

/** All but the references `${NAME}` in it; of `${NAME:-default}` the default. */
function literalRanges(text: string, start: number, end: number, depth = 0): Range[] {
  const ranges: Range[] = [];
  let literal = start;
  for (
    let index = text.indexOf('${', start);
    index !== -1 && index < end;
    index = text.indexOf('${', index)
  ) {
    const close = closingBrace(text, index + 2, end);
    if (close === -1) break;
    if (index > literal) ranges.push(...literalPart(text, literal, index));
    ranges.push(...defaultRanges(text, index, close, true, depth));
    literal = index = close + 1;
  }
  if (literal < end) ranges.push(...literalPart(text, literal, end));
  return ranges;
}

/** `Bearer ` before a reference is no secret, nor is a separator. */
function literalPart(text: string, start: number, end: number): Range[] {
  const part = text.slice(start, end);
  const scheme = /^(?:basic|bearer|token|apikey|digest)\s+/i.exec(part)?.[0].length ?? 0;
  return /^[\s:;,/|.-]*$/.test(part.slice(scheme)) ? [] : [{ start: start + scheme, end }];
}

/** Defaults of references to secret names anywhere in a text: `${POSTGRES_PASSWORD:-shop}`. */
export function interpolationRanges(text: string): Range[] {
  const ranges: Range[] = [];
  for (let index = text.indexOf('${'); index !== -1; index = text.indexOf('${', index + 2)) {
    const close = closingBrace(text, index + 2, Math.min(text.length, index + 2_000));
    if (close !== -1) ranges.push(...defaultRanges(text, index, close, false, 0));
  }
  return ranges;
}

function defaultRanges(text: string, open: number, close: number, force: boolean, depth: number): Range[] {
  const body = text.slice(open + 2, close);
  const match = /^([A-Za-z_]\w*)(:?[-=+])/.exec(body);
  if (!match || depth > 8) return [];
  const [head, name = ''] = match;
  const verdict = judgeName(name);
  const from = open + 2 + head.length;
  if (!(force || verdict.secret) || isHarmlessValue(force ? unconditional : verdict, text.slice(from, close)))
    return [];
  return literalRanges(text, from, close, depth + 1);
}

function closingBrace(text: string, from: number, end: number): number {
  let open = 1;
  for (let index = from; index < end; index += 1) {
    const character = text[index];
    if (character === '\n') return -1;
    if (character === '{') open += 1;
    else if (character === '}' && (open -= 1) === 0) return index;
  }
  return -1;
}

/** The inside of a value that may be quoted, where it stands in a line: `"abc"`, `'abc'`, `abc`. */
export function unquoted(text: string, start: number, end: number): Range {
  const quote = text[start];
  if (quote !== '"' && quote !== "'") return { start, end };
  const last = text[end - 1] === quote && end - 1 > start ? end - 1 : end;
  return { start: start + 1, end: last };
}
