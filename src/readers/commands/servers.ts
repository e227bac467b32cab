import type { PythonModule } from '../python/settings.ts';
import type { AppServer, Setting, Workers } from './app-server.ts';
import { codeSettings, serverCall } from './code.ts';
import { operands } from './flags.ts';
import { gunicornSettings, isSync } from './gunicorn.ts';
import type { Program } from './resolve.ts';
import type { ServerContext, SettingReader } from './server-context.ts';
import {
  asBoolean,
  asNumber,
  asText,
  asWorkers,
  byDefault,
  evaluated,
  fromEnvironment,
  fromFlags,
  isSwitch,
} from './settings.ts';
import type { RawSetting } from './settings.ts';
import * as specs from './specs.ts';
import type { ServerSpec, SettingName } from './specs.ts';
import { tomlSettings } from './toml.ts';
import { uwsgiSettings } from './uwsgi.ts';

const byName: Readonly<Record<string, ServerSpec>> = {
  gunicorn: specs.gunicorn,
  uvicorn: specs.uvicorn,
  hypercorn: specs.hypercorn,
  granian: specs.granian,
  uwsgi: specs.uwsgi,
  daphne: specs.daphne,
  'waitress-serve': specs.waitress,
};
const nodePrograms = new Set(
  'node nodejs npm yarn pnpm npx bun deno tsx ts-node next nuxt nest pm2-runtime pm2 nodemon'.split(' '),
);

function specOf({ name, words, pythonFile }: Program): ServerSpec | undefined {
  const subcommand = operands(words, none).map(({ text }) => text);
  if (name === 'flask') return subcommand.includes('run') ? specs.development : undefined;
  if (name === 'manage.py' || name === 'django-admin' || name === 'django') {
    if (subcommand.includes('runserver') || subcommand.includes('runserver_plus')) return specs.development;
    return subcommand.includes('celery') ? specs.celery : undefined;
  }
  if (name === 'fastapi') {
    if (words[1]?.text === 'dev') return specs.development;
    return words[1]?.text === 'run' ? specs.fastapi : undefined;
  }
  if (name === 'celery')
    return words.some(({ text }) => text === 'worker' || text === 'beat') ? specs.celery : undefined;
  if (byName[name]) return byName[name];
  if (nodePrograms.has(name)) return { ...specs.daphne, kind: 'node' };
  if (/^php-fpm[\d.]*$/.test(name)) return { ...specs.daphne, kind: 'php-fpm', defaults: {} };
  return pythonFile === undefined ? undefined : { ...specs.daphne, kind: 'python', switches: none };
}

const none: ReadonlySet<string> = new Set();

/** Whether a program serves requests or takes jobs, as far as its name tells. */
export function isServer(program: Program): boolean {
  return specOf(program) !== undefined;
}

export interface ServerInput extends ServerContext {
  python: readonly PythonModule[];
}

/** A program with the settings that it will have. */
export function serverOf(program: Program, input: ServerInput): AppServer | undefined {
  const spec = specOf(program);
  if (!spec) return undefined;
  const { words } = program;
  const call = spec.kind === 'python' ? callOf(program, input) : undefined;
  const read = readerOf(spec, program, input);
  const settingOf = (name: SettingName): RawSetting | undefined => {
    const found = read(name) ?? (call ? codeSettings(call, input)(name) : undefined);
    return found ? evaluated(found, input.environment) : undefined;
  };
  // A word that is nothing but a variable may be any number of flags; the value of a flag is just that value.
  const open = operands(words, spec.switches).filter(
    ({ resolved, text }) => !resolved && text.startsWith('$'),
  );
  if (open.length > 0)
    input.unknown.push(`what ${open.map(({ text }) => text).join(' and ')} in the command stands for`);
  const app = appOf(program, spec, call);
  const [first] = words;
  return {
    kind: spec.kind,
    ...(app === undefined ? {} : { app }),
    words: words.map(({ text }) => text),
    places: words,
    ...(call ? { call } : {}),
    ...(program.behindShell ? { behindShell: { at: program.behindShell } } : {}),
    at: input.at,
    form: first?.form ?? words.find(({ form }) => form)?.form ?? 'exec',
    workers: workersOf(spec, settingOf, program),
    ...settingsOf(spec, settingOf, call?.name.startsWith('uvicorn.') === true),
    unknown: input.unknown,
  };
}

function readerOf(spec: ServerSpec, program: Program, input: ServerInput): SettingReader {
  const { words } = program;
  if (spec.kind === 'gunicorn') return gunicornSettings(words, input);
  if (spec.kind === 'uwsgi') return uwsgiSettings(words, input);
  const file = spec.kind === 'hypercorn' ? tomlSettings(words, spec, input) : undefined;
  return (name) =>
    (spec.kind === 'python' ? undefined : fromFlags(words, spec.flags[name], !isSwitch(name), input.at)) ??
    file?.(name) ??
    fromEnvironment(input.environment, spec.environment?.[name]);
}

