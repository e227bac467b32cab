import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/python';

/** Longer files are data or generated, and not worth their time. */
const maximumLength = 400_000;
/** Brackets inside brackets; people write less than ten. */
const maximumNesting = 300;

/** The syntax tree of a Python file; undefined: it is too large or too deeply nested to be read. */
export function syntaxTree(text: string): Tree | undefined {
  return text.length > maximumLength || nesting(text) > maximumNesting ? undefined : parser.parse(text);
}

/** The deepest nesting of brackets, or more (those in strings count too). */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.codePointAt(index);
    if (code === 0x28 || code === 0x5b || code === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if ((code === 0x29 || code === 0x5d || code === 0x7d) && depth > 0) depth -= 1;
  }
  return deepest;
}

/** Direct children, in order. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

/** One argument of a call, or one entry behind a name: `name=value`, `*value`, `**value`, `value`. */
export interface Argument {
  name?: string;
  star?: '*' | '**';
  /** Undefined: it is missing, in broken code. */
  value?: SyntaxNode;
  start: number;
  end: number;
}

/** The arguments of an ArgList. */
export function callArguments(text: string, list: SyntaxNode): Argument[] {
  const found: Argument[] = [];
  let current: Partial<Argument> & { nodes: SyntaxNode[] } = { nodes: [] };
  const finish = (): void => {
    const first = current.nodes[0];
    const last = current.nodes.at(-1);
    if (first && last) {
      const [name, assign, value] = current.nodes;
      const range = { start: first.from, end: last.to };
      if (first.name === '*' || first.name === '**')
        found.push({ ...range, star: first.name, ...(assign ? { value: assign } : {}) });
      else if (name && assign?.name === 'AssignOp')
        found.push({ ...range, name: text.slice(name.from, name.to), ...(value ? { value } : {}) });
      else found.push({ ...range, value: first });
    }
    current = { nodes: [] };
  };
  for (const node of children(list)) {
    if (node.name === '(' || node.name === ')' || node.name === 'Comment') continue;
    if (node.name === ',') finish();
    else if (!node.type.isError) current.nodes.push(node);
  }
  finish();
  return found;
}
