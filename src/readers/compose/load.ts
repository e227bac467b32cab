import { directoryOf, joinPath } from '../../source/files.ts';
import type { Located, Span } from '../../source/span.ts';
import { convertFile } from './convert.ts';
import { mergeModel, mergeService, type MergeBudget } from './merge.ts';
import { nodeText, type ComposeEntry, type ComposeMap, type ComposeNode } from './node.ts';
import type { Reading, Scope } from './scope.ts';

/** Files that include or extend one another in a row. */
const maxChain = 30;

type Services = ReadonlyMap<string, ComposeEntry>;

/** One parsed file, as it is before it extends or includes anything. */
interface Source {
  path: string;
  scope: Scope;
  documents: readonly ComposeMap[];
}

/** Puts the files of a project together: their documents, what they extend and include, one over the other. */
export class Loader {
  /** By service: each of its own definitions. */
  readonly definitions = new Map<string, ComposeEntry[]>();
  private readonly sources = new Map<Scope, Map<string, Source>>();
  private readonly extended = new Map<ComposeNode, ComposeNode>();
  private readonly extendScopes = new Map<Scope, Map<string, Scope>>();
  private readonly reading: Reading;
  private readonly budget: MergeBudget;

  constructor(reading: Reading, budget: MergeBudget) {
    this.reading = reading;
    this.budget = budget;
  }

  /** Later paths over earlier ones. @param chain Files that are being read, each because of the one before. */
  load(names: readonly Located<string>[], scope: Scope, chain: readonly string[]): ComposeMap {
    let model = emptyMap;
    for (const name of names) {
      const source = this.source(scope.base, name, scope);
      for (const document of source?.documents ?? [])
        model = mergeModel(model, this.complete(document, source as Source, model, chain), this.budget);
    }
    return model;
  }

  private source(base: string | undefined, name: Located<string>, scope: Scope): Source | undefined {
    const file = this.reading.text(base, name);
    if (file === undefined) return undefined;
    const ofScope = this.sources.get(scope) ?? new Map<string, Source>();
    this.sources.set(scope, ofScope);
    const known = ofScope.get(file.path);
    if (known) return known;
    const { documents, problems } = convertFile(file.text, {
      path: file.path,
      base: scope.base,
      lookup: scope.lookup,
    });
    this.reading.problems.push(...problems);
    const maps = documents.filter((document) => document.kind === 'map');
    for (const document of documents)
      if (document.kind !== 'map' && (document.kind === 'list' || document.value !== null))
        this.problem(document.at, 'A Compose file is a mapping; this is none.');
    const source = { path: file.path, scope, documents: maps };
    ofScope.set(file.path, source);
    return source;
  }

  /** A document with what it extends and includes. */
  private complete(
    document: ComposeMap,
    source: Source,
    earlier: ComposeMap,
    chain: readonly string[],
  ): ComposeMap {
    const entries = new Map(document.entries);
    const own = servicesOf(document);
    const services = new Map<string, ComposeEntry>();
    for (const [name, entry] of own) {
      const definitions = this.definitions.get(name) ?? [];
      this.definitions.set(name, [...definitions, entry]);
      const scope = { own, earlier: servicesOf(earlier) };
      services.set(name, { ...entry, node: this.service(name, entry.node, source, scope, []) });
    }
    const section = entries.get('services');
    if (section && own.size > 0) entries.set('services', withEntries(section, services));
    else entries.delete('services');
    let model: ComposeMap = { ...document, entries };
    for (const included of this.included(document, source, chain)) model = this.import(model, included);
    return model;
  }

  private service(
    name: string,
    node: ComposeNode,
    source: Source,
    siblings: { own: Services; earlier: Services },
    chain: readonly string[],
  ): ComposeNode {
    const entry = node.kind === 'map' ? node.entries.get('extends') : undefined;
    if (node.kind !== 'map' || entry === undefined) return node;
    const known = this.extended.get(node);
    if (known) return known;
    const key = `${source.path} ${name}`;
    if (chain.includes(key) || chain.length > maxChain) {
      this.problem(entry.node.at, `\`${name}\` extends itself.`);
      return node;
    }
    const base = this.base(entry.node, source, siblings, [...chain, key]);
    const own: ComposeMap = {
      ...node,
      entries: new Map([...node.entries].filter(([at]) => at !== 'extends')),
    };
    const result = base === undefined ? own : mergeService(base, own, this.budget);
    this.extended.set(node, result);
    return result;
  }

