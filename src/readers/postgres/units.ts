const kilo = 1024;
const sizes: Readonly<Record<string, number>> = {
  B: 1,
  kB: kilo,
  MB: kilo ** 2,
  GB: kilo ** 3,
  TB: kilo ** 4,
};

/** The unit of a bare number, by setting (`pg_settings.unit`): bytes. */
const baseUnits: Readonly<Record<string, number>> = {
  shared_buffers: 8 * kilo,
  effective_cache_size: 8 * kilo,
  wal_buffers: 8 * kilo,
  temp_buffers: 8 * kilo,
  work_mem: kilo,
  maintenance_work_mem: kilo,
  autovacuum_work_mem: kilo,
  logical_decoding_work_mem: kilo,
  min_wal_size: kilo ** 2,
  max_wal_size: kilo ** 2,
};

/**
 * Bytes of a memory setting as PostgreSQL reads it: `256MB`, `1.5GB`, `7864kB` (units are case-sensitive, powers of
 * 1024), or a number of the setting's own unit. Undefined: it is none, or a special value such as -1.
 * https://www.postgresql.org/docs/current/config-setting.html
 *
 * @param baseUnit `pg_settings.unit` or bytes: what a bare number counts
 */
export function parsePgSize(text: string, baseUnit: string | number = 1): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(B|kB|MB|GB|TB)?\s*$/.exec(text);
  if (!match) return undefined;
  const unit =
    match[2] === undefined
      ? typeof baseUnit === 'number'
        ? baseUnit
        : unitBytes(baseUnit)
      : sizes[match[2]];
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** `8kB` → 8192. */
function unitBytes(unit: string): number | undefined {
  const match = /^(\d*)(B|kB|MB|GB|TB)$/.exec(unit);
  const size = sizes[match?.[2] ?? ''];
  return size === undefined ? undefined : size * Number(match?.[1] === '' ? 1 : match?.[1]);
}

/** Whether the setting is an amount of memory or disk. */
export function isPgSize(name: string): boolean {
  return Object.hasOwn(baseUnits, name);
}

/** Bytes of a memory setting's value. */
export function settingBytes(name: string, value: string): number | undefined {
  return parsePgSize(value, baseUnits[name]);
}
