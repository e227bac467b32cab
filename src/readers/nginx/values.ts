const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/**
 * `1m30s`, `1h 30m`, `500ms`, `60` (seconds) → milliseconds; undefined: no duration.
 * https://nginx.org/en/docs/syntax.html
 */
export function nginxDuration(text: string): number | undefined {
  if (!/^\d/.test(text) || text.length > 60) return undefined;
  let total = 0;
  let rest = text;
  while (rest !== '') {
    const match = /^(\d+)(ms|[smhdwMy])?\s*/.exec(rest);
    if (!match) return undefined;
    total += Number(match[1]) * (units[match[2] ?? 's'] ?? 1000);
    rest = rest.slice(match[0].length);
  }
  return total;
}

/** `10m`, `8k`, `1g`, `512` → bytes; undefined: no size. */
export function nginxSize(text: string): number | undefined {
  const match = /^(\d{1,15})([kmg]?)$/i.exec(text);
  if (!match) return undefined;
  const exponent = ['', 'k', 'm', 'g'].indexOf((match[2] ?? '').toLowerCase());
  return Number(match[1]) * 1024 ** exponent;
}

/**
 * Whether a version is at least another. Undefined: not known, or not exactly enough (`1.29` may be 1.29.7 or older).
 */
export function versionAtLeast(version: string | undefined, wanted: string): boolean | undefined {
  const match = version === undefined ? null : /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version);
  if (!match) return undefined;
  for (const [index, part] of wanted.split('.').entries()) {
    const own = match[index + 1];
    if (own === undefined) return undefined;
    if (Number(own) !== Number(part)) return Number(own) > Number(part);
  }
  return true;
}
