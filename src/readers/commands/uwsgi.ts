import type { Span } from '../../source/span.ts';
import { containerPath } from './container-path.ts';
import { findFlag } from './flags.ts';
import type { ServerContext, SettingReader } from './server-context.ts';
import { fromEnvironment, fromFlags, isSwitch } from './settings.ts';
import { uwsgi } from './specs.ts';
import type { CommandWord } from './word.ts';

const keys = {
  workers: ['processes', 'workers'],
  threads: ['threads'],
  timeout: ['harakiri'],
  reload: ['py-autoreload', 'python-autoreload'],
} as const;

/** uWSGI's settings: command line, then its ini file, then `UWSGI_*`. */
export function uwsgiSettings(words: readonly CommandWord[], context: ServerContext): SettingReader {
  const ini = iniFile(words, context);
  return (name) => {
    for (const key of name in keys ? keys[name as keyof typeof keys] : []) {
      const flag = fromFlags(words, [`--${key}`], true, context.at);
      if (flag) return flag;
      const entry = ini.get(key);
      if (!entry) continue;
      // `%k` is the number of CPUs that it sees.
      const cpus = /^(?:%k|%\(k\s*\*\s*(\d+)\))$/.exec(entry.value);
      return {
        value: cpus
          ? { kind: 'cpus', factor: Number(cpus[1] ?? 1), plus: 0, at: entry.at }
          : /[%$]/.test(entry.value)
            ? undefined
            : entry.value,
        source: { at: entry.at, by: 'config-file' },
      };
    }
    return (
      fromFlags(words, uwsgi.flags[name], !isSwitch(name), context.at) ??
      fromEnvironment(context.environment, uwsgi.environment?.[name])
    );
  };
}

function iniFile(
  words: readonly CommandWord[],
  { files, environment, unknown, workdir }: ServerContext,
): ReadonlyMap<string, { value: string; at: Span }> {
  const entries = new Map<string, { value: string; at: Span }>();
  const named =
    findFlag(words, ['--ini'], true)?.value ??
    words.slice(1).find(({ text }) => text.endsWith('.ini') && !text.startsWith('-'))?.text ??
    environment.get('UWSGI_INI')?.value;
  if (named === undefined) return entries;
  const found = files.read(containerPath(workdir, named));
  if (!found) {
    unknown.push(`uWSGI's configuration ${named} is not among the project's files`);
    return entries;
  }
  let offset = 0;
  for (const line of found.text.split('\n')) {
    const match = /^[ \t]*([\w-]+)[ \t]*=[ \t]*(\S.*)?$/.exec(line.replace(/\r$/, ''));
    if (match) {
      const value = (match[2] ?? '').trim();
      const start = offset + line.indexOf(value, line.indexOf('='));
      entries.set(match[1] ?? '', { value, at: { path: found.path, start, end: start + value.length } });
    }
    offset += line.length + 1;
  }
  return entries;
}
