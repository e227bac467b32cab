const kilo = 1024;
const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: kilo,
  m: kilo ** 2,
  g: kilo ** 3,
  t: kilo ** 4,
  p: kilo ** 5,
};

/**
 * Bytes as Compose writes them: `512M`, `1g`, `1gb`, `1.5GiB`, `300000`; every unit is a power of 1024.
 * Undefined: it is none.
 * https://docs.docker.com/reference/compose-file/extension/#specifying-byte-values
 */
export function parseBytes(value: string | number | boolean | null): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.floor(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s?([bkmgtp]?)(?:i?b)?\s*$/i.exec(value);
  const unit = byteUnits[match?.[2]?.toLowerCase() ?? '?'];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.floor(Number(match[1]) * unit);
}

/** `512M`, `1G`: the largest unit that needs no fraction, as Compose reads it. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['G', kilo ** 3],
    ['M', kilo ** 2],
    ['K', kilo],
  ] as const)
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  return `${Math.floor(bytes)}`;
}

const seconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/**
 * Seconds of a duration as Compose writes it: `1m30s`, `500ms`, `2h`; a number without a unit is refused by Compose
 * except 0. Undefined: it is none.
 * https://docs.docker.com/reference/compose-file/extension/#specifying-durations
 */
export function parseDuration(value: string | number | boolean | null): number | undefined {
  if (value === 0 || value === '0') return 0;
  if (typeof value !== 'string') return undefined;
  let total = 0;
  let position = 0;
  for (const match of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)) {
    if (match.index !== position) return undefined;
    total += Number(match[1]) * (seconds[match[2] ?? ''] ?? 0);
    position += match[0].length;
  }
  return position === value.length && position > 0 ? total : undefined;
}

/** CPUs, as a number or a quoted one. Undefined: it is none. */
export function parseCpus(value: string | number | boolean | null): number | undefined {
  if (typeof value === 'boolean' || value === null || value === '') return undefined;
  const cpus = Number(value);
  return Number.isFinite(cpus) && cpus >= 0 ? cpus : undefined;
}
