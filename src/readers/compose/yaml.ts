import { Composer, isAlias, isMap, isNode, isPair, isScalar, isSeq, Parser } from 'yaml';
import type { Alias, CST, Document, Node, Scalar, YAMLMap } from 'yaml';

/** Deeper than anybody nests a Compose file, and far from the end of the stack. */
const maxDepth = 100;

export interface YamlSource {
  documents: readonly Document[];
  /** What each alias stands for: the newest node with its anchor that comes before it. */
  targets: ReadonlyMap<Alias, Node>;
  /** Nodes that an alias stands for. */
  aliased: ReadonlySet<Node>;
  problems: readonly { start: number; end: number; message: string }[];
}

/**
 * Parses YAML 1.2 without resolving anything. Never throws: what nests too deeply is a problem and has no documents,
 * because the composer of the package recurses.
 */
export function parseYaml(text: string): YamlSource {
  const tokens = [...new Parser().parse(text)];
  const deep = tokens.map(deeperThan).find((offset) => offset !== undefined);
  if (deep !== undefined)
    return {
      documents: [],
      targets: new Map(),
      aliased: new Set(),
      problems: [{ start: deep, end: deep, message: `Nested more than ${maxDepth} levels deep.` }],
    };
  const documents = [
    ...new Composer({ prettyErrors: false, uniqueKeys: false, logLevel: 'silent' }).compose(tokens),
  ];
  const problems = documents
    .flatMap(({ errors }) => errors)
    .map(({ pos: [start, end], message }) => ({ start, end, message: message.trim() }));
  return { documents, ...resolveAliases(documents), problems };
}

/** Where a token begins to nest too deeply. The parser itself does not recurse. */
function deeperThan(root: CST.Token): number | undefined {
  const open: { token: CST.Token; depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return 'offset' in token ? token.offset : 0;
    const inner: (CST.Token | null | undefined)[] = [];
    if (token.type === 'document') inner.push(token.value);
    if ('items' in token)
      for (const item of token.items) {
        inner.push(item.key, item.value);
      }
    for (const child of inner) if (child) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

/** In one pass; asking each alias of the package would walk the document once for each. */
function resolveAliases(documents: readonly Document[]): Pick<YamlSource, 'targets' | 'aliased'> {
  const targets = new Map<Alias, Node>();
  for (const { contents } of documents) {
    const anchors = new Map<string, Node>();
    const walk = (node: unknown): void => {
      if (isPair(node)) {
        walk(node.key);
        walk(node.value);
        return;
      }
      if (!isNode(node)) return;
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
        return;
      }
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node) || isSeq(node)) for (const item of node.items) walk(item);
    };
    walk(contents);
  }
  return { targets, aliased: new Set(targets.values()) };
}

/** The text of a key as it would be in JSON; undefined: a key that is no scalar. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return key.source !== undefined && typeof key.value !== 'string' ? key.source : String(key.value);
}

/**
 * What a scalar is in JSON. Compose's parser knows numbers of YAML 1.1 too (`0755`, `1_000`, `0b11`), but not its
 * booleans; what is larger than a number can say stays text.
 */
export function scalarValue({ value, source = '', type }: Scalar): string | number | boolean | null {
  if (typeof value === 'boolean' || value === null) return value;
  const text = typeof value === 'string' ? value : source;
  if (type !== 'PLAIN') return text;
  const digits = text.replaceAll('_', '');
  if (/^[-+]?0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  if (/^0b[01]+$/.test(digits)) return Number(digits);
  if (/^[-+]?\d[\d_]*(?:\.\d*)?$/.test(text) && text.includes('_')) return Number(digits);
  if (typeof value !== 'number') return text;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value;
}

/** `<<` without quotes. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** The pair of a map that stands in its own text, not in what it merges. */
export function ownPair(map: YAMLMap, key: string) {
  return map.items.find((pair) => !isMergeKey(pair.key) && keyText(pair.key) === key);
}
