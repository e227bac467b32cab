import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Pair, YAMLMap } from 'yaml';
import type { Span } from '../../source/span.ts';
import type { ReadProblem } from '../problem.ts';
import { interpolate } from './interpolate.ts';
import type { ComposeEntry, ComposeNode, ComposeScalar } from './node.ts';
import { isMergeKey, keyText, parseYaml, scalarValue, type YamlSource } from './yaml.ts';

/** How often merge keys may copy an entry in one file; a person's file copies a few hundred. */
const maxCopies = 200_000;

export type MergeTag = 'reset' | 'override';

/** `!reset` and `!override`, which tell how a value is merged over an earlier file's. */
export function tagOf(node: ComposeNode): MergeTag | undefined {
  return (node as { tag?: MergeTag }).tag;
}

export interface ConvertOptions {
  path: string;
  /** See `ComposeScalar.base`. */
  base: string | undefined;
  lookup: (name: string) => string | undefined;
}

/**
 * The documents of one file: variables replaced, aliases and merge keys resolved, places kept. What an alias stands
 * for is one node wherever it stands, so that aliases of aliases cost nothing.
 */
export function convertFile(
  text: string,
  options: ConvertOptions,
): { documents: readonly ComposeNode[]; problems: readonly ReadProblem[] } {
  const source = parseYaml(text);
  const { path } = options;
  if (source.problems.length > 0)
    return {
      documents: [],
      problems: source.problems.map(({ start, end, message }) => ({
        kind: 'syntax',
        path,
        at: { path, start, end },
        message,
      })),
    };
  const converter = new Converter(source, options);
  const documents = source.documents.map(({ contents }) => converter.node(contents, 0, false));
  return { documents, problems: converter.problems };
}

class Converter {
  readonly problems: ReadProblem[] = [];
  private readonly done = new Map<Node, ComposeNode>();
  private readonly open = new Set<Node>();
  private readonly source: YamlSource;
  private readonly options: ConvertOptions;
  private copies = 0;

  constructor(source: YamlSource, options: ConvertOptions) {
    this.source = source;
    this.options = options;
  }

  /** @param position Where a node that does not exist would stand. */
  node(node: unknown, position: number, shared: boolean): ComposeNode {
    if (!isNode(node)) return { kind: 'scalar', value: null, at: this.span(position, position), shared };
    if (isAlias(node)) return this.alias(node);
    const known = this.done.get(node);
    if (known) return known;
    if (this.open.has(node)) return this.broken(node, 'An anchor stands in what it names.');
    this.open.add(node);
    const tag = node.tag === '!reset' ? 'reset' : node.tag === '!override' ? 'override' : undefined;
    const converted = this.content(node, shared || this.source.aliased.has(node));
    const result = tag === undefined ? converted : { ...converted, tag };
    this.open.delete(node);
    this.done.set(node, result);
    return result;
  }

  private content(node: Exclude<Node, Alias>, shared: boolean): ComposeNode {
    const at = this.spanOf(node);
    if (isSeq(node))
      return {
        kind: 'list',
        items: node.items.map((item) => this.node(item, at.end, shared)),
        at,
        shared,
      };
    if (isMap(node)) return { kind: 'map', entries: this.entries(node, shared), at, shared };
    return this.scalar(isScalar(node) ? scalarValue(node) : null, at, shared);
  }

  private scalar(value: ComposeScalar['value'], at: Span, shared: boolean): ComposeNode {
    if (typeof value !== 'string') return { kind: 'scalar', value, at, shared };
    const { base, lookup, path } = this.options;
    const { text, unresolved, invalidAt } = interpolate(value, lookup);
    if (invalidAt !== undefined)
      this.problems.push({
        kind: 'syntax',
        path,
        at,
        message: 'A `$` here begins no variable; Compose wants a literal one written as `$$`.',
      });
    return {
      kind: 'scalar',
      value: text,
      at,
      shared,
      ...(unresolved.length > 0 ? { unresolved } : {}),
      ...(base === undefined ? {} : { base }),
    };
  }

  private entries(map: YAMLMap, shared: boolean): ReadonlyMap<string, ComposeEntry> {
    const entries = new Map<string, ComposeEntry>();
    const merged: Pair[] = [];
    for (const pair of map.items) {
      if (isMergeKey(pair.key)) {
        merged.push(pair);
        continue;
      }
      const key = keyText(pair.key);
      if (key === undefined) continue;
      const keyAt = this.spanOf(pair.key);
      if (entries.has(key))
        this.problems.push({
          kind: 'syntax',
          path: this.options.path,
          at: keyAt,
          message: `The key \`${key}\` is already defined in this mapping.`,
        });
      entries.set(key, { keyAt, node: this.node(pair.value, keyAt.end, shared) });
    }
    for (const pair of merged) this.merge(entries, this.node(pair.value, map.range?.[1] ?? 0, shared));
    return entries;
  }

  /** `<<`: entries that are there stay, of several maps the first one counts. */
  private merge(entries: Map<string, ComposeEntry>, from: ComposeNode): void {
    const maps = from.kind === 'list' ? from.items : [from];
    for (const map of maps) {
      if (map.kind !== 'map') continue;
      this.copies += map.entries.size;
      if (this.copies > maxCopies) return;
      for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }

  private alias(node: Alias): ComposeNode {
    const target = this.source.targets.get(node);
    return target
      ? this.node(target, 0, true)
      : this.broken(node, `There is no anchor \`${node.source}\` before this alias.`);
  }

  private broken(node: Node, message: string): ComposeNode {
    const at = this.spanOf(node);
    this.problems.push({ kind: 'syntax', path: this.options.path, at, message });
    return { kind: 'scalar', value: null, at, shared: true };
  }

  private spanOf(node: unknown): Span {
    const range = isNode(node) ? node.range : undefined;
    return this.span(range?.[0] ?? 0, range?.[1] ?? 0);
  }

  private span(start: number, end: number): Span {
    return { path: this.options.path, start, end };
  }
}
