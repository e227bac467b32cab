import { FlowList, isYamlMap, type YamlValue } from './yaml-value.ts';

/** What becomes of a value: a map changes some of its keys, `Append` and `At` a list; a value takes its place. */
export type Change = YamlValue | ReadonlyMap<string, Change> | Append | At;

export class Append {
  readonly items: readonly YamlValue[];

  constructor(items: readonly YamlValue[]) {
    this.items = items;
  }
}

export class At {
  readonly index: number;
  readonly change: Change;

  constructor(index: number, change: Change) {
    this.index = index;
    this.change = change;
  }
}

/** The value with the change; undefined: there is none yet. */
export function changed(value: YamlValue | undefined, change: Change): YamlValue {
  if (change instanceof Map) {
    const result: Record<string, YamlValue> = isYamlMap(value) ? { ...value } : {};
    for (const [key, inner] of change)
      result[key] = changed(Object.hasOwn(result, key) ? result[key] : undefined, inner);
    return result;
  }
  const items = Array.isArray(value) ? (value as readonly YamlValue[]) : [];
  if (change instanceof Append) return [...items, ...change.items];
  if (change instanceof At)
    return items.map((item, index) => (index === change.index ? changed(item, change.change) : item));
  return change as YamlValue;
}

/** Written on one line anyway. */
export function isInline(value: YamlValue): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    value instanceof FlowList ||
    (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0)
  );
}
