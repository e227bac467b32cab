import { containerPath } from './container-path.ts';
import { findFlag } from './flags.ts';
import type { ServerContext, SettingReader } from './server-context.ts';
import type { ServerSpec } from './specs.ts';
import type { CommandWord } from './word.ts';

/** Top-level numbers of the TOML file behind `-c`; a configuration in Python is not looked into. */
export function tomlSettings(
  words: readonly CommandWord[],
  spec: ServerSpec,
  { files, unknown, workdir }: ServerContext,
): SettingReader {
  const named = findFlag(words, ['--config', '-c'], true)?.value;
  const found = named === undefined ? undefined : files.read(containerPath(workdir, named));
  if (named !== undefined && !found?.path.endsWith('.toml')) unknown.push(`the configuration ${named}`);
  return (name) => {
    const key = spec.keys?.[name];
    if (key === undefined || !found?.path.endsWith('.toml')) return undefined;
    const match = new RegExp(String.raw`^${key}[ \t]*=[ \t]*([\d.]+)`, 'm').exec(found.text);
    if (!match) return undefined;
    const end = match.index + match[0].length;
    const value = match[1] ?? '';
    return { value, source: { at: { path: found.path, start: end - value.length, end }, by: 'config-file' } };
  };
}
