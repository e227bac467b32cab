import type { Located, Span } from '../../source/span.ts';
import type { PythonValue } from '../python/settings.ts';
import type { Setting, SettingSource, Workers } from './app-server.ts';
import { findFlag } from './flags.ts';
import type { ServerSpec, SettingName } from './specs.ts';
import type { CommandWord } from './word.ts';

/** A setting as it was found, before it is a number. */
export interface RawSetting {
  /** Undefined: it is set, and not known to what. */
  value: string | PythonValue | undefined;
  source: SettingSource;
}

export type Environment = ReadonlyMap<string, Located<string | undefined>>;

/** What a flag says. */
export function fromFlags(
  words: readonly CommandWord[],
  names: readonly string[] | undefined,
  valued: boolean,
  fallbackAt: Span,
  by: 'command' | 'dockerfile' | 'environment' = 'command',
): RawSetting | undefined {
  const place = names && findFlag(words, names, valued);
  if (!place) return undefined;
  const word = words[place.from];
  const at = place.valueAt ?? word?.outer ?? word?.command ?? fallbackAt;
  if (!valued) return { value: 'true', source: { at, by } };
  // `$(nproc)` and the like are not resolved, and still say something.
  return { value: place.resolved ? place.value : shellCpus(place.value ?? '', at), source: { at, by } };
}

export function fromEnvironment(
  environment: Environment,
  names: readonly string[] | undefined,
): RawSetting | undefined {
  for (const name of names ?? []) {
    const found = environment.get(name);
    if (found && found.value !== '')
      return { value: found.value, source: { at: found.at, by: 'environment' } };
  }
  return undefined;
}

export function isSwitch(name: SettingName): boolean {
  return name === 'reload' || name === 'preload';
}

/** `$(nproc)`, `$((2 * $(nproc) + 1))`; undefined: it is something else. */
function shellCpus(text: string, at: Span): PythonValue | undefined {
  const inner = text
    .replaceAll(/\$\(\s*nproc(?:\s+--all)?\s*\)|`nproc`|\$\(getconf _NPROCESSORS_ONLN\)/g, 'N')
    .replaceAll(/\s+/g, '');
  const expression = /^\$\(\((.*)\)\)$/.exec(inner)?.[1] ?? inner;
  const linear = /^\(?(?:(\d+)\*)?N(?:\*(\d+))?\)?(?:\+(\d+))?$/.exec(expression);
  if (linear)
    return {
      kind: 'cpus',
      factor: Number(linear[1] ?? 1) * Number(linear[2] ?? 1),
      plus: Number(linear[3] ?? 0),
      at,
    };
  const reversed = /^(\d+)\+\(?(?:(\d+)\*)?N(?:\*(\d+))?\)?$/.exec(expression);
  return reversed
    ? {
        kind: 'cpus',
        factor: Number(reversed[2] ?? 1) * Number(reversed[3] ?? 1),
        plus: Number(reversed[1] ?? 0),
        at,
      }
    : undefined;
}

/** Puts the environment's values in for `os.getenv(…)`. */
export function evaluated(raw: RawSetting, environment: Environment): RawSetting {
  const { value, source } = raw;
  if (typeof value !== 'object' || value.kind !== 'env') return raw;
  const found = environment.get(value.name);
  if (found && found.value === undefined) return { value: undefined, source };
  if (found?.value !== undefined && found.value !== '')
    return { value: found.value, source: { at: found.at, by: 'environment' } };
  return value.fallback
    ? evaluated({ value: value.fallback, source }, environment)
    : { value: undefined, source };
}

export function asNumber({ value }: RawSetting): number | undefined {
  if (typeof value === 'object') {
    if (value.kind === 'number') return value.value;
    if (value.kind === 'string') return asNumber({ value: value.value, source: { by: 'default' } });
    return undefined;
  }
  return value !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

export function asText({ value }: RawSetting): string | undefined {
  if (typeof value === 'object') return value.kind === 'string' ? value.value : undefined;
  return value;
}

export function asBoolean({ value }: RawSetting): boolean | undefined {
  if (typeof value === 'object') {
    if (value.kind === 'boolean') return value.value;
    if (value.kind === 'none') return false;
    if (value.kind === 'number') return value.value !== 0;
    return value.kind === 'string' ? asBoolean({ value: value.value, source: { by: 'default' } }) : undefined;
  }
  if (value === undefined) return undefined;
  if (/^(?:1|true|yes|on|t|y)$/i.test(value.trim())) return true;
  return /^(?:0|false|no|off|f|n|)$/i.test(value.trim()) ? false : undefined;
}

/** A number of processes; `what` names the setting where it cannot be read. */
export function asWorkers(raw: RawSetting, what: string): Setting<Workers> {
  const { value, source } = raw;
  const count = asNumber(raw);
  if (count !== undefined) return { value: { kind: 'count', count: Math.max(1, Math.trunc(count)) }, source };
  if (typeof value === 'object' && value.kind === 'cpus')
    return {
      value: {
        kind: 'per-cpu',
        factor: value.factor,
        plus: value.plus,
        ...(value.atLeast === undefined ? {} : { atLeast: value.atLeast }),
        ...(value.atMost === undefined ? {} : { atMost: value.atMost }),
      },
      source,
    };
  return {
    value: { kind: 'unknown', why: `${what} is set to something that only running it can tell` },
    source,
  };
}

/** What a spec's default of a setting is. */
export function byDefault(spec: ServerSpec, name: SettingName): RawSetting | undefined {
  const value = spec.defaults[name];
  return value === undefined ? undefined : { value: String(value), source: { by: 'default' } };
}
