import { readCompose, type ReadComposeOptions } from '../readers/compose/read.ts';
import { filesOf, type Files } from '../source/files.ts';
import type { LiveStack } from './live.ts';
import type { ReadProblem } from '../readers/problem.ts';
import { buildService, type BuiltService, type PythonModules } from './service.ts';
import type { Machine, Stack } from './stack.ts';

export interface StackInput {
  files: Files;
  compose: ReadComposeOptions;
  machine?: Machine;
  live?: LiveStack;
  /** Kept from one stack to the next of the same project, so that only changed modules are parsed again. */
  modules?: PythonModules;
}

/** Puts together what all readers find. Reads only what `files` holds; never throws for what is in them. */
export function buildStack(input: StackInput): Stack {
  const { live, machine, modules = new Map() } = input;
  const compose = readCompose(input.files, input.compose);
  const built: BuiltService[] = compose.services.map((model) =>
    buildService(input.files, model, modules, live?.services[model.name]),
  );
  return {
    files: withTexts(
      input.files,
      built.map(({ texts }) => texts),
    ),
    compose,
    services: built.map(({ service }) => service),
    ...(machine ? { machine } : {}),
    ...(live ? { live } : {}),
    problems: distinct([...compose.problems, ...built.flatMap(({ problems }) => problems)]),
  };
}

/** Services that share a definition, a Dockerfile or an env file share its problems. */
function distinct(problems: readonly ReadProblem[]): readonly ReadProblem[] {
  const byText = new Map<string, ReadProblem>();
  for (const problem of problems) {
    const { kind, path, message } = problem;
    const place = kind === 'missing' ? '' : `${problem.at?.path ?? ''}:${problem.at?.start ?? ''}`;
    const key = [kind, path, message, place].join('\n');
    if (!byText.has(key)) byText.set(key, problem);
  }
  return [...byText.values()];
}

/** Files that only the server has can be read like those of the project, so that findings can show them. */
function withTexts(files: Files, more: readonly ReadonlyMap<string, string>[]): Files {
  const texts = new Map(more.flatMap((map) => [...map]));
  if (texts.size === 0) return files;
  const extra = filesOf(texts);
  return {
    read: (path) => texts.get(path) ?? files.read(path),
    paths: [...files.paths, ...extra.paths].sort(),
    unreadable: files.unreadable,
  };
}
