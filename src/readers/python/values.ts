import type { SyntaxNode } from '@lezer/common';
import type { Scope } from './scope.ts';
import type { PythonValue } from './settings.ts';
import { callArguments, children } from './syntax.ts';

type Cpus = Extract<PythonValue, { kind: 'cpus' }>;

const maximumDepth = 25;
const cpuCounts = new Set([
  'multiprocessing.cpu_count',
  'os.cpu_count',
  'os.process_cpu_count',
  'psutil.cpu_count',
  'joblib.cpu_count',
  'cpu_count',
]);
/** Take `(name, default)` and give back a variable of the environment, whatever its type. */
const environmentReaders =
  /^(?:os\.(?:getenv|environ\.get|environ\.setdefault)|environ\.get|getenv|decouple\.config|starlette\.config\.Config|environ\.Env(?:\.(?:int|str|bool|float|db|db_url|get_value))?|environs\.Env(?:\.(?:int|str|bool|float))?)$/;
const conversions = new Set(['int', 'float', 'str', 'round', 'bool', 'math.floor', 'math.ceil']);

/** Reads expressions of one file without running them. */
export class Values {
  readonly #text: string;
  readonly #path: string;
  readonly #scope: Scope;
  /** Module variables by name, and those whose value is being read now: `a = a` has none. */
  readonly #variables: ReadonlyMap<string, SyntaxNode>;
  readonly #reading = new Set<string>();

  constructor(text: string, path: string, scope: Scope, variables: ReadonlyMap<string, SyntaxNode>) {
    this.#text = text;
    this.#path = path;
    this.#scope = scope;
    this.#variables = variables;
  }

