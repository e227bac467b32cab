import { explainIssues } from './issues.ts';
import type { Given, Layer } from './layer.ts';
import type { Problem } from './problem.ts';
import { settingList, type SettingPath, type settings } from './settings.ts';

type Table = typeof settings;
type FlagOf<P extends SettingPath> = Table[P] extends { flag: infer F extends string } ? F : never;

/** Flags that set something, by their names on the command line. */
export type FlagName = { [P in SettingPath]: FlagOf<P> }[SettingPath] | 'target';

export type FlagValue = string | number | boolean | readonly string[];

/** Parsed flags of a command; those that set nothing are ignored. */
export type ConfigFlags = { readonly [F in FlagName]?: FlagValue | undefined };

/** Reads settings from flags. */
export function readFlags(flags: ConfigFlags, base: string): { layer: Layer; problems: readonly Problem[] } {
  const values = new Map<SettingPath, Given>();
  const problems: Problem[] = [];
  for (const { path, flag, type } of settingList) {
    const given = flag === undefined ? undefined : flags[flag as FlagName];
    if (flag === undefined || given === undefined) continue;
    const input = inputOf(given, (text) => type.fromText(text));
    const parsed = type.schema.safeParse(input);
    if (parsed.success) {
      values.set(path, { value: parsed.data, detail: `--${flag}` });
      continue;
    }
    for (const { text } of explainIssues(parsed.error.issues, input)) {
      problems.push({ where: `--${flag}`, text });
    }
  }
  return { layer: { source: 'flag', base, values }, problems };
}

function inputOf(given: FlagValue, fromText: (text: string) => unknown): unknown {
  if (typeof given === 'string') return fromText(given);
  if (typeof given === 'number' || typeof given === 'boolean') return given;
  return given.flatMap((text) => fromText(text));
}
