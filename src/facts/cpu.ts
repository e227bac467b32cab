import { cgroupDirectories } from './cgroup.ts';
import type { Fact } from './fact.ts';

export interface CpuFact {
  /** Seconds between the two samples, by the host's own clock. */
  windowSeconds: number;
  /**
   * Share of the host's CPU time that was not idle, 0 to 1; all cores together. Undefined where the host is itself a
   * container: /proc/stat there is that of the machine underneath.
   */
  hostBusy?: number;
  /** CPU seconds by container id; one that came or went meanwhile, or whose cgroup cannot be read, is missing. */
  containers: Readonly<Record<string, number>>;
}

/** Shell: waits, milliseconds; whole seconds where `sleep` knows no fractions. */
export function pause(ms: number): string {
  return `sleep ${(ms / 1000).toFixed(3)} 2>/dev/null || sleep ${Math.max(1, Math.round(ms / 1000))}`;
}

/**
 * CPU time from the kernel's own counters (cgroup v1 and v2, /proc/stat), read twice with a pause between.
 *
 * @param containers full ids
 * @param windowMs length of the pause, milliseconds
 */
export function cpu(containers: readonly string[], windowMs: number): Fact<'cpu', CpuFact> {
  return {
    id: 'cpu',
    script: () =>
      [
        cgroupDirectories(containers, 'cpuacct'),
        'sample() {',
        '  read -r now rest < /proc/uptime; echo "at $1 $now"',
        '  [ -e /.dockerenv ] || [ -e /run/.containerenv ] || sed -n "s/^cpu  */host $1 /p" /proc/stat',
        '  printf "%s\\n" "$dirs" | while read -r id cpu; do',
        '    [ -n "$cpu" ] || continue',
        '    if [ -r "$cpu/cpuacct.usage" ]; then read -r ns < "$cpu/cpuacct.usage"; echo "cpu $1 $id $ns ns"',
        '    else sed -n "s/^usage_usec \\(.*\\)/cpu $1 $id \\1 us/p" "$cpu/cpu.stat" 2>/dev/null; fi',
        '  done',
        '}',
        'sample 1',
        pause(windowMs),
        'sample 2',
        ':',
      ].join('\n'),
    parse({ stdout }): CpuFact {
      const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/));
      const at = (sample: string): number =>
        Number(lines.find(([key, number]) => key === 'at' && number === sample)?.[2]);
      const windowSeconds = at('2') - at('1');
      if (!(windowSeconds > 0)) throw new Error('the two samples of the CPU window are not both there');
      const busy = hostBusy(ticks(lines, '1'), ticks(lines, '2'));
      const first = cpuSeconds(lines, '1');
      const ids = [...cpuSeconds(lines, '2')];
      return {
        windowSeconds,
        ...(busy === undefined ? {} : { hostBusy: busy }),
        containers: Object.fromEntries(
          ids.flatMap(([id, after]): [string, number][] => {
            const before = first.get(id);
            return before === undefined || after < before ? [] : [[id, after - before]];
          }),
        ),
      };
    },
  };
}

type Lines = readonly (readonly string[])[];

function ticks(lines: Lines, sample: string): readonly number[] {
  return (lines.find(([key, number]) => key === 'host' && number === sample) ?? []).slice(2).map(Number);
}

/** Columns of /proc/stat: user nice system idle iowait irq softirq steal (guest is in user already). */
function hostBusy(before: readonly number[], after: readonly number[]): number | undefined {
  const deltas = after.slice(0, 8).map((value, index) => Math.max(0, value - (before[index] ?? 0)));
  const total = deltas.reduce((sum, value) => sum + value, 0);
  if (!(total > 0) || deltas.length < 5) return undefined;
  return 1 - ((deltas[3] ?? 0) + (deltas[4] ?? 0)) / total;
}

function cpuSeconds(lines: Lines, sample: string): ReadonlyMap<string, number> {
  return new Map(
    lines
      .filter(([key, number]) => key === 'cpu' && number === sample)
      .map(([, , id = '', value, unit]): [string, number] => [
        id,
        Number(value) / (unit === 'ns' ? 1e9 : 1e6),
      ])
      .filter(([, value]) => Number.isFinite(value)),
  );
}
