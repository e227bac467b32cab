/**
 * Defaults by major version, from PostgreSQL's documentation (https://www.postgresql.org/docs/). initdb writes
 * `max_connections` and `shared_buffers` into postgresql.conf: what stands there may still be the default.
 */
const common: readonly (readonly [name: string, value: string])[] = [
  ['max_connections', '100'],
  ['superuser_reserved_connections', '3'],
  ['reserved_connections', '0'],
  ['shared_buffers', '128MB'],
  ['work_mem', '4MB'],
  ['hash_mem_multiplier', '2'],
  ['maintenance_work_mem', '64MB'],
  ['autovacuum_work_mem', '-1'],
  ['autovacuum_max_workers', '3'],
  ['effective_cache_size', '4GB'],
  ['random_page_cost', '4'],
  ['effective_io_concurrency', '1'],
  ['min_wal_size', '80MB'],
  ['max_wal_size', '1GB'],
  ['wal_buffers', '-1'],
  ['wal_compression', 'off'],
  ['wal_level', 'replica'],
  ['max_wal_senders', '10'],
  ['checkpoint_completion_target', '0.9'],
  ['default_statistics_target', '100'],
  ['max_worker_processes', '8'],
  ['max_parallel_workers', '8'],
  ['max_parallel_workers_per_gather', '2'],
  ['max_parallel_maintenance_workers', '2'],
  ['huge_pages', 'try'],
  ['jit', 'on'],
];

/** Where a version differs from `common`. */
const differing: readonly { from: number; to: number; name: string; value: string }[] = [
  { from: 18, to: Infinity, name: 'effective_io_concurrency', value: '16' },
  { from: 18, to: Infinity, name: 'io_method', value: 'worker' },
  { from: 18, to: Infinity, name: 'io_workers', value: '3' },
  { from: 0, to: 13, name: 'checkpoint_completion_target', value: '0.5' },
  { from: 0, to: 14, name: 'hash_mem_multiplier', value: '1' },
  { from: 0, to: 11, name: 'jit', value: 'off' },
];

/** Defaults of a major version, as PostgreSQL prints them; without one, those of the newest. */
export function defaultsOf(majorVersion = 18): ReadonlyMap<string, string> {
  return new Map([
    ...common,
    ...differing
      .filter(({ from, to }) => majorVersion >= from && majorVersion <= to)
      .map(({ name, value }) => [name, value] as const),
  ]);
}

/** Settings with the context `postmaster`, of those that are tuned. */
const atStart = new Set([
  'max_connections',
  'shared_buffers',
  'wal_buffers',
  'wal_level',
  'max_wal_senders',
  'huge_pages',
  'max_worker_processes',
  'autovacuum_max_workers',
  'io_method',
]);

/** Whether a changed setting waits for a restart; others take a reload. */
export function needsRestart(name: string): boolean {
  return atStart.has(name);
}
