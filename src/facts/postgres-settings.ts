import type { Fact } from './fact.ts';
import { answersOfEach, askEachPostgres } from './psql.ts';

export interface PostgresSetting {
  value: string;
  unit?: string;
  /** `default`, `configuration file`, `command line`, … */
  source: string;
  pendingRestart: boolean;
}

export type PostgresSettings =
  | {
      state: 'ok';
      /** `170006`. */
      versionNumber: number;
      settings: Readonly<Record<string, PostgresSetting>>;
      connections: number;
      idleInTransaction: number;
      /** Since the statistics were reset, of all databases. */
      blocksHit: number;
      blocksRead: number;
      tempFiles: number;
      tempBytes: number;
    }
  /** psql is missing, or did not let us in. */
  | { state: 'unreadable'; message: string };

/** By container id: containers that run PostgreSQL. */
export type PostgresSettingsFact = Readonly<Record<string, PostgresSettings>>;

/** Numbers and names of methods; others (`primary_conninfo`) may hold secrets. */
const asked = [
  'max_connections superuser_reserved_connections reserved_connections',
  'shared_buffers effective_cache_size work_mem maintenance_work_mem autovacuum_work_mem temp_buffers hash_mem_multiplier huge_pages',
  'wal_buffers min_wal_size max_wal_size wal_level wal_compression max_wal_senders checkpoint_timeout checkpoint_completion_target',
  'random_page_cost seq_page_cost effective_io_concurrency default_statistics_target jit io_method io_workers',
  'max_worker_processes max_parallel_workers max_parallel_workers_per_gather max_parallel_maintenance_workers',
  'autovacuum autovacuum_max_workers fsync synchronous_commit full_page_writes track_io_timing dynamic_shared_memory_type',
  'idle_in_transaction_session_timeout log_min_duration_statement shared_preload_libraries',
]
  .join(' ')
  .split(' ');

/** One statement: psql before version 15 prints only the last answer of several. */
const query = [
  `select 'version ' || current_setting('server_version_num')`,
  `union all select 'setting ' || name || ' ' || coalesce(unit, '-') || ' ' || replace(source, ' ', '_') || ' ' || pending_restart || ' ' || setting from pg_settings where name in (${asked.map((name) => `'${name}'`).join(', ')})`,
  `union all select 'connections ' || count(*) filter (where backend_type = 'client backend' and pid <> pg_backend_pid()) || ' ' || count(*) filter (where state like 'idle in transaction%') from pg_stat_activity`,
  `union all select 'statistics ' || coalesce(sum(blks_hit), 0) || ' ' || coalesce(sum(blks_read), 0) || ' ' || coalesce(sum(temp_files), 0) || ' ' || coalesce(sum(temp_bytes), 0) from pg_stat_database`,
].join(' ');

/**
 * Settings and statistics of every PostgreSQL among the given containers, recognised by its server process.
 *
 * @param containers full ids
 */
export function postgresSettings(
  containers: readonly string[],
): Fact<'postgres-settings', PostgresSettingsFact> {
  return {
    id: 'postgres-settings',
    script: () => askEachPostgres(containers, query),
    parse: ({ stdout }) =>
      Object.fromEntries([...answersOfEach(stdout)].map(([id, lines]) => [id, parseServer(lines)])),
  };
}

function parseServer(lines: readonly string[]): PostgresSettings {
  const values = (key: string): readonly string[] =>
    lines
      .find((line) => line.startsWith(`${key} `))
      ?.split(' ')
      .slice(1) ?? [];
  const number = (key: string, index: number): number => Number(values(key)[index] ?? Number.NaN);
  const versionNumber = number('version', 0);
  const numbers = {
    connections: number('connections', 0),
    idleInTransaction: number('connections', 1),
    blocksHit: number('statistics', 0),
    blocksRead: number('statistics', 1),
    tempFiles: number('statistics', 2),
    tempBytes: number('statistics', 3),
  };
  if (!(versionNumber > 0) || Object.values(numbers).some((value) => !Number.isFinite(value)))
    return { state: 'unreadable', message: lines[0]?.trim().slice(0, 200) || 'psql printed nothing' };
  return {
    state: 'ok',
    versionNumber,
    settings: Object.fromEntries(
      lines.flatMap((line): [string, PostgresSetting][] => {
        const match = /^setting (\S+) (\S+) (\S+) (true|false) ?(.*)$/.exec(line);
        if (!match) return [];
        const [, name = '', unit = '', source = '', pending, value = ''] = match;
        return [
          [
            name,
            {
              value,
              ...(unit === '-' ? {} : { unit }),
              source: source.replaceAll('_', ' '),
              pendingRestart: pending === 'true',
            },
          ],
        ];
      }),
    ),
    ...numbers,
  };
}
