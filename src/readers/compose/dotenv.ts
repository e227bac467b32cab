import type { Located } from '../../source/span.ts';
import type { ReadProblem } from '../problem.ts';
import { interpolate } from './interpolate.ts';

export interface Dotenv {
  /** In the order of the file. A name without `=` takes its value from the environment; undefined: that has none. */
  values: ReadonlyMap<string, Located<string | undefined>>;
  problems: readonly ReadProblem[];
}

const linePattern = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*(?:([=:])[ \t]*)?/y;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', b: '\b' };

/**
 * An env file as Compose reads it: comments, `export`, single quotes as they are, double quotes with escapes and over
 * several lines, variables in unquoted and double-quoted values.
 * https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
 *
 * @param environment What variables are looked up in, before those that the file has set so far.
 * @param raw `format: raw`: a value is the rest of its line, as it is.
 */
export function readDotenv(
  path: string,
  text: string,
  environment: (name: string) => string | undefined,
  raw = false,
): Dotenv {
  const values = new Map<string, Located<string | undefined>>();
  const problems: ReadProblem[] = [];
  const expand = (value: string) => {
    const { text } = interpolate(value, (name) => environment(name) ?? values.get(name)?.value);
    return text;
  };
  const problem = (start: number, end: number, message: string) => {
    problems.push({ kind: 'syntax', path, at: { path, start, end }, message });
  };
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  while (position < text.length) {
    const lineEnd = endOfLine(text, position);
    const line = text.slice(position, lineEnd);
    if (line.trim() === '' || line.trimStart().startsWith('#')) {
      position = lineEnd + 1;
      continue;
    }
    linePattern.lastIndex = position;
    const match = linePattern.exec(text);
    const name = match?.[1];
    const start = match ? Math.min(linePattern.lastIndex, lineEnd) : position;
    if (
      match === null ||
      name === undefined ||
      (match[2] === undefined && text.slice(start, lineEnd).trim())
    ) {
      problem(position, lineEnd, 'This line is no assignment.');
      position = lineEnd + 1;
      continue;
    }
    if (!raw && startsOpenQuote(text, start, lineEnd)) problem(start, lineEnd, 'This quote is never closed.');
    const value = raw ? rawValue(text, start, lineEnd) : readValue(text, start, lineEnd);
    const at = { path, start: value.start, end: value.end };
    if (match[2] === undefined) values.set(name, { value: environment(name), at });
    else values.set(name, { value: value.expand ? expand(value.text) : value.text, at });
    position = Math.max(lineEnd, endOfLine(text, value.end)) + 1;
  }
  return { values, problems };
}

interface RawValue {
  text: string;
  expand: boolean;
  start: number;
  end: number;
}

function readValue(text: string, start: number, lineEnd: number): RawValue {
  const quote = text[start];
  if ((quote === '"' || quote === "'") && start < lineEnd) {
    const quoted = readQuoted(text, start, quote);
    if (quoted) return quoted;
  }
  const line = text.slice(start, lineEnd);
  // Only behind a space: `#1` is a value.
  const comment = line.indexOf(' #');
  const value = line.slice(0, comment < 0 ? line.length : comment).trimEnd();
  return { text: value, expand: true, start, end: start + value.length };
}

function startsOpenQuote(text: string, start: number, lineEnd: number): boolean {
  const quote = text[start];
  return start < lineEnd && (quote === '"' || quote === "'") && readQuoted(text, start, quote) === undefined;
}

function rawValue(text: string, start: number, lineEnd: number): RawValue {
  const value = text.slice(start, lineEnd).replace(/\r$/, '');
  return { text: value, expand: false, start, end: start + value.length };
}

function readQuoted(text: string, start: number, quote: string): RawValue | undefined {
  let value = '';
  for (let index = start + 1; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === quote) return { text: value, expand: quote === '"', start, end: index + 1 };
    const next = text[index + 1] ?? '';
    if (char !== '\\') value += char;
    else if (quote === "'") {
      value += next === "'" ? "'" : char + next;
      index += 1;
    } else {
      // An escaped dollar stays one: variables are replaced after this.
      value += next === '$' ? '$$' : (escapes[next] ?? next);
      index += 1;
    }
  }
  return undefined;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
