import { mapped } from '../../source/mapped.ts';
import { parsePython } from '../python/parse.ts';
import type { PythonModule } from '../python/settings.ts';
import { containerPath } from './container-path.ts';
import { findFlag } from './flags.ts';
import type { ServerContext, SettingReader } from './server-context.ts';
import { evaluated, fromEnvironment, fromFlags, isSwitch } from './settings.ts';
import { splitWords } from './shell.ts';
import { gunicorn } from './specs.ts';
import type { CommandWord } from './word.ts';

/**
 * gunicorn's settings: command line over GUNICORN_CMD_ARGS over the configuration file over the environment's
 * WEB_CONCURRENCY (https://docs.gunicorn.org/en/stable/configure.html).
 */
export function gunicornSettings(words: readonly CommandWord[], context: ServerContext): SettingReader {
  const { environment, unknown } = context;
  const given = environment.get('GUNICORN_CMD_ARGS');
  if (given && given.value === undefined) unknown.push("GUNICORN_CMD_ARGS comes from the operator's shell");
  // The first word of a command is the program.
  const variable: CommandWord[] = given?.value
    ? [
        { text: 'gunicorn', resolved: true },
        ...splitWords(mapped('', given.value)).map(({ text }) => ({ text, resolved: true })),
      ]
    : [];
  const config = configFile(words, variable, context);
  return (name) => {
    const names = gunicorn.flags[name];
    const valued = !isSwitch(name);
    const key = gunicorn.keys?.[name];
    const assigned = key === undefined ? undefined : config?.assignments.get(key);
    return (
      fromFlags(words, names, valued, context.at) ??
      (given ? fromFlags(variable, names, valued, given.at, 'environment') : undefined) ??
      (assigned
        ? evaluated({ value: assigned.value, source: { at: assigned.at, by: 'config-file' } }, environment)
        : undefined) ??
      fromEnvironment(environment, gunicorn.environment?.[name])
    );
  };
}

/** `-c FILE`, `-c python:MODULE`, else gunicorn.conf.py of the working directory. */
function configFile(
  words: readonly CommandWord[],
  variable: readonly CommandWord[],
  { files, unknown, workdir: start }: ServerContext,
): PythonModule | undefined {
  const flag = findFlag(words, ['--config', '-c'], true) ?? findFlag(variable, ['--config', '-c'], true);
  const chdir = findFlag(words, ['--chdir'], true);
  const workdir = chdir?.value === undefined ? start : containerPath(start, chdir.value);
  const named = flag?.value?.replace(/^file:/, '');
  if (flag && (!flag.resolved || named === undefined)) {
    unknown.push('which configuration file gunicorn reads');
    return undefined;
  }
  const module = named?.startsWith('python:') ? named.slice('python:'.length) : undefined;
  const paths =
    module === undefined
      ? [containerPath(start, named ?? 'gunicorn.conf.py')]
      : ['.py', '/__init__.py'].map((end) => containerPath(workdir, module.replaceAll('.', '/') + end));
  for (const path of paths) {
    const found = files.read(path);
    if (found) return readConfig(found.path, found.text, unknown);
    const reason = files.unreadable?.(path);
    if (reason !== undefined) unknown.push(`${path} cannot be read: ${reason}`);
  }
  if (named !== undefined) unknown.push(`gunicorn's configuration ${named} is not among the project's files`);
  return undefined;
}

function readConfig(path: string, text: string, unknown: string[]): PythonModule {
  const module = parsePython(path, text, []);
  if (module.broken) unknown.push(`${path} is not valid Python`);
  return module;
}

/** Idle connections are closed at once by sync workers, whatever is set. */
export function isSync(workerClass: string | undefined, threads: number | undefined): boolean {
  return (workerClass === undefined || workerClass === 'sync') && (threads ?? 1) <= 1;
}
