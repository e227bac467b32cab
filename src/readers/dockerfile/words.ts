import { MappedBuilder, mappedSlice } from '../../source/mapped.ts';
import type { MappedText } from '../../source/mapped.ts';

/** A JSON array of strings with the place of each; undefined: it is none, and Docker takes the text as shell form. */
export function execForm(source: MappedText): MappedText[] | undefined {
  const { text } = source;
  if (!text.trimStart().startsWith('[')) return undefined;
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) return undefined;
  const words: MappedText[] = [];
  let position = text.indexOf('[') + 1;
  // It is valid JSON, so every quote from here on begins a string.
  for (;;) {
    const open = text.indexOf('"', position);
    if (open === -1) return words;
    const close = stringEnd(text, open);
    words.push(jsonString(source, open, close));
    position = close;
  }
}

function stringEnd(text: string, open: number): number {
  let index = open + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}

function jsonString(source: MappedText, open: number, close: number): MappedText {
  if (!source.text.slice(open, close).includes('\\')) return mappedSlice(source, open + 1, close - 1);
  const builder = new MappedBuilder(source.path);
  for (let index = open + 1; index < close - 1;) {
    if (source.text[index] === '\\') {
      const length = source.text[index + 1] === 'u' ? 6 : 2;
      const value = JSON.parse(`"${source.text.slice(index, index + length)}"`) as string;
      builder.put(value, source.starts[index] ?? 0, source.ends[index + length - 1] ?? 0);
      index += length;
    } else {
      builder.append(source, index, index + 1);
      index += 1;
    }
  }
  return builder.build();
}

/** Words of an instruction at blanks, quotes kept together and left in; `escape` takes the next character as it is. */
export function instructionWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === escape && quote !== "'" && index + 1 < text.length) {
      word += character + (text[index + 1] ?? '');
      index += 1;
    } else if (quote === '' && (character === ' ' || character === '\t')) {
      if (word !== '') words.push(word);
      word = '';
    } else {
      if (quote === character) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      word += character;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

/** The pairs of `ENV A=1 B="2 3"` or `ENV A 1 2`, and of ARG; values as written, undefined without `=`. */
export function pairs(text: string, escape: string, spaced: boolean): [string, string | undefined][] {
  const words = instructionWords(text, escape);
  const [first = ''] = words;
  if (spaced && first !== '' && !first.includes('='))
    return [[first, text.trimStart().slice(first.length).trim()]];
  return words.map((word) => {
    const equals = word.indexOf('=');
    return equals === -1 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** `--flag` and `--flag=value` words in front of an instruction's arguments, and the offset behind them. */
export function leadingFlags(text: string): { flags: ReadonlyMap<string, string>; rest: string } {
  const flags = new Map<string, string>();
  let rest = text.trimStart();
  for (;;) {
    const flag = /^--([a-z][a-z-]*)(?:=(\S*))?(?:\s+|$)/i.exec(rest);
    if (!flag) return { flags, rest };
    flags.set((flag[1] ?? '').toLowerCase(), flag[2] ?? '');
    rest = rest.slice(flag[0].length);
  }
}
