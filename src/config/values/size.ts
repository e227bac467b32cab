const mebibytes = { m: 1, g: 1024, t: 1024 * 1024 } as const;

/** `500M`, `2G`, `2GiB`, or a bare number of MiB. */
export const sizePattern = String.raw`^\d+(\.\d+)?\s*(([mMgGtT])([iI]?[bB])?)?$`;

/** MiB of a written size; a number counts MiB. Undefined when it is none. */
export function parseSize(input: string | number): number | undefined {
  if (typeof input === 'number') return Number.isFinite(input) && input >= 0 ? Math.round(input) : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([mgt])?/i.exec(input);
  if (match === null || !new RegExp(sizePattern).test(input)) return undefined;
  const [, amount, unit = 'm'] = match;
  return Math.round(Number(amount) * mebibytes[unit.toLowerCase() as keyof typeof mebibytes]);
}

/** 2048 → `2G`, 1500 → `1500M`. */
export function formatSize(mib: number): string {
  return mib > 0 && mib % 1024 === 0 ? `${mib / 1024}G` : `${mib}M`;
}
