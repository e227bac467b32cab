import type * as z from 'zod';
import { nearest } from './nearest.ts';
import { isMap, jsonSchema } from './schema.ts';
import { settingList } from './settings.ts';
import { alternatives } from './value-types.ts';

type Path = readonly PropertyKey[];

/** One complaint of the validation, in words. */
export interface Explained {
  path: Path;
  /** Whether it is about the key at `path` or about its value. */
  about: 'key' | 'value';
  text: string;
}

/** Turns zod's issues into sentences; `input` is what was validated. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], input: unknown): Explained[] {
  return issues.flatMap((issue) => explain(issue, valueAt(input, issue.path), issue.path));
}

function explain(issue: z.core.$ZodIssue, value: unknown, path: Path): Explained[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, path);
    case 'invalid_union': {
      // The branch that liked the value's type says what is wrong in it.
      const branches = issue.errors.filter((branch) => !branch.some(isWrongType));
      const [only] = branches;
      if (only === undefined || branches.length > 1) break;
      return only.flatMap((inner) => explain(inner, valueAt(value, inner.path), [...path, ...inner.path]));
    }
    case 'invalid_key':
      return [
        { path, about: 'key', text: `expected ${issue.issues[0]?.message}, found ${show(path.at(-1))}` },
      ];
    default:
  }
  return [{ path, about: 'value', text: wrongValue(issue, value) }];
}

/** The value is of another kind altogether: text instead of a map, for instance. */
function isWrongType(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some(isWrongType));
  return issue.code === 'invalid_type';
}

/** `expected a port from 1 to 65535, found "22" (remove the quotes)`. */
function wrongValue(issue: z.core.$ZodIssue, value: unknown): string {
  const hint = hintFor(issue, value);
  return `expected ${issue.message}, found ${show(value)}${hint === '' ? '' : ` (${hint})`}`;
}

function hintFor(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'custom') return String(issue.params?.['reason'] ?? '');
  if (issue.code === 'invalid_type') {
    const number = issue.expected === 'number' || issue.expected === 'int';
    if (number && typeof value === 'string' && /^\d+$/.test(value)) return 'remove the quotes';
    const bare = typeof value === 'number' || typeof value === 'boolean';
    return issue.expected === 'string' && bare ? 'put it into quotes' : '';
  }
  if (issue.code === 'invalid_value') {
    const near = typeof value === 'string' ? nearest(value, issue.values.map(String)) : undefined;
    return near === undefined ? '' : `did you mean ${near}?`;
  }
  return '';
}

/** A value as it may appear in a message. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(typeof value === 'string' ? withoutPassword(value) : value);
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

/** `root:secret@web1` and `https://me:secret@x.test` are refused, and the refusal must not repeat the password. */
function withoutPassword(text: string): string {
  return text.replaceAll(/((?:^|[\s,/])[^\s,:@/]+):(?!\/\/)[^\s@]+@/g, '$1:…@');
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

const noSecrets = 'secrets have no place in a file that is shared';
const refusedKeys: Readonly<Record<string, string>> = {
  'ssh.key': `${noSecrets}; use key_file, or the variable OPS_SSH_KEY_CONTENT`,
  'ssh.passphrase': `${noSecrets}; use the variable OPS_SSH_PASSPHRASE`,
  'ssh.password': 'ops logs in with keys only',
};

/** Of a file that is another one altogether the first few say enough. */
const mostUnknown = 20;

function unknownKeys(keys: readonly string[], path: Path): Explained[] {
  const more = keys.length - mostUnknown;
  return keys.slice(0, mostUnknown).map((key, index) => ({
    path: [...path, key],
    about: 'key',
    text: `${unknownKey(key, path)}${more > 0 && index === mostUnknown - 1 ? `; and ${more} more unknown keys` : ''}`,
  }));
}

function unknownKey(key: string, path: Path): string {
  const inTarget = path[0] === 'targets' ? path.slice(2) : path;
  const name = [...inTarget, key].join('.');
  const refused = Object.hasOwn(refusedKeys, name) ? refusedKeys[name] : undefined;
  const start = `unknown key ${JSON.stringify(key)}`;
  if (refused !== undefined) return `${start}; ${refused}`;
  const valid = validKeys(path);
  const near = nearest(key, valid);
  if (near !== undefined) return `${start}; did you mean "${near}"?`;
  const elsewhere = inTarget.length === 0 ? keysOfSections(key) : [];
  if (elsewhere.length > 0)
    return `${start}; did you mean ${alternatives(elsewhere.map((other) => `"${other}"`))}?`;
  return `${start}; valid keys here: ${valid.join(', ')}`;
}

/** Keys below a section that end like this: `deploy.keep` for `keep`, and for `keeep`. */
function keysOfSections(key: string): string[] {
  const keys = settingList.map((setting) => setting.key ?? '').filter((other) => other.includes('.'));
  const ends = keys.map((other) => other.slice(other.indexOf('.') + 1));
  const meant = ends.includes(key) ? key : nearest(key, ends);
  return keys.filter((_, index) => ends[index] === meant);
}

let schema: Record<string, unknown> | undefined;

/** The keys that the schema knows at a path; read from the JSON Schema, so that it cannot differ. */
function validKeys(path: Path): string[] {
  // Making it takes milliseconds, and a wrong file may have thousands of unknown keys.
  const root = (schema ??= jsonSchema());
  let nodes: unknown[] = alternativesOf(root, root);
  for (const key of path) nodes = nodes.flatMap((node) => alternativesOf(child(node, key), root));
  return nodes.flatMap((node) => {
    const properties = isMap(node) ? node['properties'] : undefined;
    return isMap(properties) ? Object.keys(properties) : [];
  });
}

function child(node: unknown, key: PropertyKey): unknown {
  if (!isMap(node)) return undefined;
  if (typeof key === 'number') return node['items'];
  const properties = node['properties'];
  return (isMap(properties) ? properties[String(key)] : undefined) ?? node['additionalProperties'];
}

function alternativesOf(node: unknown, root: Record<string, unknown>): unknown[] {
  if (!isMap(node)) return [];
  const { $ref: ref, anyOf, allOf } = node;
  const parts = [...(Array.isArray(anyOf) ? anyOf : []), ...(Array.isArray(allOf) ? allOf : [])];
  if (typeof ref === 'string') parts.push(valueAt(root, ref.split('/').slice(1)));
  return [node, ...parts.flatMap((part) => alternativesOf(part, root))];
}
