import { mappedSpan } from '../../source/mapped.ts';
import type { Span } from '../../source/span.ts';
import type { CommandWord } from './word.ts';

/** Where a flag stands in a command. */
export interface FlagPlace {
  /** Indexes of the first word of it and of the one behind it. */
  from: number;
  to: number;
  /** As it was spelled: `-w`. */
  spelling: string;
  /** Undefined: it has no value, or the value is missing. */
  value?: string;
  resolved: boolean;
  /** The characters of the value. */
  valueAt?: Span;
}

/**
 * Finds a flag in all its spellings: `--workers 4`, `--workers=4`, `-w 4`, `-w4`. The last one wins.
 *
 * @param names `['--workers', '-w']`
 * @param valued whether it takes a value
 */
export function findFlag(
  words: readonly CommandWord[],
  names: readonly string[],
  valued: boolean,
): FlagPlace | undefined {
  let found: FlagPlace | undefined;
  for (const [index, word] of words.entries()) {
    if (index === 0) continue;
    for (const name of names) {
      const place = flagAt(words, index, word, name, valued);
      if (place) found = place;
    }
  }
  return found;
}

function flagAt(
  words: readonly CommandWord[],
  index: number,
  word: CommandWord,
  name: string,
  valued: boolean,
): FlagPlace | undefined {
  const { text } = word;
  if (text === name) {
    if (!valued) return { from: index, to: index + 1, spelling: name, resolved: true };
    const next = words[index + 1];
    if (!next) return { from: index, to: index + 1, spelling: name, resolved: false };
    const at = next.source && mappedSpan(next.source);
    return {
      from: index,
      to: index + 2,
      spelling: name,
      value: next.text,
      resolved: next.resolved,
      ...(at ? { valueAt: at } : {}),
    };
  }
  const long = name.startsWith('--');
  const prefix = long ? `${name}=` : name;
  if (!valued || !text.startsWith(prefix) || (!long && (name.length !== 2 || text.startsWith('--'))))
    return undefined;
  const at = word.source && mappedSpan(word.source, prefix.length);
  return {
    from: index,
    to: index + 1,
    spelling: name,
    value: text.slice(prefix.length),
    resolved: word.resolved,
    ...(at ? { valueAt: at } : {}),
  };
}

/** Words that are neither flags nor values of flags; `switches` are the flags without a value. */
export function operands(words: readonly CommandWord[], switches: ReadonlySet<string>): CommandWord[] {
  const found: CommandWord[] = [];
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index];
    if (!word) break;
    if (!word.text.startsWith('-')) found.push(word);
    else if (!word.text.includes('=') && !switches.has(word.text) && !/^-[A-Za-z]./.test(word.text))
      index += 1;
  }
  return found;
}
