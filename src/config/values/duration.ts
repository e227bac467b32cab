const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30s`, `500ms`, `1m30s`, or a bare number of seconds. */
export const durationPattern = String.raw`^(\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h|d))+)$`;

/** Milliseconds of a written duration; a number counts seconds. Undefined when it is none. */
export function parseDuration(input: string | number): number | undefined {
  if (typeof input === 'number') {
    return Number.isFinite(input) && input >= 0 ? Math.round(input * 1000) : undefined;
  }
  const text = input.replaceAll(/\s+/g, '');
  if (!new RegExp(durationPattern).test(text)) return undefined;
  if (!/[a-z]/.test(text)) return Math.round(Number(text) * 1000);
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * units[unit as keyof typeof units];
  }
  return Math.round(total);
}

/** The shortest spelling that `parseDuration` reads back: 90000 → `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / units[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * units[unit];
  }
  return text;
}
