import type { Span } from './span.ts';

/**
 * A text and where each of its UTF-16 units stands in a file: continuation lines joined, escapes undone, variables put
 * in, and still every word can be found and changed where it is written.
 */
export interface MappedText {
  text: string;
  path: string;
  /** Of each unit: where its source begins and ends (exclusive). Units of one variable's value share the variable's. */
  starts: readonly number[];
  ends: readonly number[];
}

/** A piece of a file as it is. */
export function mapped(path: string, text: string, start = 0, end: number = text.length): MappedText {
  const builder = new MappedBuilder(path);
  builder.copy(text, start, end);
  return builder.build();
}

/** A piece of a mapped text. */
export function mappedSlice(source: MappedText, start: number, end: number): MappedText {
  return {
    text: source.text.slice(start, end),
    path: source.path,
    starts: source.starts.slice(start, end),
    ends: source.ends.slice(start, end),
  };
}

/** Where a piece of the text is written; undefined for an empty one. */
export function mappedSpan(
  source: MappedText,
  start = 0,
  end: number = source.text.length,
): Span | undefined {
  const from = source.starts[start];
  const to = source.ends[end - 1];
  return from === undefined || to === undefined || start >= end
    ? undefined
    : { path: source.path, start: from, end: to };
}

export class MappedBuilder {
  readonly path: string;
  readonly #parts: string[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(path: string) {
    this.path = path;
  }

  /** Units of the file, as they are. */
  copy(text: string, start: number, end: number): void {
    this.#parts.push(text.slice(start, end));
    for (let offset = start; offset < end; offset += 1) {
      this.#starts.push(offset);
      this.#ends.push(offset + 1);
    }
  }

  /** A text that stands for something else in the file. */
  put(text: string, start: number, end: number): void {
    this.#parts.push(text);
    for (let count = text.length; count > 0; count -= 1) {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  /** A piece of another mapped text. */
  append(source: MappedText, start = 0, end: number = source.text.length): void {
    this.#parts.push(source.text.slice(start, end));
    for (let index = start; index < end; index += 1) {
      this.#starts.push(source.starts[index] ?? 0);
      this.#ends.push(source.ends[index] ?? 0);
    }
  }

  build(): MappedText {
    return { text: this.#parts.join(''), path: this.path, starts: this.#starts, ends: this.#ends };
  }
}
