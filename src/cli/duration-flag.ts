import { custom } from '@oclif/core/flags';
import { parseDuration } from '../config/values/duration.ts';
import { UsageError } from '../errors.ts';

/** A flag that takes a duration; its value is milliseconds. `min`: the shortest one, by default 100 ms. */
export const durationFlag = custom<number, { min?: number }>({
  helpValue: 'DURATION',
  parse: async (text, _context, { name, min = 100 }) => {
    const ms = parseDuration(text);
    if (ms === undefined || ms < min)
      throw new UsageError('WRONG_DURATION', `--${name} takes a duration, not "${text}".`, {
        next: ['Write it as 500ms, 5s, 10m or 1h30m.'],
      });
    return ms;
  },
});
