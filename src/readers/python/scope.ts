import type { SyntaxNode } from '@lezer/common';
import type { PythonModule } from './settings.ts';
import { children } from './syntax.ts';

const maximumChain = 30;

/**
 * What names stand for: imports by their alias, and variables that hold an object of an imported class
 * (`app = Flask(__name__)`). One scope for the whole file: the same name for two things is rare.
 */
export class Scope {
  readonly #text: string;
  readonly #names = new Map<string, string>();
  readonly #stars: string[] = [];

  constructor(text: string, imports: PythonModule['imports']) {
    this.#text = text;
    for (const { module, name, alias } of imports) {
      if (name === '*') this.#stars.push(module);
      else this.#names.set(alias, aliasTarget(module, name, alias));
    }
  }

  /** Remembers that a variable holds what a call of a class gives back. */
  holds(variable: string, call: SyntaxNode): void {
    const callee = call.firstChild;
    const name = callee ? this.resolve(callee) : undefined;
    const last = name?.slice(name.lastIndexOf('.') + 1);
    if (name?.includes('.') && last !== undefined && /^[A-Z]/.test(last) && !this.#names.has(variable))
      this.#names.set(variable, name);
  }

  /** The dotted name of an expression, its first name resolved; undefined: it is not just names. */
  resolve(node: SyntaxNode): string | undefined {
    const segments = this.#segments(node);
    if (!segments) return undefined;
    const [head = '', ...rest] = segments;
    return [this.#names.get(head) ?? head, ...rest].join('.');
  }

  /** The name that a `from module import *` may have brought, as a dotted name. */
  starred(name: string): string[] {
    return this.#stars.map((module) => `${module}.${name}`);
  }

  #segments(node: SyntaxNode): string[] | undefined {
    const segments: string[] = [];
    let current: SyntaxNode | null = node;
    for (let count = 0; current && count < maximumChain; count += 1) {
      if (current.name === 'VariableName')
        return [this.#text.slice(current.from, current.to), ...segments.toReversed()];
      if (current.name === 'MemberExpression') {
        const last: SyntaxNode | null = current.lastChild;
        if (last?.name !== 'PropertyName') return undefined;
        segments.push(this.#text.slice(last.from, last.to));
      } else if (current.name !== 'CallExpression') return undefined;
      // `Flask(__name__).run()`: what a call of a class gives back has the class's methods.
      current = current.firstChild;
    }
    return undefined;
  }
}

function aliasTarget(module: string, name: string | undefined, alias: string): string {
  if (name !== undefined) return module.endsWith('.') ? `${module}${name}` : `${module}.${name}`;
  // `import a.b` binds `a`; `import a.b as c` binds c to `a.b`.
  return module.split('.')[0] === alias ? alias : module;
}

/** The names that an import statement brings. */
export function importsOf(text: string, path: string, statement: SyntaxNode): PythonModule['imports'] {
  const at = { path, start: statement.from, end: statement.to };
  const nodes = children(statement);
  const isFrom = nodes[0]?.name === 'from';
  const found: { module: string; name?: string; alias: string; at: typeof at }[] = [];
  let module = '';
  let index = 1;
  const word = (): string => {
    const node = nodes[index];
    return node ? text.slice(node.from, node.to) : '';
  };
  if (isFrom) {
    for (; index < nodes.length && nodes[index]?.name !== 'import'; index += 1) module += word();
    index += 1;
  }
  let name = '';
  let alias = '';
  const finish = (): void => {
    if (name !== '') {
      if (isFrom) found.push({ module, name, alias: alias === '' ? name : alias, at });
      else found.push({ module: name, alias: alias === '' ? (name.split('.')[0] ?? name) : alias, at });
    }
    name = '';
    alias = '';
  };
  for (; index < nodes.length; index += 1) {
    const kind = nodes[index]?.name;
    if (kind === ',') finish();
    else if (kind === 'as') {
      index += 1;
      alias = word();
    } else if (kind === 'VariableName' || kind === '.' || kind === '*') name += word();
  }
  finish();
  return found;
}
