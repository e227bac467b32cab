export const kib = 1024;
export const mib = 1024 ** 2;
export const gib = 1024 ** 3;

/** kB as a PostgreSQL setting has it: whole GB, else whole MB, else kB; 1048576 → `1GB`, 7864 → `7864kB`. */
export function postgresSize(kilobytes: number): string {
  if (kilobytes >= gib / kib && kilobytes % (gib / kib) === 0) return `${kilobytes / (gib / kib)}GB`;
  if (kilobytes >= mib / kib && kilobytes % (mib / kib) === 0) return `${kilobytes / (mib / kib)}MB`;
  return `${kilobytes}kB`;
}

/** Bytes as Compose has them: whole GiB `2G`, else MiB rounded down `768M`. */
export function composeSize(bytes: number): string {
  return bytes >= gib && bytes % gib === 0 ? `${bytes / gib}G` : `${Math.floor(bytes / mib)}M`;
}

/** Bytes for people: `2 GB`, `1,408 MB`, `640 kB`; 1 MB is 1024 × 1024 bytes, as PostgreSQL and Docker count. */
export function readable(bytes: number): string {
  if (bytes >= gib && bytes % gib === 0) return `${grouped(bytes / gib)} GB`;
  if (bytes >= mib) return `${grouped(Math.round(bytes / mib))} MB`;
  return `${grouped(Math.round(bytes / kib))} kB`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** CPUs with at most two decimals: `1.5`. */
export function cpuText(cpus: number): string {
  return String(Math.round(cpus * 100) / 100);
}

export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

export function roundDown(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