  read(node: SyntaxNode, depth = 0): PythonValue {
    const at = { path: this.#path, start: node.from, end: node.to };
    const unknown: PythonValue = {
      kind: 'unknown',
      text: this.#text.slice(node.from, Math.min(node.to, node.from + 200)),
      at,
    };
    if (depth > maximumDepth) return unknown;
    switch (node.name) {
      case 'Number': {
        const value = Number(this.#slice(node).replaceAll('_', ''));
        return Number.isNaN(value) ? unknown : { kind: 'number', value, at };
      }
      case 'Boolean':
        return { kind: 'boolean', value: this.#slice(node) === 'True', at };
      case 'None':
        return { kind: 'none', at };
      case 'String':
      case 'ContinuedString': {
        const value = this.#string(node);
        return value === undefined ? unknown : { kind: 'string', value, at };
      }
      case 'ParenthesizedExpression': {
        const inner = children(node).filter(({ name }) => name !== '(' && name !== ')' && name !== 'Comment');
        return inner.length === 1 && inner[0] ? { ...this.read(inner[0], depth + 1), at } : unknown;
      }
      case 'UnaryExpression':
      case 'BinaryExpression':
        return this.#operation(node, depth) ?? unknown;
      case 'DictionaryExpression':
        return this.#dictionary(node, depth);
      case 'VariableName':
        return this.#variable(node, depth) ?? unknown;
      case 'MemberExpression':
        return this.#subscript(node) ?? unknown;
      case 'CallExpression':
        return this.#call(node, depth) ?? unknown;
      default:
        return unknown;
    }
  }

  #slice(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  #string(node: SyntaxNode): string | undefined {
    const parts = node.name === 'String' ? [node] : children(node);
    let value = '';
    for (const part of parts) {
      if (part.name === 'Comment') continue;
      if (part.name !== 'String') return undefined;
      const [, prefix = '', quote = ''] = /^([a-zA-Z]*)("""|'''|"|')/.exec(this.#slice(part)) ?? [];
      const inner = this.#slice(part).slice(prefix.length + quote.length, -quote.length);
      value += /r/i.test(prefix)
        ? inner
        : inner.replace(/\\(\n|[\\'"nt])/g, (_, next: string) => escapes[next] ?? next);
    }
    return value;
  }

  #operation(node: SyntaxNode, depth: number): PythonValue | undefined {
    const at = { path: this.#path, start: node.from, end: node.to };
    const parts = children(node);
    const [first, second, third] = parts;
    if (node.name === 'UnaryExpression') {
      const operand = second ? this.read(second, depth + 1) : undefined;
      if (!first || operand?.kind !== 'number') return undefined;
      if (this.#slice(first) === '-') return { kind: 'number', value: -operand.value, at };
      return this.#slice(first) === '+' ? { ...operand, at } : undefined;
    }
    if (!first || !second || !third || parts.length !== 3) return undefined;
    const left = this.read(first, depth + 1);
    if (second.name === 'or') {
      // `os.getenv("X") or 4`
      if (left.kind === 'env' && !left.fallback)
        return { ...left, fallback: this.read(third, depth + 1), at };
      return left.kind === 'none' ? this.read(third, depth + 1) : undefined;
    }
    const right = this.read(third, depth + 1);
    const result = arithmetic(this.#slice(second), left, right);
    return result ? { ...result, at } : undefined;
  }

  #dictionary(node: SyntaxNode, depth: number): PythonValue {
    const entries = new Map<string, PythonValue>();
    const parts = children(node).filter(({ name }) => name !== 'Comment');
    for (let index = 0; index < parts.length; index += 1) {
      const key = parts[index];
      const value = parts[index + 2];
      if (parts[index]?.name === '**') entries.set('**', { kind: 'unknown', text: '**', at: this.#at(node) });
      if (!key || parts[index + 1]?.name !== ':' || !value) continue;
      const name = key.name === 'String' ? this.#string(key) : undefined;
      if (name !== undefined) entries.set(name, this.read(value, depth + 1));
      index += 2;
    }
    return { kind: 'dict', entries, at: this.#at(node) };
  }

  #variable(node: SyntaxNode, depth: number): PythonValue | undefined {
    const name = this.#slice(node);
    const target = this.#variables.get(name);
    if (!target || this.#reading.has(name)) return undefined;
    this.#reading.add(name);
    const value = this.read(target, depth + 1);
    this.#reading.delete(name);
    return value.kind === 'unknown' ? undefined : { ...value, at: this.#at(node) };
  }

  /** `os.environ["X"]` */
  #subscript(node: SyntaxNode): PythonValue | undefined {
    const [object, bracket, key] = children(node);
    if (!object || bracket?.name !== '[' || key?.name !== 'String') return undefined;
    const target = this.#scope.resolve(object);
    const name = target === 'os.environ' || target === 'environ' ? this.#string(key) : undefined;
    return name === undefined ? undefined : { kind: 'env', name, at: this.#at(node) };
  }

  #call(node: SyntaxNode, depth: number): PythonValue | undefined {
    const at = this.#at(node);
    const callee = node.firstChild;
    const list = node.lastChild;
    const name = callee ? this.#scope.resolve(callee) : undefined;
    if (name === undefined || list?.name !== 'ArgList') return undefined;
    if (cpuCounts.has(name)) return { kind: 'cpus', factor: 1, plus: 0, at };
    const given = callArguments(this.#text, list);
    const values = (): PythonValue[] =>
      given.flatMap(({ value, name: keyword, star }) =>
        value && keyword === undefined && star === undefined ? [this.read(value, depth + 1)] : [],
      );
    if (name === 'len' && given.length === 1 && given[0]?.value?.name === 'CallExpression') {
      const inner = given[0].value.firstChild;
      return inner && this.#scope.resolve(inner) === 'os.sched_getaffinity'
        ? { kind: 'cpus', factor: 1, plus: 0, at }
        : undefined;
    }
    if (conversions.has(name)) {
      const [value] = values();
      return value ? { ...converted(name, value), at } : undefined;
    }
    if (name === 'min' || name === 'max') return bounded(name, values(), at);
    if (environmentReaders.test(name)) {
      const [key, positional] = values();
      const keyword = given.find((argument) => argument.name === 'default')?.value;
      const fallback = positional ?? (keyword ? this.read(keyword, depth + 1) : undefined);
      return key?.kind === 'string'
        ? { kind: 'env', name: key.value, ...(fallback && fallback.kind !== 'none' ? { fallback } : {}), at }
        : undefined;
    }
    return undefined;
  }

  #at(node: SyntaxNode): PythonValue['at'] {
    return { path: this.#path, start: node.from, end: node.to };
  }
}

const escapes: Readonly<Record<string, string>> = { '\n': '', n: '\n', t: '\t' };

function converted(conversion: string, value: PythonValue): PythonValue {
  if (value.kind === 'string' && conversion !== 'str' && conversion !== 'bool') {
    const number = Number(value.value);
    return value.value.trim() === '' || Number.isNaN(number)
      ? { kind: 'unknown', text: value.value, at: value.at }
      : { kind: 'number', value: conversion === 'int' ? Math.trunc(number) : number, at: value.at };
  }
  if (value.kind === 'number' && (conversion === 'int' || conversion === 'math.floor'))
    return { ...value, value: Math.trunc(value.value) };
  if (value.kind === 'env' && value.fallback)
    return { ...value, fallback: converted(conversion, value.fallback) };
  return value;
}

function bounded(
  name: 'min' | 'max',
  values: readonly PythonValue[],
  at: PythonValue['at'],
): PythonValue | undefined {
  const numbers = values.flatMap((value) => (value.kind === 'number' ? [value.value] : []));
  const cpus = values.filter((value): value is Cpus => value.kind === 'cpus');
  if (numbers.length + cpus.length !== values.length || values.length === 0) return undefined;
  const limit = name === 'min' ? Math.min(...numbers) : Math.max(...numbers);
  const [only] = cpus;
  if (!only) return { kind: 'number', value: limit, at };
  if (cpus.length > 1) return undefined;
  if (numbers.length === 0) return { ...only, at };
  return name === 'min'
    ? { ...only, atMost: Math.min(limit, only.atMost ?? Infinity), at }
    : { ...only, atLeast: Math.max(limit, only.atLeast ?? 0), at };
}

type Operand = number | Cpus;

function arithmetic(operator: string, left: PythonValue, right: PythonValue): PythonValue | undefined {
  const a = operand(left);
  const b = operand(right);
  if (a === undefined || b === undefined) return undefined;
  if (typeof a === 'number' && typeof b === 'number') {
    const value = calculated(operator, a, b);
    return value === undefined || !Number.isFinite(value)
      ? undefined
      : { kind: 'number', value, at: left.at };
  }
  const cpus = typeof a === 'number' ? b : a;
  const number = typeof a === 'number' ? a : b;
  if (typeof cpus === 'number' || typeof number !== 'number') return undefined;
  // What is done to a bounded count does not stay linear.
  if (cpus.atLeast !== undefined || cpus.atMost !== undefined) return undefined;
  if (operator === '+') return { ...cpus, plus: cpus.plus + number };
  if (operator === '*') return { ...cpus, factor: cpus.factor * number, plus: cpus.plus * number };
  if (typeof a === 'number') return undefined;
  if (operator === '-') return { ...cpus, plus: cpus.plus - number };
  if ((operator === '/' || operator === '//') && number !== 0)
    return { ...cpus, factor: cpus.factor / number, plus: cpus.plus / number };
  return undefined;
}

function operand(value: PythonValue): Operand | undefined {
  if (value.kind === 'number') return value.value;
  return value.kind === 'cpus' ? value : undefined;
}

function calculated(operator: string, a: number, b: number): number | undefined {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  if (operator === '/') return a / b;
  if (operator === '//') return Math.floor(a / b);
  if (operator === '**' && Math.abs(a) <= 1024 && Math.abs(b) <= 64) return a ** b;
  return undefined;
}
