import { mapped } from '../../source/mapped.ts';
import type { MappedText } from '../../source/mapped.ts';
import type { Span } from '../../source/span.ts';
import type { ContainerFiles } from '../container-files.ts';
import { containerPath } from './container-path.ts';
import { shellCommands } from './shell.ts';
import { pythonTask, programName, shellTask, withoutWrapper } from './unwrap.ts';
import type { CommandForm, CommandWord } from './word.ts';

/** A program of the container and its arguments, whatever started it taken off. */
export interface Program {
  /** `gunicorn`; of `python -m gunicorn` too. */
  name: string;
  /** From the program on. */
  words: readonly CommandWord[];
  /** Of `python FILE` and of scripts in Python: the file's path in the container. */
  pythonFile?: string;
  /** Conditions decide whether it runs. */
  conditional: boolean;
  /** Where the command begins with which a shell starts it without giving its own place up; see `AppServer`. */
  behindShell?: Span;
}

export interface ResolveContext {
  files: ContainerFiles;
  workdir: string;
  variable(name: string): { text: string; resolved: boolean } | undefined;
  /** Gathers what could not be read, a phrase each. */
  unknown: string[];
}

const maximumDepth = 6;
/** Longer scripts are installers. */
const maximumScript = 100_000;

/**
 * The programs that a command starts, in their order: wrappers taken off, shells and the project's own scripts looked
 * into. `isServer` tells the one that is looked for: a script's other commands are left out.
 */
export function resolvePrograms(
  words: readonly CommandWord[],
  context: ResolveContext,
  isServer: (program: Program) => boolean,
  depth = 0,
): Program[] {
  let current = words;
  let told = false;
  for (let count = 0; count < 20; count += 1) {
    const inner = withoutWrapper(current);
    if (!inner) break;
    told ||= signalsGroup(current);
    current = inner;
  }
  if (current.length === 0 || depth > maximumDepth) return [];
  const scripted = scriptOf(current, context);
  if (scripted) {
    const { source, form, args, label } = scripted;
    const commands = shellCommands(source, { variable: (name) => context.variable(name), args });
    const found = commands.flatMap(({ words: inside, conditional }) =>
      resolvePrograms(
        // A word of the script's arguments keeps its own place.
        inside.map((word): CommandWord =>
          word.form ? word : { ...word, form, command: commandSpan(inside, scripted.command) },
        ),
        context,
        isServer,
        depth + 1,
      ).map((program): Program => {
        const { behindShell: inner, ...rest } = program;
        const [first] = inside;
        const own = scripted.stays && first?.text !== 'exec' ? first?.outer : undefined;
        const behindShell = told ? undefined : (inner ?? own);
        return {
          ...rest,
          conditional: program.conditional || conditional,
          ...(behindShell ? { behindShell } : {}),
        };
      }),
    );
    if (found.some((program) => program.conditional))
      context.unknown.push(`conditions in ${label} decide what is started`);
    return found;
  }
  const program = programOf(current, context);
  return isServer(program) ? [program] : [];
}

/** An init that signals all processes: the shell is told, and the server with it. */
function signalsGroup(words: readonly CommandWord[]): boolean {
  const name = programName(words[0]);
  return (
    name === 'dumb-init' || (name.startsWith('tini') && words.slice(1, 6).some(({ text }) => text === '-g'))
  );
}

interface Scripted {
  source: MappedText;
  /** The shell waits for its commands instead of becoming the last one, and has no `trap`. */
  stays: boolean;
  form: CommandForm;
  args: readonly CommandWord[];
  /** Of a command line: where it is; of a file each line is its own. */
  command?: CommandWord['command'];
  label: string;
}

function scriptOf(words: readonly CommandWord[], context: ResolveContext): Scripted | undefined {
  const task = shellTask(words);
  if (task && 'script' in task) {
    const { script, args } = task;
    const form = script.form === 'exec' || script.form === 'shell' ? 'shell' : 'compose-string';
    return {
      // Without a place the commands are still found.
      source: script.source ?? { text: script.text, path: '', starts: [], ends: [] },
      form: script.form === 'script' ? 'script' : form,
      // bash becomes the last command of `-c` by itself; dash, the `sh` of Debian, does not.
      stays: programName(words[0]) !== 'bash' && !/\btrap\b/.test(script.text),
      args,
      command: script.command,
      label: 'the command',
    };
  }
  const file = task ? task.file : words[0];
  const args = task ? task.args : words.slice(1);
  if (!file || (!task && !/[/.]/.test(file.text))) return undefined;
  const path = containerPath(context.workdir, file.text);
  const found = context.files.read(path);
  const shebang = found ? /^#!.*/.exec(found.text.slice(0, 200))?.[0] : undefined;
  const isShell =
    task !== undefined ||
    (shebang === undefined ? path.endsWith('.sh') : /\b(?:ba|da|a|z)?sh\b/.test(shebang));
  if (!found) {
    if (task || path.endsWith('.sh')) {
      const reason = context.files.unreadable?.(path);
      context.unknown.push(
        reason === undefined
          ? `${path} is not among the project's files`
          : `${path} cannot be read: ${reason}`,
      );
    }
    return undefined;
  }
  if (!isShell || found.text.length > maximumScript) return undefined;
  return {
    source: mapped(found.path, found.text),
    form: 'script',
    stays: !/^[^#\n]*\btrap\b/m.test(found.text),
    args,
    label: found.path,
  };
}

/** From the first word that is written there to the last one. */
function commandSpan(
  words: readonly CommandWord[],
  whole: CommandWord['command'],
): NonNullable<CommandWord['command']> {
  if (whole) return whole;
  const places = words.flatMap(({ outer, form }) => (outer && !form ? [outer] : []));
  const [first] = places;
  return first
    ? { path: first.path, start: first.start, end: places.at(-1)?.end ?? first.end }
    : { path: '', start: 0, end: 0 };
}

/** Modules that are a program's own other name. */
const moduleNames: Readonly<Record<string, string>> = {
  'gunicorn.app.wsgiapp': 'gunicorn',
  'uvicorn.main': 'uvicorn',
  waitress: 'waitress-serve',
};

function programOf(words: readonly CommandWord[], context: ResolveContext): Program {
  const python = pythonTask(words);
  if (!python) {
    const [first] = words;
    const path = first && /[/.]/.test(first.text) ? containerPath(context.workdir, first.text) : undefined;
    const isPython = path?.endsWith('.py') === true && context.files.read(path) !== undefined;
    const named = { name: programName(first), words, conditional: false };
    return isPython ? { ...named, ...pythonProgram(path, words) } : named;
  }
  const { module, file, rest } = python;
  if (module !== undefined) {
    const path = containerPath(context.workdir, `${module.replaceAll('.', '/')}.py`);
    const main = containerPath(context.workdir, `${module.replaceAll('.', '/')}/__main__.py`);
    const own = [path, main].find((candidate) => context.files.read(candidate) !== undefined);
    return own === undefined
      ? { name: moduleNames[module] ?? module, words: rest, conditional: false }
      : { ...pythonProgram(own, words), words };
  }
  // `python /usr/local/bin/gunicorn …`
  if (file !== undefined && !file.endsWith('.py') && file.includes('/bin/'))
    return { name: programName(rest[0]), words: rest, conditional: false };
  return pythonProgram(
    containerPath(context.workdir, file ?? ''),
    file?.endsWith('manage.py') ? rest : words,
  );
}

function pythonProgram(path: string, words: readonly CommandWord[]): Program {
  return {
    name: path.endsWith('/manage.py') ? 'manage.py' : 'python',
    words,
    pythonFile: path,
    conditional: false,
  };
}
