import type { Threshold } from '../config/config.ts';
import type { Check, Direction, Status } from './check.ts';

const signs = { below: '<', above: '>', atLeast: '≥', atMost: '≤' } as const satisfies Record<
  Direction,
  string
>;

function satisfied(value: number, direction: Direction, limit: number): boolean {
  switch (direction) {
    case 'below':
      return value < limit;
    case 'above':
      return value > limit;
    case 'atLeast':
      return value >= limit;
    case 'atMost':
      return value <= limit;
  }
}

/** Compares a value with both thresholds; a value that is no number is `unknown`. */
export function judge(value: number, direction: Direction, { warn, fail }: Threshold): Status {
  if (!Number.isFinite(value)) return 'unknown';
  if (fail !== undefined && !satisfied(value, direction, fail)) return 'fail';
  if (warn !== undefined && !satisfied(value, direction, warn)) return 'warn';
  return 'pass';
}

/** What would pass, for people: `< 200 ms`; empty when no threshold is set. */
export function expectation(check: Pick<Check, 'direction' | 'unit'>, { warn, fail }: Threshold): string {
  const limit = warn ?? fail;
  return limit === undefined ? '' : `${signs[check.direction]} ${withUnit(limit, check.unit)}`;
}

/** `200 ms`, `85 %`, `3 days`; at most one decimal. */
export function withUnit(value: number, unit: Check['unit']): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10;
  if (unit === undefined) return String(rounded);
  // `days`, `workers`: words; `ms` and `%` have no singular.
  return `${rounded} ${rounded === 1 && unit.length > 2 ? unit.slice(0, -1) : unit}`;
}

/** The worse of two statuses; `unknown` counts as worse than a pass and better than a warning. */
export function worst(...statuses: readonly Status[]): Status {
  const order: readonly Status[] = ['notApplicable', 'pass', 'unknown', 'warn', 'fail'];
  return statuses.reduce<Status>(
    (one, other) => (order.indexOf(other) > order.indexOf(one) ? other : one),
    'notApplicable',
  );
}
