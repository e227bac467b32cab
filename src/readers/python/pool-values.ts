import type { Located } from '../../source/span.ts';
import type { Pool } from '../../stack/stack.ts';
import type { Setting } from '../commands/app-server.ts';
import type { PythonCall, PythonValue } from './settings.ts';

export type Environment = ReadonlyMap<string, Located<string | undefined>>;

/** A value as text, the environment looked up; undefined: only the running program knows. */
export function resolved(value: PythonValue, environment: Environment): string | undefined {
  if (value.kind === 'string') return value.value;
  if (value.kind === 'number') return String(value.value);
  if (value.kind !== 'env') return undefined;
  const found = environment.get(value.name);
  if (found) return found.value;
  return value.fallback ? resolved(value.fallback, environment) : undefined;
}

/** A number of a pool, and whether it is known; unknown ones are taken as the default. */
export function numberSetting(
  value: PythonValue | undefined,
  fallback: number,
  environment: Environment,
): { setting: Setting<number>; known: boolean } {
  if (!value || value.kind === 'none')
    return { setting: { value: fallback, source: { by: 'default' } }, known: true };
  const text = resolved(value, environment);
  const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(number)) return { setting: { value: fallback, source: { by: 'default' } }, known: false };
  const variable = value.kind === 'env' ? environment.get(value.name) : undefined;
  return {
    setting: {
      value: number,
      source: variable ? { at: variable.at, by: 'environment' } : { at: value.at, by: 'code' },
    },
    known: true,
  };
}

export function numberOf(
  call: PythonCall,
  keyword: string,
  fallback: number,
  environment: Environment,
): { setting: Setting<number>; known: boolean } {
  return numberSetting(call.keywords.get(keyword), fallback, environment);
}

export function booleanOf(
  value: PythonValue | undefined,
  environment: Environment,
): Setting<boolean> | undefined {
  if (!value) return undefined;
  if (value.kind === 'boolean') return { value: value.value, source: { at: value.at, by: 'code' } };
  const text = resolved(value, environment);
  return text === undefined
    ? undefined
    : { value: /^(?:1|true|yes|on)$/i.test(text), source: { at: value.at, by: 'code' } };
}

/** Scheme, host and port of a database's URL, and nothing else of it: the rest has the password. */
export function serverOfUrl(url: string): Pool['server'] {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#,]*)(?::(\d+))?/i.exec(
    url.slice(0, 500),
  );
  if (!match) return undefined;
  const [, scheme = '', host = '', port] = match;
  return {
    scheme: scheme.toLowerCase(),
    ...(host === '' ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}
