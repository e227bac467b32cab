import type { CommandWord } from './word.ts';

/** The last segment of a program's path: `/venv/bin/gunicorn` → `gunicorn`. */
export function programName(word: CommandWord | undefined): string {
  return (word?.text ?? '').replace(/^.*\//, '');
}

interface Wrapper {
  /** Options that take the next word as their value. */
  valued?: readonly string[];
  /** Words that are no options and stand in front of the command: `gosu USER`. */
  operands?: number;
  /** The subcommand that runs another program: `poetry run`. */
  subcommand?: string;
  /** `NAME=value` words stand in front of the command. */
  assignments?: boolean;
}

const wrappers: Readonly<Record<string, Wrapper>> = {
  exec: { valued: ['-a'] },
  nohup: {},
  time: {},
  command: {},
  setsid: {},
  unbuffer: {},
  catatonit: {},
  'with-contenv': {},
  'ddtrace-run': {},
  env: { valued: ['-u', '-C', '--unset', '--chdir'], assignments: true },
  nice: { valued: ['-n', '--adjustment'] },
  ionice: { valued: ['-c', '-n', '-p'] },
  stdbuf: { valued: ['-i', '-o', '-e'] },
  tini: { valued: ['-p', '-e'] },
  'tini-static': { valued: ['-p', '-e'] },
  'docker-init': { valued: ['-p', '-e'] },
  'dumb-init': { valued: ['-r', '--rewrite'] },
  gosu: { operands: 1 },
  'su-exec': { operands: 1 },
  setpriv: { valued: ['--reuid', '--regid', '--groups', '--bounding-set', '--inh-caps'] },
  sudo: { valued: ['-u', '-g', '--user', '--group'], assignments: true },
  runuser: { valued: ['-u', '-g', '-G'] },
  poetry: { subcommand: 'run', valued: ['-C', '-P', '--directory', '--project'] },
  pipenv: { subcommand: 'run' },
  pdm: { subcommand: 'run', valued: ['-p', '--project', '--venv'] },
  rye: { subcommand: 'run' },
  hatch: { subcommand: 'run', valued: ['-e', '--env'] },
  uv: {
    subcommand: 'run',
    valued: [
      '-p',
      '-w',
      '--python',
      '--with',
      '--extra',
      '--group',
      '--only-group',
      '--no-group',
      '--env-file',
      '--directory',
      '--project',
      '--package',
      '--index-url',
      '--default-index',
      '--index',
      '--cache-dir',
    ],
  },
  conda: { subcommand: 'run', valued: ['-n', '-p', '--name', '--prefix', '--cwd'] },
  mamba: { subcommand: 'run', valued: ['-n', '-p', '--name', '--prefix', '--cwd'] },
  micromamba: { subcommand: 'run', valued: ['-n', '-p', '--name', '--prefix', '--cwd'] },
  'newrelic-admin': { subcommand: 'run-program' },
  'opentelemetry-instrument': {
    valued: [
      '--traces_exporter',
      '--metrics_exporter',
      '--logs_exporter',
      '--exporter_otlp_endpoint',
      '--service_name',
      '--id_generator',
      '--resource_attributes',
    ],
  },
  chpst: { valued: ['-u', '-U', '-e', '-n'] },
};

/**
 * Takes one wrapper off: a program whose only part is to start another one (`exec`, `tini --`, `poetry run`).
 * Undefined: there is none.
 */
export function withoutWrapper(words: readonly CommandWord[]): readonly CommandWord[] | undefined {
  const wrapper = wrappers[programName(words[0])];
  if (!wrapper) return throughDashes(words);
  let index = skipOptions(words, 1, wrapper);
  if (wrapper.subcommand !== undefined) {
    if (words[index]?.text !== wrapper.subcommand) return undefined;
    index = skipOptions(words, index + 1, wrapper);
  }
  index += wrapper.operands ?? 0;
  const rest = words.slice(index);
  return rest.length > 0 ? rest : undefined;
}

function skipOptions(words: readonly CommandWord[], from: number, wrapper: Wrapper): number {
  let index = from;
  for (;;) {
    const text = words[index]?.text ?? '';
    if (text === '--') return index + 1;
    if (wrapper.assignments === true && /^[A-Za-z_]\w*=/.test(text)) index += 1;
    else if (text.startsWith('-')) index += wrapper.valued?.includes(text) === true ? 2 : 1;
    else return index;
  }
}

/** `wait-for-it.sh db:5432 -- gunicorn …`, `doppler run -- …`: whatever it is, the command stands behind the dashes. */
function throughDashes(words: readonly CommandWord[]): readonly CommandWord[] | undefined {
  const dashes = words.findIndex(({ text }) => text === '--');
  const starter = /^(?:wait|doppler|infisical|chamber|aws-vault|dockerize|op|vault|watchmedo)/.test(
    programName(words[0]),
  );
  if (dashes > 0 && starter) return words.slice(dashes + 1);
  // `dockerize -wait tcp://db:5432 gunicorn …`
  if (programName(words[0]) !== 'dockerize') return undefined;
  let index = 1;
  while (words[index]?.text.startsWith('-')) index += words[index]?.text.includes('=') ? 1 : 2;
  return index < words.length ? words.slice(index) : undefined;
}

const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);

/** What a shell is told to run: a script as text, or a file with its arguments. */
export function shellTask(
  words: readonly CommandWord[],
):
  | { script: CommandWord; args: readonly CommandWord[] }
  | { file: CommandWord; args: readonly CommandWord[] }
  | undefined {
  if (!shells.has(programName(words[0]))) return undefined;
  let index = 1;
  let script = false;
  for (; words[index]?.text.startsWith('-'); index += 1) {
    const text = words[index]?.text ?? '';
    if (/^-[a-z]*c[a-z]*$/.test(text)) script = true;
    else if (text === '-o') index += 1;
  }
  const task = words[index];
  if (!task) return undefined;
  // Behind a script stands $0, and then the arguments.
  return script
    ? { script: task, args: words.slice(index + 2) }
    : { file: task, args: words.slice(index + 1) };
}

/** `python [options] FILE` or `python -m MODULE`; undefined: it is no Python, or runs text. */
export function pythonTask(
  words: readonly CommandWord[],
): { module?: string; file?: string; rest: readonly CommandWord[] } | undefined {
  if (!/^(?:python|pypy)[\d.]*$/.test(programName(words[0]))) return undefined;
  for (let index = 1; index < words.length; index += 1) {
    const text = words[index]?.text ?? '';
    const next = words[index + 1];
    if (/^-[A-Za-ln-z]*m$/.test(text))
      return next ? { module: next.text, rest: words.slice(index + 1) } : undefined;
    if (text === '-c') return undefined;
    if (text === '-W' || text === '-X') index += 1;
    else if (!text.startsWith('-')) return { file: text, rest: words.slice(index) };
  }
  return undefined;
}
