import { parseBytes } from '../../readers/compose/units.ts';
import { defaultsOf } from '../../readers/postgres/defaults.ts';
import { isPgSize, parsePgSize, settingBytes } from '../../readers/postgres/units.ts';
import type { Span } from '../../source/span.ts';
import type { PostgresServer, Service, Stack } from '../../stack/stack.ts';
import { kib, postgresSize } from '../../tune/units.ts';
import type { Confidence, EvidenceLine } from '../finding.ts';

export type PostgresService = Service & { postgres: PostgresServer };

/** The PostgreSQL servers of a stack. One that is managed elsewhere is none of them. */
export function postgresServices(stack: Stack): readonly PostgresService[] {
  return stack.services.filter(
    (service): service is PostgresService => service.role === 'postgres' && service.postgres !== undefined,
  );
}

/** A setting as the server has it. */
export interface ServerSetting {
  name: string;
  /** With its unit. */
  value: string;
  /** Of a size. */
  bytes?: number;
  from: 'live' | 'file' | 'default';
  /** Where it is written. */
  at?: Span;
}

/** A setting as it is in effect: of the running server, else as the project sets it, else the default. Undefined: not seen. */
export function settingOf({ postgres, live }: PostgresService, name: string): ServerSetting | undefined {
  const written = postgres.settings.get(name);
  const at = written?.source.at;
  const running = live?.postgres?.settings[name];
  if (running) {
    const bytes = isPgSize(name) ? parsePgSize(running.value, running.unit ?? 1) : undefined;
    return {
      name,
      value: bytes === undefined ? running.value : sizeOf(bytes),
      ...(bytes === undefined ? {} : { bytes }),
      from: 'live',
      ...(at === undefined ? {} : { at }),
    };
  }
  const value = written?.value ?? (postgres.unseenConfig ? undefined : defaultOf(postgres, name));
  if (value === undefined) return undefined;
  const bytes = isPgSize(name) ? settingBytes(name, value) : undefined;
  return {
    name,
    value: bytes !== undefined && /^\d+$/.test(value) ? sizeOf(bytes) : value,
    ...(bytes === undefined ? {} : { bytes }),
    from: written === undefined ? 'default' : 'file',
    ...(at === undefined ? {} : { at }),
  };
}

function sizeOf(bytes: number): string {
  return postgresSize(Math.round(bytes / kib));
}

function defaultOf({ majorVersion }: PostgresServer, name: string): string | undefined {
  return defaultsOf(majorVersion).get(name);
}

/** Whether the value is the version's default, wherever it comes from: initdb writes defaults into postgresql.conf. */
export function isDefault({ postgres }: PostgresService, setting: ServerSetting): boolean {
  const usual = defaultOf(postgres, setting.name);
  return usual !== undefined && sameValue(setting.name, usual, setting.value);
}

/** `0.10` and `0.1`, `1GB` and `1024MB`, `on` and `true` are the same. */
export function sameValue(name: string, one: string, other: string): boolean {
  if (isPgSize(name)) {
    const bytes = settingBytes(name, one);
    return bytes === undefined ? one.trim() === other.trim() : bytes === settingBytes(name, other);
  }
  return plain(one) === plain(other);
}

function plain(value: string): string {
  const text = value.trim().toLowerCase();
  if (/^(?:on|true|yes|1)$/.test(text)) return 'on';
  if (/^(?:off|false|no|0)$/.test(text)) return 'off';
  return /^-?\d*\.?\d+$/.test(text) ? String(Number(text)) : text;
}

/** `live`: the running server was asked. */
export function confidenceOf({ live }: Service): Confidence {
  return live?.postgres ? 'live' : 'static';
}

/** Memory limit of a container, bytes: of Compose, else of what runs; undefined: none. */
export function memoryLimit({ limits, live }: Service): number | undefined {
  const running = live?.containers.find(({ memoryLimitBytes }) => memoryLimitBytes > 0)?.memoryLimitBytes;
  return limits.memoryBytes?.value ?? running;
}

/** Docker's default. */
const usualSharedMemory = 64 * 1024 ** 2;

/** Size of /dev/shm; undefined: as large as the host's, or not known. */
export function sharedMemorySize({ compose }: Service): { bytes: number; at?: Span } | undefined {
  const ipc = compose.get('ipc');
  if (ipc?.kind === 'scalar' && ipc.value !== 'private' && ipc.value !== 'shareable') return undefined;
  const listed = compose.get('tmpfs');
  const paths = listed?.kind === 'list' ? listed.items : listed ? [listed] : [];
  if (paths.some((node) => node.kind === 'scalar' && String(node.value).startsWith('/dev/shm')))
    return undefined;
  if (compose.mounts.some(({ target }) => target.replace(/\/$/, '') === '/dev/shm')) return undefined;
  const node = compose.get('shm_size');
  if (node === undefined) return { bytes: usualSharedMemory };
  const bytes = node.kind === 'scalar' ? parseBytes(node.value) : undefined;
  return bytes === undefined ? undefined : { bytes, at: node.at };
}

/** Where a setting is written or what the server said. */
export function evidenceOf(setting: ServerSetting): EvidenceLine {
  const text = `${setting.name} = ${setting.value}`;
  if (setting.at) return { at: setting.at, text };
  return setting.from === 'live'
    ? { source: 'pg_settings', text }
    : { text: `${text}, the default: nothing sets it` };
}