  /** The service that `extends` names, with what it extends itself. */
  private base(
    node: ComposeNode,
    source: Source,
    siblings: { own: Services; earlier: Services },
    chain: readonly string[],
  ): ComposeNode | undefined {
    const field = (key: string) => (node.kind === 'map' ? node.entries.get(key)?.node : undefined);
    const name = nodeText(node.kind === 'map' ? field('service') : node);
    const file = field('file');
    const path = nodeText(file);
    if (name === undefined) return undefined;
    if (file === undefined || path === undefined) {
      const found = siblings.own.get(name) ?? siblings.earlier.get(name);
      if (found) return this.service(name, found.node, source, siblings, chain);
      this.problem(node.at, `There is no service \`${name}\` to extend.`);
      return undefined;
    }
    const located = { value: path, at: file.at };
    const scope = this.scopeBeside(source.scope, path);
    const other = this.source(source.scope.base, located, scope);
    const document = other?.documents.find((map) => servicesOf(map).has(name));
    if (other === undefined) return undefined;
    if (document === undefined) {
      this.problem(node.at, `\`${path}\` has no service \`${name}\` to extend.`);
      return undefined;
    }
    const own = servicesOf(document);
    return this.service(name, own.get(name)?.node ?? document, other, { own, earlier: new Map() }, chain);
  }

  /** In a file that is extended, paths are relative to that file; variables are the same. One scope for each directory. */
  private scopeBeside(scope: Scope, path: string): Scope {
    const joined = scope.base === undefined ? undefined : joinPath(scope.base, path);
    const base = joined === undefined ? undefined : directoryOf(joined);
    const ofScope = this.extendScopes.get(scope) ?? new Map<string, Scope>();
    this.extendScopes.set(scope, ofScope);
    const known = ofScope.get(base ?? '/') ?? { base, lookup: scope.lookup };
    ofScope.set(base ?? '/', known);
    return known;
  }

  private included(document: ComposeMap, source: Source, chain: readonly string[]): ComposeMap[] {
    const list = document.entries.get('include')?.node;
    if (list?.kind !== 'list') return [];
    return list.items.flatMap((item) => {
      const { scope } = source;
      const names = located(item.kind === 'map' ? item.entries.get('path')?.node : item);
      const [first] = names;
      const path = first && scope.base !== undefined ? joinPath(scope.base, first.value) : undefined;
      if (first === undefined) return [];
      if (path !== undefined && (chain.includes(path) || path === source.path || chain.length > maxChain)) {
        this.problem(first.at, `\`${first.value}\` includes itself.`);
        return [];
      }
      const inner = this.includeScope(item, scope, path);
      // Names of the files are relative to the including project, what stands in them to their own.
      const files = names.map((name) => this.source(scope.base, name, inner)).filter((file) => !!file);
      let model = emptyMap;
      for (const file of files)
        for (const part of file.documents)
          model = mergeModel(
            model,
            this.complete(part, file, model, [...chain, source.path, file.path]),
            this.budget,
          );
      return [model];
    });
  }

  private includeScope(item: ComposeNode, outer: Scope, path: string | undefined): Scope {
    const field = (key: string) => (item.kind === 'map' ? item.entries.get(key)?.node : undefined);
    const directory = nodeText(field('project_directory'));
    const base =
      directory === undefined
        ? path === undefined
          ? undefined
          : directoryOf(path)
        : outer.base === undefined
          ? undefined
          : joinPath(outer.base, directory);
    const envFiles = located(field('env_file'));
    if (envFiles.length > 0) return this.reading.withEnv(outer, base, envFiles, true);
    const beside = { base, lookup: outer.lookup };
    const { base: _, lookup } = this.reading.withEnv(beside, base, [{ value: '.env', at: item.at }], false);
    return { base, lookup };
  }

  /** Adds what an included project defines; what is there already stays. */
  private import(model: ComposeMap, included: ComposeMap): ComposeMap {
    const entries = new Map(model.entries);
    for (const key of ['services', 'volumes', 'networks', 'configs', 'secrets']) {
      const theirs = included.entries.get(key);
      const ours = entries.get(key);
      if (theirs?.node.kind !== 'map') continue;
      if (ours?.node.kind !== 'map') {
        entries.set(key, theirs);
        continue;
      }
      const known = ours.node.entries;
      for (const [name, { keyAt }] of known)
        if (key === 'services' && theirs.node.entries.has(name))
          this.problem(keyAt, `The service \`${name}\` is defined in an included file too.`);
      const missing = [...theirs.node.entries].filter(([name]) => !known.has(name));
      entries.set(key, withEntries(ours, new Map([...known, ...missing])));
    }
    return { ...model, entries };
  }

  private problem(at: Span, message: string): void {
    this.reading.problems.push({ kind: 'syntax', path: at.path, at, message });
  }
}

const emptyMap: ComposeMap = {
  kind: 'map',
  entries: new Map(),
  at: { path: '', start: 0, end: 0 },
  shared: false,
};

function servicesOf(document: ComposeMap): Services {
  const services = document.entries.get('services')?.node;
  return services?.kind === 'map' ? services.entries : new Map();
}

function withEntries(entry: ComposeEntry, entries: ReadonlyMap<string, ComposeEntry>): ComposeEntry {
  return { ...entry, node: { kind: 'map', entries, at: entry.node.at, shared: entry.node.shared } };
}

/** A name, or a list of them. */
function located(node: ComposeNode | undefined): Located<string>[] {
  const items = node?.kind === 'list' ? node.items : node === undefined ? [] : [node];
  return items.flatMap((item) => {
    const value = nodeText(item);
    return value === undefined ? [] : [{ value, at: item.at }];
  });
}