function callOf({ pythonFile }: Program, { files, python, unknown }: ServerInput): AppServer['call'] {
  const path = pythonFile === undefined ? undefined : files.read(pythonFile)?.path;
  if (path === undefined) {
    unknown.push(`${pythonFile ?? 'the file'} is not among the project's files`);
    return undefined;
  }
  const module = python.find((candidate) => candidate.path === path);
  return serverCall(module);
}

function appOf({ words }: Program, spec: ServerSpec, call: AppServer['call']): string | undefined {
  if (call) {
    const [first] = call.positional;
    return first?.kind === 'string' ? first.value : undefined;
  }
  if (spec.kind === 'celery') {
    const flag = fromFlags(words, ['--app', '-A'], true, { path: '', start: 0, end: 0 });
    return flag ? asText(flag) : undefined;
  }
  if (
    spec.kind === 'node' ||
    spec.kind === 'php-fpm' ||
    spec.kind === 'development' ||
    spec.kind === 'python'
  )
    return undefined;
  const found = operands(words, spec.switches).filter(({ text }) => text !== 'run');
  const app =
    found.find(({ text }) => /^[\w.]+:[\w.()]+/.test(text)) ??
    (spec.kind === 'uwsgi' ? undefined : found.at(0));
  return app?.resolved === true ? app.text : undefined;
}

function workersOf(
  spec: ServerSpec,
  settingOf: (name: SettingName) => RawSetting | undefined,
  { conditional, words }: Program,
): Setting<Workers> {
  if (conditional)
    return {
      value: { kind: 'unknown', why: 'a condition in a script decides what is started' },
      source: { by: 'default' },
    };
  if (spec.kind === 'celery') return celeryWorkers(words, settingOf);
  if (spec.kind === 'php-fpm')
    return {
      value: { kind: 'unknown', why: "pm.max_children of PHP-FPM's pool decides" },
      source: { by: 'default' },
    };
  const raw = settingOf('workers') ?? byDefault(spec, 'workers') ?? { value: '1', source: { by: 'default' } };
  return asWorkers(raw, 'the number of workers');
}

/** Children of the prefork pool; other pools, and `celery beat`, are one process. */
function celeryWorkers(
  words: Program['words'],
  settingOf: (name: SettingName) => RawSetting | undefined,
): Setting<Workers> {
  if (!words.some(({ text }) => text === 'worker'))
    return { value: { kind: 'count', count: 1 }, source: { by: 'default' } };
  const pool = settingOf('workerClass');
  if (pool && ['solo', 'threads', 'gevent', 'eventlet'].includes(asText(pool) ?? ''))
    return { value: { kind: 'count', count: 1 }, source: pool.source };
  const raw = settingOf('workers');
  return raw
    ? asWorkers(raw, 'the concurrency')
    : { value: { kind: 'per-cpu', factor: 1, plus: 0 }, source: { by: 'default' } };
}

function settingsOf(
  spec: ServerSpec,
  settingOf: (name: SettingName) => RawSetting | undefined,
  uvicornInCode: boolean,
): Partial<AppServer> {
  const number = (name: SettingName): Setting<number> | undefined => {
    const raw = settingOf(name);
    // What is set and not known is not the default.
    const used = raw ?? byDefault(uvicornInCode ? specs.uvicorn : spec, name);
    const value = used && asNumber(used);
    return used && value !== undefined ? { value, source: used.source } : undefined;
  };
  const text = (name: SettingName): Setting<string> | undefined => {
    const raw = settingOf(name);
    const value = raw && asText(raw);
    return raw && value !== undefined ? { value, source: raw.source } : undefined;
  };
  const flag = (name: SettingName): Setting<boolean> | undefined => {
    const raw = settingOf(name);
    const value = raw && asBoolean(raw);
    return raw && value !== undefined ? { value, source: raw.source } : undefined;
  };
  const threads = number('threads');
  const workerClass = text('workerClass');
  const classKnown = settingOf('workerClass') === undefined || workerClass !== undefined;
  const keepAlive = number('keepAlive');
  const sync = spec.kind === 'gunicorn' && classKnown && isSync(workerClass?.value, threads?.value);
  const found = {
    threads,
    workerClass,
    timeout: number('timeout'),
    gracefulTimeout: number('gracefulTimeout'),
    keepAlive: sync ? { value: 0, source: workerClass?.source ?? { by: 'default' as const } } : keepAlive,
    reload: flag('reload'),
    preload: flag('preload'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
