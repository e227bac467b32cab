import type { SyntaxNode, SyntaxNodeRef, Tree } from '@lezer/common';
import type { Located } from '../../source/span.ts';
import { worthReading } from './names.ts';
import { importsOf, Scope } from './scope.ts';
import type { PythonCall, PythonEndpoint, PythonModule, PythonSetting, PythonValue } from './settings.ts';
import { callArguments, children, syntaxTree } from './syntax.ts';
import { Values } from './values.ts';

interface SeenCall {
  node: SyntaxNode;
  inMain: boolean;
  nested: boolean;
}

interface Seen {
  imports: PythonModule['imports'][number][];
  calls: SeenCall[];
  /** `name = value` anywhere: for the objects that variables hold. */
  instances: { name: string; call: SyntaxNode }[];
  /** Module variables and their last value; `certain`: no condition decides which. */
  variables: Map<string, { value: SyntaxNode; certain: boolean }>;
  /** `NAME["key"]… = value` at the top of the module. */
  subscripts: { name: string; keys: SyntaxNode[]; value: SyntaxNode }[];
  settings: { name: string; owner?: string; value: SyntaxNode }[];
  endpoints: PythonEndpoint[];
  broken: boolean;
}

const endpointMethods = new Set(
  'get post put patch delete head options route api_route websocket websocket_route'.split(' '),
);
const statements = new Set([
  'IfStatement',
  'TryStatement',
  'ForStatement',
  'WhileStatement',
  'MatchStatement',
]);

/**
 * Reads one Python file. `names` are the calls to find, imports resolved (`sqlalchemy.create_engine`); a file in which
 * none of them can occur is not parsed. An empty list reads every file, for its assignments.
 */
export function parsePython(path: string, text: string, names: readonly string[]): PythonModule {
  const nothing: PythonModule = {
    path,
    imports: [],
    calls: [],
    assignments: new Map(),
    settings: [],
    endpoints: [],
    broken: false,
  };
  if (!worthReading(text, names)) return nothing;
  const tree = syntaxTree(text);
  if (!tree) return { ...nothing, broken: true };
  const seen = look(path, text, tree);
  const scope = new Scope(text, seen.imports);
  for (const { name, call } of seen.instances) scope.holds(name, call);
  const certain = [...seen.variables].flatMap(([name, variable]): [string, SyntaxNode][] =>
    variable.certain ? [[name, variable.value]] : [],
  );
  const values = new Values(text, path, scope, new Map(certain));
  const wanted = new Set(names);
  return {
    path,
    imports: seen.imports,
    calls: seen.calls.flatMap((call) => callOf(path, text, call, scope, values, wanted) ?? []),
    assignments: assignmentsOf(path, text, seen, values),
    settings: seen.settings.map(({ name, owner, value }): PythonSetting => ({
      name,
      ...(owner === undefined ? {} : { owner }),
      value: values.read(value),
      at: { path, start: value.from, end: value.to },
    })),
    endpoints: seen.endpoints,
    broken: seen.broken,
  };
}

/** One walk over the tree, without recursion of our own. */
function look(path: string, text: string, tree: Tree): Seen {
  const seen: Seen = {
    imports: [],
    calls: [],
    instances: [],
    variables: new Map(),
    subscripts: [],
    settings: [],
    endpoints: [],
    broken: false,
  };
  const around = { main: 0, definitions: 0, conditions: 0, classes: [] as string[] };
  const enclose = (ref: SyntaxNodeRef, by: 1 | -1): void => {
    if (ref.name === 'IfStatement' && isMain(text, ref.node)) around.main += by;
    else if (statements.has(ref.name)) around.conditions += by;
    else if (ref.name === 'FunctionDefinition' || ref.name === 'LambdaExpression') around.definitions += by;
    else if (ref.name === 'ClassDefinition') {
      around.definitions += by;
      if (by === 1) around.classes.push(nameOf(text, ref.node) ?? '');
      else around.classes.pop();
    }
  };
  tree.iterate({
    enter: (ref) => {
      if (ref.type.isError) seen.broken = true;
      enclose(ref, 1);
      if (ref.name === 'ImportStatement') seen.imports.push(...importsOf(text, path, ref.node));
      else if (ref.name === 'CallExpression') {
        seen.calls.push({ node: ref.node, inMain: around.main > 0, nested: around.definitions > 0 });
        configCall(text, ref.node, seen);
      } else if (ref.name === 'AssignStatement') assigned(text, ref.node, seen, around);
      else if (ref.name === 'UpdateStatement') updated(text, ref.node, seen, around.definitions);
      else if (ref.name === 'DecoratedStatement') {
        const endpoint = endpointOf(path, text, ref.node);
        if (endpoint) seen.endpoints.push(endpoint);
      }
    },
    leave: (ref) => {
      enclose(ref, -1);
    },
  });
  return seen;
}

