import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { YAMLMap } from 'yaml';
import { isMergeKey, keyText, scalarValue, type YamlSource } from './yaml.ts';

/** What can be written. Text is written as given: a literal `$` is `$$` in a Compose file. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | FlowList
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/** A list to be written on one line: `[CMD, pg_isready]`. */
export class FlowList {
  readonly items: readonly YamlValue[];

  constructor(items: readonly YamlValue[]) {
    this.items = items;
  }
}

export function isYamlMap(value: YamlValue | undefined): value is Readonly<Record<string, YamlValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof FlowList);
}

/** Values that one service may have; aliases can make few lines stand for more. */
const maxValues = 20_000;

/** Values of nodes, aliases and merge keys resolved, variables left as they are written. */
export class ValueReader {
  private count = 0;
  private readonly source: YamlSource;

  constructor(source: YamlSource) {
    this.source = source;
  }

  /** There were too many values, or an anchor stands in what it names: what was read is not all. */
  get exceeded(): boolean {
    return this.count > maxValues;
  }

  value(node: unknown): YamlValue {
    this.count += 1;
    if (this.exceeded) return null;
    if (isAlias(node)) return this.value(this.source.targets.get(node));
    if (isSeq(node)) return node.items.map((item) => this.value(item));
    if (isMap(node))
      return Object.fromEntries([...this.entries(node)].map(([key, value]) => [key, this.value(value)]));
    return isScalar(node) ? scalarValue(node) : null;
  }

  /** Nodes by key: the map's own, then those that it merges. */
  entries(map: YAMLMap): ReadonlyMap<string, unknown> {
    const entries = new Map<string, unknown>();
    const merged: unknown[] = [];
    for (const { key, value } of map.items) {
      const text = keyText(key);
      if (isMergeKey(key)) merged.push(value);
      else if (text !== undefined) entries.set(text, value);
    }
    for (const from of merged) this.merge(entries, from);
    return entries;
  }

  private merge(entries: Map<string, unknown>, from: unknown): void {
    this.count += 1;
    if (this.exceeded) return;
    const node = isAlias(from) ? this.source.targets.get(from) : from;
    if (isSeq(node)) for (const item of node.items) this.merge(entries, item);
    if (!isMap(node)) return;
    for (const [key, value] of this.entries(node)) if (!entries.has(key)) entries.set(key, value);
  }
}

/** Equal as values; how a list is written does not count. */
export function equalValues(one: YamlValue | undefined, other: YamlValue | undefined): boolean {
  const [a, b] = [one, other].map((value) => (value instanceof FlowList ? value.items : value));
  if (Array.isArray(a) && Array.isArray(b))
    return (
      a.length === b.length && a.every((item: YamlValue, index) => equalValues(item, b[index] as YamlValue))
    );
  if (isYamlMap(a) && isYamlMap(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equalValues(a[key], b[key]))
    );
  }
  return a === b;
}
