/** What a variable stands for; undefined: it is not set, or its value is not known here. */
export type Lookup = (name: string) => string | undefined;

export interface Expanded {
  text: string;
  /** Variables without value and default, expanded to nothing. */
  unresolved: readonly string[];
}

const maximumDepth = 10;

/**
 * Puts values in for `$X`, `${X}`, `${X:-y}`, `${X-y}`, `${X:+y}` and `${X+y}`, as Docker does in instructions that
 * expand. An escaped `$` stays a dollar; quotes are taken off when `unquote` says so.
 */
export function expand(
  text: string,
  lookup: Lookup,
  options: { escape?: string; unquote?: boolean } = {},
): Expanded {
  const unresolved: string[] = [];
  return { text: expandInto(text, lookup, options, unresolved, 0), unresolved };
}

function expandInto(
  text: string,
  lookup: Lookup,
  options: { escape?: string; unquote?: boolean },
  unresolved: string[],
  depth: number,
): string {
  const { escape = '\\', unquote = false } = options;
  let result = '';
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === escape && quote !== "'" && index + 1 < text.length) {
      const next = text[index + 1] ?? '';
      const special = next === '$' || next === escape || next === '"' || next === "'" || next === ' ';
      if (next !== '$' && (!unquote || !special)) result += character;
      result += next;
      index += 1;
    } else if (unquote && (character === '"' || character === "'") && (quote === '' || quote === character)) {
      quote = quote === '' ? character : '';
    } else if (character === '$' && quote !== "'") {
      const variable = variableAt(text, index);
      if (variable) {
        index = variable.end - 1;
        result += valueOf(variable, lookup, options, unresolved, depth);
      } else result += character;
    } else result += character;
  }
  return result;
}

export interface Variable {
  name: string;
  /** `:-`, `-`, `:+`, `+`, `:?`, `?`, `:=`, `=`, or '' for none. */
  operator: string;
  /** What stands behind the operator, and its offset. */
  word: string;
  wordStart: number;
  /** Offset behind the variable. */
  end: number;
}

/** A default value is short; where a brace is never closed, the search for it must end. */
const longestWord = 1000;
const bareName = /[A-Za-z_][A-Za-z0-9_]*/y;
const operators = /:?[-+?=]/y;

/** The `$X` or `${X…}` at an offset; undefined: what stands there is none. */
export function variableAt(text: string, dollar: number): Variable | undefined {
  const braced = text[dollar + 1] === '{';
  bareName.lastIndex = dollar + (braced ? 2 : 1);
  const name = bareName.exec(text)?.[0];
  if (name === undefined) return undefined;
  const behind = bareName.lastIndex;
  if (!braced) return { name, operator: '', word: '', wordStart: behind, end: behind };
  if (text[behind] === '}') return { name, operator: '', word: '', wordStart: behind, end: behind + 1 };
  operators.lastIndex = behind;
  const operator = operators.exec(text)?.[0];
  if (operator === undefined) return undefined;
  const wordStart = behind + operator.length;
  let depth = 1;
  for (let index = wordStart; index < text.length && index < wordStart + longestWord; index += 1) {
    if (text[index] === '}') {
      depth -= 1;
      if (depth === 0)
        return { name, operator, word: text.slice(wordStart, index), wordStart, end: index + 1 };
    } else if (text[index] === '$' && text[index + 1] === '{') depth += 1;
  }
  return undefined;
}

function valueOf(
  { name, operator, word }: Variable,
  lookup: Lookup,
  options: { escape?: string; unquote?: boolean },
  unresolved: string[],
  depth: number,
): string {
  const value = lookup(name);
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
  const other = (): string =>
    depth >= maximumDepth ? '' : expandInto(word, lookup, options, unresolved, depth + 1);
  if (operator.endsWith('+')) return isSet ? other() : '';
  if (isSet) return value;
  if (operator.endsWith('-') || operator.endsWith('=')) return other();
  if (value === undefined) unresolved.push(name);
  return '';
}
