import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { assignmentRanges, lineRanges, proseRanges } from './assignments.ts';
import { isSecretName } from './names.ts';
import { placeholder, shift, type Range } from './ranges.ts';
import { valueRanges } from './values.ts';

/** Calls that take a secret. */
const secretCalls = /(?:^|\.)(?:SecretStr|SecretBytes|Secret|Fernet|HTTPBasicAuth|BasicAuth|b64decode)$/;
/** Most nodes of one value that are looked at. */
const maxNodes = 2_000;

/** Secrets in Python: strings that are given to secret names, and those that hold `name=value`; comments. */
export function pythonRanges(text: string): Range[] {
  const ranges: Range[] = [];
  const tree = parser.parse(text);
  tree.iterate({
    enter: ({ node, name }) => {
      if (name === 'Comment') {
        const comment = text.slice(node.from, node.to);
        ranges.push(...shift([...assignmentRanges(comment), ...proseRanges(comment)], node.from));
      } else if (name === 'String' || name === 'FormatString') {
        const content = text.slice(node.from, node.to);
        ranges.push(...shift([...assignmentRanges(content), ...insideLines(content, node)], node.from));
      } else if (name === 'AssignStatement' || name === 'NamedExpression') assigned(node);
      else if (name === 'ArgList' || name === 'ParamList') {
        keywords(node);
        if (name === 'ArgList') called(node);
      } else if (name === 'DictionaryExpression') entries(node);
      else if (name === 'BinaryExpression') compared(node);
    },
  });
  return [...ranges, ...optionLists(text)];

  /** `password = "…"`, `app.config["SECRET_KEY"] = "…"`, `secret: str = "…"`, `user, password = "…", "…"`. */
  function assigned(node: SyntaxNode): void {
    const operators = node.getChildren('AssignOp');
    const from = operators.at(-1)?.from ?? node.to;
    let secret: string | undefined;
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.from < from)
        secret ??= named(child) ?? child.getChildren('VariableName').map(named).find(Boolean);
      else if (secret !== undefined) redactStrings(child, secret);
    }
  }

  /** `connect(password="…")`, `def connect(password="…")`. */
  function keywords(node: SyntaxNode): void {
    let name: SyntaxNode | undefined;
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.name === ',' || child.name === '(') name = undefined;
      else if (child.name === 'VariableName' && name === undefined) name = child;
      else if (child.name !== 'AssignOp' && child.name !== 'TypeDef' && name !== undefined)
        redactStrings(child, named(name));
    }
  }

  /** `getenv("SECRET_KEY", "default")`, `config("TOKEN", default="…")`, `SecretStr("…")`, `check(password, "…")`. */
  function called(node: SyntaxNode): void {
    const callee = node.prevSibling;
    const all = callee !== null && secretCalls.test(text.slice(callee.from, callee.to));
    const first = node.firstChild?.nextSibling;
    if (all) redactStrings(node, 'secret');
    else if (first?.name === 'String')
      for (let child = first.nextSibling; child; child = child.nextSibling)
        redactStrings(child, named(first));
  }

  /** `{"PASSWORD": "…"}` */
  function entries(node: SyntaxNode): void {
    let key: SyntaxNode | undefined;
    let value = false;
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.name === ',' || child.name === '{') {
        key = undefined;
        value = false;
      } else if (child.name === ':') value = true;
      else if (!value) key = child;
      else if (key !== undefined) redactStrings(child, named(key));
    }
  }

  /** `token == "…"` */
  function compared(node: SyntaxNode): void {
    const { firstChild, lastChild } = node;
    if (node.getChild('CompareOp') === null || firstChild === null || lastChild === null) return;
    redactStrings(lastChild, named(firstChild));
    redactStrings(firstChild, named(lastChild));
  }

  /** The secret name that a variable, an attribute, a subscript or a string is. */
  function named(node: SyntaxNode): string | undefined {
    const source = (part: SyntaxNode | null): string | undefined =>
      part === null ? undefined : text.slice(part.from, part.to);
    const name =
      node.name === 'VariableName'
        ? source(node)
        : node.name === 'String'
          ? inner(node)
          : node.name === 'MemberExpression'
            ? (source(node.getChild('PropertyName')) ?? innerOf(node.getChild('String')))
            : undefined;
    return name !== undefined && isNameLike(name) ? name : undefined;
  }

  function innerOf(node: SyntaxNode | null): string | undefined {
    return node === null ? undefined : inner(node);
  }

  function inner(node: SyntaxNode): string {
    return text.slice(node.from, node.to).replaceAll(/^\w*["']+|["']+$/g, '');
  }

  /** Every string and number of an expression, but names: of variables (`os.environ["SECRET"]`), keys of dictionaries. */
  function redactStrings(node: SyntaxNode, name: string | undefined): void {
    if (name === undefined) return;
    let budget = maxNodes;
    node.cursor().iterate((cursor) => {
      budget -= 1;
      if (budget < 0 || cursor.from < node.from || cursor.to > node.to) return false;
      if (cursor.name === 'String' || cursor.name === 'FormatString') {
        if (!isReference(cursor.node)) ranges.push(...stringRange(cursor.node, name));
        return false;
      }
      if (cursor.name === 'Number' && cursor.node === node)
        ranges.push(...valueRanges(name, text, cursor.from, cursor.to));
      return true;
    });
  }

  function isReference(node: SyntaxNode): boolean {
    if (node.parent?.name === 'DictionaryExpression' && node.nextSibling?.name === ':')
      return /^[A-Za-z_-]{1,40}$/.test(inner(node));
    const { parent, prevSibling } = node;
    if (parent?.name === 'MemberExpression') return /^[A-Za-z_][\w-]{0,40}$/.test(inner(node));
    return parent?.name === 'ArgList' && prevSibling?.name === '(' && /^[A-Z][A-Z\d_]*$/.test(inner(node));
  }

  function stringRange(node: SyntaxNode, name: string): Range[] {
    const source = text.slice(node.from, node.to);
    const open = /^\w*("""|'''|"|')/.exec(source);
    if (!open) return [];
    const [lead, quote = ''] = open;
    const start = node.from + lead.length;
    const end =
      source.length >= lead.length + quote.length && source.endsWith(quote)
        ? node.to - quote.length
        : node.to;
    return valueRanges(name, text, start, end);
  }
}

function isNameLike(word: string): boolean {
  return /^[\w.-]{1,60}$/.test(word) && isSecretName(word);
}

/** What a docstring tells, and lines `name: value` of embedded configuration. */
function insideLines(content: string, { parent }: SyntaxNode): Range[] {
  if (parent?.name === 'ExpressionStatement') {
    const quote = /^\w*["']+/.exec(content)?.[0].length ?? 0;
    const end = content.replace(/["']+$/, '').length;
    return shift(proseRanges(content.slice(quote, end)), quote);
  }
  return content.includes('\n') ? lineRanges(content) : [];
}

/** `["--password", "abc"]`: the rule for command lines sees the quotes between. */
function optionLists(text: string): Range[] {
  return [...text.matchAll(/["'](--?[A-Za-z][\w-]{0,60})["'],[ \t]*["']([^"'\n]{1,200})["']/g)].flatMap(
    ({ index, 0: found, 1: name = '', 2: value = '' }) => {
      const end = index + found.length - 1;
      return value.startsWith('-') || value === placeholder || !isSecretName(name)
        ? []
        : valueRanges(name, text, end - value.length, end);
    },
  );
}
