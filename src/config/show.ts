import type { Config, Provenance, Target } from './config.ts';
import { isMap } from './schema.ts';
import { Secret } from './secret.ts';
import { settingList } from './settings.ts';

/** One effective setting. */
export interface SettingRow {
  /** As in ops.yaml: `deploy.stability`, `hosts.0.port`. */
  key: string;
  /** In the units of the program (milliseconds, MiB); secrets are redacted. */
  value: unknown;
  /** As ops.yaml would spell it. */
  text: string;
  source: Provenance['source'];
  /** Variable, flag, or `ops.yaml:12`. */
  detail?: string;
}

const redacted = '[redacted]';
const secretName = /pass|secret|token|credential|private|api_?key|_key$|^key$/i;

/** Every setting that has a value, hosts first, in the order of the table; no secret is in it. */
export function showConfig({ target, provenance }: Pick<Config, 'target' | 'provenance'>): SettingRow[] {
  return [...hostRows(target, provenance), ...settingRows(target, provenance)];
}

const hostFields = [
  ['name', 'name'],
  ['address', 'address'],
  ['port', 'port'],
  ['user', 'user'],
  ['keyFile', 'key_file'],
  ['jump', 'jump'],
  ['hostKey', 'host_key'],
] as const;

function hostRows({ hosts }: Target, provenance: Config['provenance']): SettingRow[] {
  return hosts.flatMap((host, index) =>
    hostFields.flatMap(([field, key]) => {
      const value = host[field];
      if (value === undefined) return [];
      const text = typeof value === 'object' ? value.join(', ') : String(value);
      return [row(`hosts.${index}.${key}`, value, text, provenance[`hosts.${index}.${field}`])];
    }),
  );
}

function settingRows(target: Target, provenance: Config['provenance']): SettingRow[] {
  return settingList.flatMap(({ path, key = path, type }) => {
    if (path === 'hosts' || path.startsWith('host.')) return [];
    const value = valueAt(target, path);
    if (value === undefined) return [];
    if (type.secret === true || value instanceof Secret)
      return [row(key, redacted, redacted, provenance[path])];
    if (!isMap(value) || Object.keys(value).length === 0) {
      return [row(key, value, type.show(value), provenance[path])];
    }
    return Object.entries(value).map(([name, item]) => {
      const source = provenance[`${path}.${name}`] ?? provenance[path];
      const shown = typeof item === 'string' && secretName.test(name) ? redacted : item;
      return row(`${key}.${name}`, shown, itemText(shown), source);
    });
  });
}

/** The text of a build argument, or of a threshold: `warn 85, fail 95`. */
function itemText(item: unknown): string {
  if (!isMap(item)) return String(item);
  return Object.entries(item)
    .map(([name, limit]) => `${name} ${String(limit)}`)
    .join(', ');
}

function row(key: string, value: unknown, text: string, provenance: Provenance | undefined): SettingRow {
  return { key, value, text, ...(provenance ?? { source: 'default' }) };
}

function valueAt(target: Target, path: string): unknown {
  let value: unknown = target;
  for (const part of path.split('.')) value = isMap(value) ? value[part] : undefined;
  return value;
}

/** `ops.yaml:12`, `OPS_PORT (.env)`, `--port`, `default`. */
export function sourceText({ source, detail }: Pick<SettingRow, 'source' | 'detail'>): string {
  if (detail === undefined) return source;
  return source === '.env' || source === 'environment' ? `${detail} (${source})` : detail;
}
