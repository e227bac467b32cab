import type { Files } from '../../source/files.ts';
import { joinPath } from '../../source/files.ts';
import type { Located } from '../../source/span.ts';
import type { ReadProblem } from '../problem.ts';
import { readDotenv } from './dotenv.ts';

/** What relative paths and variables mean in some of the files: an included project has a scope of its own. */
export interface Scope {
  /** Relative to the root of the files; undefined: outside of it. */
  base: string | undefined;
  lookup: (name: string) => string | undefined;
}

/** Reads files, and remembers which, and what was wrong with them. */
export class Reading {
  readonly files: Files;
  readonly paths = new Set<string>();
  readonly problems: ReadProblem[] = [];

  constructor(files: Files) {
    this.files = files;
  }

  /** The text of a file that another one names. What is not there is a problem, if it must be. */
  text(
    base: string | undefined,
    name: Located<string>,
    required = true,
  ): { path: string; text: string } | undefined {
    const path = base === undefined ? undefined : joinPath(base, name.value);
    const text = path === undefined ? undefined : this.files.read(path);
    if (path !== undefined && text !== undefined) {
      this.paths.add(path);
      return { path, text };
    }
    const unreadable = path === undefined ? 'outside of the project' : this.files.unreadable.get(path);
    if (required || unreadable !== undefined)
      this.problems.push({
        kind: unreadable === undefined ? 'missing' : 'unreadable',
        path: path ?? name.value,
        at: name.at,
        message:
          unreadable === undefined
            ? `\`${name.value}\` is not among the project's files.`
            : `\`${name.value}\` cannot be read: ${unreadable}.`,
      });
    return undefined;
  }

  /** Values of an env file; undefined: it could not be read. */
  env(
    base: string | undefined,
    name: Located<string>,
    scope: Scope,
    options: { required: boolean; raw?: boolean },
  ): ReadonlyMap<string, Located<string | undefined>> | undefined {
    const file = this.text(base, name, options.required);
    if (file === undefined) return undefined;
    const { values, problems } = readDotenv(file.path, file.text, scope.lookup, options.raw);
    this.problems.push(...problems);
    return values;
  }

  /** A scope whose variables are those of another one, and behind them those of env files. */
  withEnv(
    outer: Scope,
    base: string | undefined,
    names: readonly Located<string>[],
    required: boolean,
  ): Scope {
    const found = new Map<string, string>();
    for (const name of names)
      for (const [key, { value }] of this.env(outer.base, name, outer, { required }) ?? [])
        if (value !== undefined) found.set(key, value);
    return { base, lookup: (name) => outer.lookup(name) ?? found.get(name) };
  }
}
