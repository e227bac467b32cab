import { cgroupDirectories } from './cgroup.ts';
import type { Fact } from './fact.ts';

export interface ContainerThrottling {
  /** Periods in which the container wanted CPU, and those in which its quota ended before the period did. */
  periods: number;
  throttled: number;
}

/** By container id, since each was started; one without a CPU quota has no periods. */
export type ThrottlingFact = Readonly<Record<string, ContainerThrottling>>;

/**
 * How often the kernel held containers back for their CPU limit (cgroup v1 and v2).
 *
 * @param containers full ids
 */
export function throttling(containers: readonly string[]): Fact<'throttling', ThrottlingFact> {
  return {
    id: 'throttling',
    script: () =>
      [
        cgroupDirectories(containers, 'cpu'),
        'printf "%s\\n" "$dirs" | while read -r id dir; do',
        '  [ -n "$dir" ] || continue',
        '  sed -n -e "s/^nr_periods /periods $id /p" -e "s/^nr_throttled /throttled $id /p" "$dir/cpu.stat" 2>/dev/null',
        'done',
        ':',
      ].join('\n'),
    parse({ stdout }): ThrottlingFact {
      const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/));
      const numbers = (key: string): Map<string, number> =>
        new Map(lines.filter(([name]) => name === key).map(([, id = '', value]) => [id, Number(value)]));
      const throttled = numbers('throttled');
      return Object.fromEntries(
        [...numbers('periods')].flatMap(([id, periods]): [string, ContainerThrottling][] => {
          const count = throttled.get(id);
          return count === undefined || !Number.isFinite(periods + count)
            ? []
            : [[id, { periods, throttled: count }]];
        }),
      );
    },
  };
}
