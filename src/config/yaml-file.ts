import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
} from 'yaml';
import type { Problem } from './problem.ts';

/** Counted from 1. */
export interface Position {
  line: number;
  column: number;
}

export interface YamlFile {
  /** The file as the user would name it. */
  where: string;
  value: unknown;
  /** Where a key, or the value at it, stands; the nearest place above when it stands nowhere itself. */
  locate: (path: readonly PropertyKey[], about: 'key' | 'value') => Position;
  problems: readonly Problem[];
}

/** Reads YAML 1.2 with merge keys; duplicate keys and syntax errors become problems, never exceptions. */
export function readYaml(content: string, where: string): YamlFile {
  const text = content.replace(/^\uFEFF/, '');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: Problem[] = document.errors.map((error) => ({
    where,
    ...position(error.pos[0]),
    text: syntaxText(error.code, error.message, text.slice(error.pos[0])),
  }));
  let value: unknown;
  if (problems.length === 0) {
    try {
      value = document.toJS();
    } catch (error) {
      // An alias without its anchor, or aliases that multiply without end.
      problems.push({ where, line: 1, column: 1, text: (error as Error).message });
    }
  }
  return {
    where,
    value,
    locate: (path, about) => position(offsetOf(document, path, about)),
    problems,
  };
}

function syntaxText(code: string, message: string, source: string): string {
  if (code === 'DUPLICATE_KEY') return `duplicate key ${JSON.stringify(/^[^:\n]*/.exec(source)?.[0].trim())}`;
  if (code === 'MULTIPLE_DOCS') return 'a second YAML document begins here; one is allowed';
  if (code === 'TAB_AS_INDENT') return 'YAML is indented with spaces, not with tabs';
  return `no valid YAML: ${message}`;
}

function offsetOf(document: Document, path: readonly PropertyKey[], about: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, key] of path.entries()) {
    const wantsKey = about === 'key' && index === path.length - 1;
    const found = step(isAlias(node) ? node.resolve(document) : node, key);
    if (found === undefined) return offset;
    offset = (wantsKey ? startOf(found.key) : startOf(found.value)) ?? startOf(found.key) ?? offset;
    node = found.value;
  }
  return offset;
}

function step(node: unknown, key: PropertyKey): { key: unknown; value: unknown } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(key)];
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
  );
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function startOf(node: unknown): number | undefined {
  // An empty value has a range too, but it points behind the key; the key itself is easier to find.
  if (!isNode(node) || (isScalar(node) && node.value === null && (node.source ?? '') === ''))
    return undefined;
  return node.range?.[0];
}
