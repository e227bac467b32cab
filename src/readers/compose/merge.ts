import type { ComposeEntry, ComposeList, ComposeMap, ComposeNode } from './node.ts';
import { tagOf } from './convert.ts';
import { mountTarget, portKey } from './short-syntax.ts';

/** Maps that may be walked in one merge; aliases can make a small file stand for a vast one. */
const maxSteps = 100_000;

/** Counts what a merge has done, and says when it is too much. */
export class MergeBudget {
  private steps = 0;

  spend(): boolean {
    this.steps += 1;
    return this.steps <= maxSteps;
  }

  get exceeded(): boolean {
    return this.steps > maxSteps;
  }
}

/** Keys of a service whose value replaces an earlier one. */
const replaced = new Set(['command', 'entrypoint', 'healthcheck.test', 'provider']);
/** … that are a list of `KEY=VALUE` or a map, and merge by key. */
const keyed = new Set([
  'environment',
  'labels',
  'annotations',
  'sysctls',
  'extra_hosts',
  'build.args',
  'build.labels',
  'build.additional_contexts',
  'deploy.labels',
]);
/** … that are a list of names or a map by name. */
const named = new Set(['depends_on', 'networks']);
/** … that are one value or a list. */
const oneOrMany = new Set(['env_file', 'dns', 'dns_search', 'tmpfs', 'label_file']);
/** … that are lists without duplicates. */
const unique = new Set([
  ...oneOrMany,
  'expose',
  'cap_add',
  'cap_drop',
  'dns_opt',
  'links',
  'profiles',
  'build.tags',
]);

/**
 * One service over another, by the rules for several files and for `extends`.
 * https://docs.docker.com/reference/compose-file/merge/
 */
export function mergeService(base: ComposeNode, over: ComposeNode, budget: MergeBudget): ComposeNode {
  return mergeAt(base, over, '', budget);
}

/** The top level of one file over that of another. */
export function mergeModel(base: ComposeMap, over: ComposeMap, budget: MergeBudget): ComposeMap {
  return mergeMaps(base, over, (key, one, other) =>
    key === 'services' && one.kind === 'map' && other.kind === 'map'
      ? mergeMaps(one, other, (_, service, override) => mergeService(service, override, budget))
      : mergeAt(one, other, `:${key}`, budget),
  );
}

/** Takes out what `!reset` marks; only where there is such a mark. Each node is looked at once, however often it stands. */
export function withoutResets<Kind extends ComposeNode>(
  node: Kind,
  known = new Map<ComposeNode, ComposeNode>(),
): Kind {
  const before = known.get(node);
  if (before) return before as Kind;
  const plain =
    node.kind === 'scalar' ? node : node.kind === 'list' ? plainList(node, known) : plainMap(node, known);
  known.set(node, plain);
  return plain as Kind;
}

function plainList(list: ComposeList, known: Map<ComposeNode, ComposeNode>): ComposeList {
  const items = list.items
    .filter((item) => tagOf(item) !== 'reset')
    .map((item) => withoutResets(item, known));
  return items.length === list.items.length && items.every((item, index) => item === list.items[index])
    ? list
    : { ...list, items };
}

function plainMap(map: ComposeMap, known: Map<ComposeNode, ComposeNode>): ComposeMap {
  const entries = new Map<string, ComposeEntry>();
  let changed = false;
  for (const [key, entry] of map.entries) {
    const plain = withoutResets(entry.node, known);
    changed ||= plain !== entry.node || tagOf(entry.node) === 'reset';
    if (tagOf(entry.node) !== 'reset')
      entries.set(key, plain === entry.node ? entry : { ...entry, node: plain });
  }
  return changed ? { ...map, entries } : map;
}

function mergeMaps(
  base: ComposeMap,
  over: ComposeMap,
  merge: (key: string, base: ComposeNode, over: ComposeNode) => ComposeNode,
): ComposeMap {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const earlier = entries.get(key);
    if (tagOf(entry.node) === 'reset') entries.delete(key);
    else if (earlier === undefined || tagOf(entry.node) === 'override') entries.set(key, entry);
    else entries.set(key, { keyAt: entry.keyAt, node: merge(key, earlier.node, entry.node) });
  }
  return { kind: 'map', entries, at: over.at, shared: base.shared || over.shared };
}

function mergeAt(base: ComposeNode, over: ComposeNode, path: string, budget: MergeBudget): ComposeNode {
  if (replaced.has(path) || !budget.spend()) return over;
  if (isNull(over) && base.kind !== 'scalar') return base;
  if (path === 'logging' && !sameDriver(base, over)) return over;
  if (path === 'build') return mergeMapsAt(asBuild(base), asBuild(over), path, budget);
  if (keyed.has(path)) return mergeMapsAt(asKeyed(base), asKeyed(over), path, budget);
  if (named.has(path)) return mergeMapsAt(asNamed(base), asNamed(over), path, budget);
  if (oneOrMany.has(path)) return mergeLists(asList(base), asList(over), path);
  if (base.kind === 'list' && over.kind === 'list') return mergeLists(base, over, path);
  return mergeMapsAt(base, over, path, budget);
}