/** `workers += 1` */
function updated(text: string, { firstChild: target }: SyntaxNode, seen: Seen, definitions: number): void {
  if (target?.name !== 'VariableName' || definitions > 0) return;
  seen.variables.set(text.slice(target.from, target.to), { value: target, certain: false });
}

function nameOf(text: string, definition: SyntaxNode): string | undefined {
  const name = definition.getChild('VariableName');
  return name ? text.slice(name.from, name.to) : undefined;
}

function isMain(text: string, statement: SyntaxNode): boolean {
  const condition = statement.getChild('BinaryExpression');
  if (!condition) return false;
  return /^\(?\s*(?:__name__\s*==\s*["']__main__["']|["']__main__["']\s*==\s*__name__)/.test(
    text.slice(condition.from, Math.min(condition.to, condition.from + 80)),
  );
}

function assigned(
  text: string,
  node: SyntaxNode,
  seen: Seen,
  around: { main: number; definitions: number; conditions: number; classes: readonly string[] },
): void {
  const parts = children(node);
  const value = parts.at(-1);
  if (!value || parts.at(-2)?.name !== 'AssignOp') return;
  const call = value.name === 'AwaitExpression' ? value.lastChild : value;
  for (const [index, target] of parts.entries()) {
    if (target === value || !['AssignOp', 'TypeDef'].includes(parts[index + 1]?.name ?? '')) continue;
    if (target.name === 'MemberExpression') subscripted(text, target, value, seen, around.definitions);
    if (target.name !== 'VariableName') continue;
    const name = text.slice(target.from, target.to);
    if (call?.name === 'CallExpression') seen.instances.push({ name, call });
    const owner = around.classes.at(-1);
    if (owner !== undefined && around.definitions === around.classes.length) {
      if (/^[A-Z][A-Z0-9_]*$/.test(name)) seen.settings.push({ name, owner, value });
    } else if (around.definitions === 0 && around.main === 0)
      seen.variables.set(name, { value, certain: around.conditions === 0 });
  }
}

/** `DATABASES["default"]["CONN_MAX_AGE"] = 60` and `app.config["X"] = …`. */
function subscripted(
  text: string,
  target: SyntaxNode,
  value: SyntaxNode,
  seen: Seen,
  definitions: number,
): void {
  const keys: SyntaxNode[] = [];
  let object: SyntaxNode | null = target;
  while (object?.name === 'MemberExpression' && keys.length < 5) {
    const [inner, bracket, key]: SyntaxNode[] = children(object);
    if (!inner || bracket?.name !== '[' || key?.name !== 'String') break;
    keys.unshift(key);
    object = inner;
  }
  const [key] = keys;
  if (!object || !key) return;
  if (object.name === 'VariableName') {
    const name = text.slice(object.from, object.to);
    if (definitions === 0) seen.subscripts.push({ name, keys, value });
  } else if (text.slice(object.from, object.to).endsWith('.config') && keys.length === 1)
    seen.settings.push({ name: text.slice(key.from + 1, key.to - 1), value });
}

/** `app.config.update(X=…)` and `app.config.from_mapping(X=…)`. */
function configCall(text: string, call: SyntaxNode, seen: Seen): void {
  const callee = call.firstChild;
  const list = call.lastChild;
  if (callee?.name !== 'MemberExpression' || list?.name !== 'ArgList') return;
  if (
    !/\.config\.(?:update|from_mapping)$/.test(text.slice(Math.max(callee.from, callee.to - 30), callee.to))
  )
    return;
  for (const { name, value } of callArguments(text, list))
    if (name !== undefined && value) seen.settings.push({ name, value });
}

function endpointOf(path: string, text: string, statement: SyntaxNode): PythonEndpoint | undefined {
  const definition = statement.getChild('FunctionDefinition');
  if (!definition) return undefined;
  for (const decorator of statement.getChildren('Decorator')) {
    const names = decorator.getChildren('VariableName').concat(decorator.getChildren('PropertyName'));
    const last = names.at(-1);
    const method = last ? text.slice(last.from, last.to) : '';
    if (names.length >= 2 && decorator.getChild('ArgList') && endpointMethods.has(method)) {
      const name = definition.getChild('VariableName') ?? definition;
      return {
        method,
        async: definition.getChild('async') !== null,
        at: { path, start: definition.from, end: name.to },
      };
    }
  }
  return undefined;
}

function callOf(
  path: string,
  text: string,
  { node, inMain, nested }: SeenCall,
  scope: Scope,
  values: Values,
  wanted: ReadonlySet<string>,
): PythonCall | undefined {
  const callee = node.firstChild;
  const list = node.lastChild;
  if (!callee || list?.name !== 'ArgList') return undefined;
  const resolved = scope.resolve(callee);
  if (resolved === undefined) return undefined;
  const name = [resolved, ...scope.starred(resolved)].find((candidate) => wanted.has(candidate));
  if (name === undefined) return undefined;
  const keywords = new Map<string, PythonValue>();
  const keywordsAt = new Map<string, PythonCall['at']>();
  const positional: PythonValue[] = [];
  let open = false;
  const given = callArguments(text, list);
  for (const argument of given) {
    if (argument.star) open = true;
    else if (!argument.value) continue;
    else if (argument.name === undefined) positional.push(values.read(argument.value));
    else {
      keywords.set(argument.name, values.read(argument.value));
      keywordsAt.set(argument.name, { path, start: argument.start, end: argument.end });
    }
  }
  const closed = list.lastChild?.name === ')';
  return {
    name,
    positional,
    keywords,
    keywordsAt,
    open,
    at: { path, start: node.from, end: node.to },
    argumentsAt: { path, start: list.from + 1, end: closed ? list.to - 1 : list.to },
    lastArgumentEnd: given.at(-1)?.end ?? list.from + 1,
    inMain,
    nested,
  };
}

function assignmentsOf(
  path: string,
  text: string,
  seen: Seen,
  values: Values,
): ReadonlyMap<string, Located<PythonValue>> {
  const assignments = new Map<string, Located<PythonValue>>();
  for (const [name, { value: node, certain }] of seen.variables) {
    const at = { path, start: node.from, end: node.to };
    const unknown: PythonValue = {
      kind: 'unknown',
      text: text.slice(node.from, Math.min(node.to, node.from + 200)),
      at,
    };
    assignments.set(name, { value: certain ? values.read(node) : unknown, at });
  }
  for (const { name, keys, value } of seen.subscripts) {
    const target = assignments.get(name);
    const names = keys.map((key) => text.slice(key.from, key.to).replace(/^\w*["']+|["']+$/g, ''));
    if (target)
      assignments.set(name, { ...target, value: withEntry(target.value, names, values.read(value)) });
  }
  return assignments;
}

function withEntry(dictionary: PythonValue, keys: readonly string[], value: PythonValue): PythonValue {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (dictionary.kind !== 'dict') return dictionary;
  const inner = dictionary.entries.get(key) ?? { kind: 'dict', entries: new Map(), at: value.at };
  return { ...dictionary, entries: new Map(dictionary.entries).set(key, withEntry(inner, rest, value)) };
}
