import { custom } from '@oclif/core/flags';
import { UsageError } from '../errors.ts';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `5s`, `1h30m`, or a bare number of seconds; milliseconds. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d{1,9}(\.\d{1,3})?$/.test(trimmed)) return Number(trimmed) * units.s;
  if (!/^(\d{1,9}(\.\d{1,3})?(ms|s|m|h|d))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, value, unit] of trimmed.matchAll(/([\d.]+)(ms|s|m|h|d)/g))
    total += Number(value) * units[unit as keyof typeof units];
  return total;
}

/** A flag that takes a duration; its value is milliseconds. */
export const durationFlag = custom<number>({
  helpValue: 'DURATION',
  parse: async (text, _context, { name }) => {
    const ms = parseDuration(text);
    if (ms === undefined || ms < 100)
      throw new UsageError('WRONG_DURATION', `--${name} takes a duration, not "${text}".`, {
        next: ['Write it as 500ms, 5s, 10m or 1h30m.'],
      });
    return ms;
  },
});