function mergeMapsAt(base: ComposeNode, over: ComposeNode, path: string, budget: MergeBudget): ComposeNode {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  return mergeMaps(base, over, (key, one, other) =>
    key.startsWith('x-') ? other : mergeAt(one, other, path === '' ? key : `${path}.${key}`, budget),
  );
}

function mergeLists(base: ComposeList, over: ComposeList, path: string): ComposeList {
  const both: ComposeList = {
    kind: 'list',
    items: [...base.items, ...over.items.filter((item) => tagOf(item) !== 'reset')],
    at: over.at,
    shared: base.shared || over.shared,
  };
  const key = keyOf(path);
  return key === undefined ? both : { ...both, items: lastOfEach(both.items, key) };
}

/** What may stand in a list only once; a later one takes the earlier one's place. */
function keyOf(path: string): ((item: ComposeNode) => string | undefined) | undefined {
  if (path === 'ports') return portKey;
  if (path === 'volumes' || path === 'devices') return mountTarget;
  if (path === 'configs' || path === 'secrets') return grantTarget;
  return unique.has(path) ? scalarText : undefined;
}

/** Without duplicates: a later one takes the earlier one's place. */
export function lastOfEach<Item>(items: readonly Item[], key: (item: Item) => string | undefined): Item[] {
  const result: Item[] = [];
  const places = new Map<string, number>();
  for (const item of items) {
    const name = key(item);
    const place = name === undefined ? undefined : places.get(name);
    if (place !== undefined) result[place] = item;
    else {
      if (name !== undefined) places.set(name, result.length);
      result.push(item);
    }
  }
  return result;
}

function scalarText(item: ComposeNode): string | undefined {
  if (item.kind === 'scalar') return String(item.value);
  const path = item.kind === 'map' ? item.entries.get('path')?.node : undefined;
  return path?.kind === 'scalar' ? String(path.value) : undefined;
}

function grantTarget(item: ComposeNode): string | undefined {
  if (item.kind === 'scalar') return String(item.value);
  const entries = item.kind === 'map' ? item.entries : undefined;
  const name = (entries?.get('target') ?? entries?.get('source'))?.node;
  return name?.kind === 'scalar' ? String(name.value) : undefined;
}

function sameDriver(base: ComposeNode, over: ComposeNode): boolean {
  const [one, other] = [base, over].map((node) => {
    const driver = node.kind === 'map' ? node.entries.get('driver')?.node : undefined;
    return driver?.kind === 'scalar' ? driver.value : undefined;
  });
  return one === undefined || other === undefined || one === other;
}

function isNull(node: ComposeNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function asList(node: ComposeNode): ComposeList {
  if (node.kind === 'list') return node;
  return {
    kind: 'list',
    items: isNull(node) ? [] : [node],
    at: node.at,
    shared: node.shared,
  };
}

function mapOf(node: ComposeNode, entries: Iterable<[string, ComposeEntry]>): ComposeMap {
  return { kind: 'map', entries: new Map(entries), at: node.at, shared: node.shared };
}

/** `build: .` is short for `build: {context: .}`. */
function asBuild(node: ComposeNode): ComposeNode {
  return node.kind === 'scalar' && !isNull(node)
    ? mapOf(node, [['context', { keyAt: node.at, node }]])
    : node;
}

/** A list of `KEY=VALUE` as the map that it is short for; `KEY` alone has the value null. */
export function asKeyed(node: ComposeNode): ComposeNode {
  if (node.kind !== 'list') return node;
  const entries = new Map<string, ComposeEntry>();
  for (const item of node.items) {
    if (item.kind !== 'scalar' || item.value === null) continue;
    const text = String(item.value);
    const cut = text.indexOf('=');
    const value = cut < 0 ? null : text.slice(cut + 1);
    entries.set(cut < 0 ? text : text.slice(0, cut), { keyAt: item.at, node: { ...item, value } });
  }
  return mapOf(node, entries);
}

/** A list of names as the map that it is short for. */
export function asNamed(node: ComposeNode): ComposeNode {
  if (node.kind !== 'list') return node;
  const entries = new Map<string, ComposeEntry>();
  for (const item of node.items)
    if (item.kind === 'scalar')
      entries.set(String(item.value), { keyAt: item.at, node: { ...item, value: null } });
  return mapOf(node, entries);
}
