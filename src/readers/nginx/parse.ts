import type { Span } from '../../source/span.ts';
import type { ReadProblem } from '../problem.ts';
import { lexNginx, type NginxToken } from './lexer.ts';
import type { NginxDirective, NginxWord } from './tree.ts';

/** Deeper than any real configuration; what lies deeper is left out, with a problem. */
const maximumDepth = 50;

export interface NginxParseOptions {
  /** The block that the text is included into. */
  parent?: NginxDirective;
  /** What to put in the place of an `include`. */
  include?: (directive: NginxDirective, depth: number) => readonly NginxDirective[];
  depth?: number;
}

interface Block {
  directive?: NginxDirective;
  children: NginxDirective[];
}

/** Reads one file's text as a tree; what makes no sense is a problem, and the rest is read. */
export function parseNginx(
  text: string,
  path: string,
  { parent, include, depth: outer = 0 }: NginxParseOptions = {},
): { directives: NginxDirective[]; problems: ReadProblem[] } {
  const problems: ReadProblem[] = [];
  const top: Block = { ...(parent && { directive: parent }), children: [] };
  const blocks: Block[] = [top];
  /** Open blocks that are too deep to be kept. */
  let skipped = 0;
  let words: NginxToken[] = [];
  const at = (start: number, end: number): Span => ({ path, start, end });
  const wrong = (start: number, end: number, message: string): void => {
    problems.push({ kind: 'syntax', path, at: at(start, end), message });
  };
  const current = (): Block => blocks.at(-1) ?? top;
  const make = (start: number, end: number): NginxDirective => {
    const [name, ...rest] = words;
    words = [];
    const { directive } = current();
    return {
      name: name?.value ?? '',
      args: rest.map((word): NginxWord => wordOf(word, path)),
      at: at(name?.start ?? start, end),
      nameAt: at(name?.start ?? start, name?.end ?? start),
      ...(directive && { parent: directive }),
    };
  };
  const add = (directive: NginxDirective): void => {
    if (skipped > 0) return;
    const { children } = current();
    if (directive.name === 'include' && include)
      for (const included of include(directive, outer + blocks.length)) children.push(included);
    else children.push(directive);
  };
  /** Words that no `;` ends, before a brace or the end. */
  const unfinished = (): void => {
    const [name] = words;
    const last = words.at(-1);
    if (!name || !last) return;
    wrong(name.start, last.end, `The directive "${shown(name.value)}" is not ended by ";".`);
    add(make(name.start, last.end));
  };

  let previous: NginxToken | undefined;
  for (const token of lexNginx(text)) {
    const { kind, start, end } = token;
    if (kind === 'word') {
      if (previous?.kind === 'word' && token.text !== ')')
        wrong(start, end, 'A space is missing behind a closing quote.');
      if (!token.quoted && (token.text.startsWith('"') || token.text.startsWith("'")))
        wrong(start, end, 'A quote is opened here and never closed.');
      words.push(token);
    } else if (kind === 'end') {
      if (words.length === 0) wrong(start, end, 'A ";" ends no directive.');
      else add(make(start, end));
    } else if (kind === 'open') {
      if (words.length === 0) wrong(start, end, 'A block has no name.');
      if (skipped > 0 || outer + blocks.length > maximumDepth) {
        if (skipped === 0) wrong(start, end, `Blocks are nested more than ${maximumDepth} deep.`);
        skipped += 1;
        words = [];
      } else {
        const children: NginxDirective[] = [];
        const lua = words[0]?.value?.endsWith('_by_lua_block');
        const directive = { ...make(start, text.length), blockAt: at(start, text.length) };
        if (!lua) directive.children = children;
        add(directive);
        blocks.push({ directive, children });
      }
    } else if (kind === 'close') {
      unfinished();
      const { directive } = current();
      if (skipped > 0) skipped -= 1;
      else if (blocks.length > 1 && directive?.blockAt) {
        directive.at.end = end;
        directive.blockAt.end = end;
        blocks.pop();
      } else wrong(start, end, 'A "}" closes no block.');
    }
    previous = token;
  }
  unfinished();
  for (const { directive } of blocks.slice(1))
    if (directive)
      wrong(
        directive.nameAt.start,
        directive.nameAt.end,
        `The block "${shown(directive.name)}" is not closed.`,
      );
  return { directives: top.children, problems };
}

function wordOf({ value = '', start, end, quoted = false }: NginxToken, path: string): NginxWord {
  return { value, at: { path, start, end }, quoted };
}

function shown(name: string | undefined): string {
  return name === undefined || name.length <= 40 ? (name ?? '') : `${name.slice(0, 40)}…`;
}
