import type { Fact } from './fact.ts';
import { words } from '../shell/quote.ts';

export interface ContainerUsage {
  /** CPU seconds used inside the window. */
  cpuSeconds: number;
  /** Bytes that the kernel cannot simply drop (without the inactive page cache). */
  memoryBytes?: number;
  /** Processes killed for lack of memory since the container was created, also those that left it running. */
  oomKills?: number;
}

export interface UsageFact {
  /** Seconds between the two samples, by the host's own clock. */
  windowSeconds: number;
  /**
   * Share of the host's CPU time that was not idle, 0 to 1; all cores together. Undefined where the host is itself a
   * container: /proc/stat there is that of the machine underneath.
   */
  hostBusy?: number;
  /** By container id; one that came or went inside the window, or whose cgroup cannot be read, is missing. */
  containers: Readonly<Record<string, ContainerUsage>>;
}

/**
 * CPU and memory from the kernel's own counters (cgroup v1 and v2, /proc/stat), read twice with a pause between.
 *
 * @param containers full ids
 * @param windowMs length of the pause, milliseconds
 */
export function usage(containers: readonly string[], windowMs: number): Fact<'usage', UsageFact> {
  return {
    id: 'usage',
    script: () =>
      [
        containers.length === 0
          ? 'list='
          : `list=$(docker inspect --format '{{.Id}} {{.State.Pid}}' ${words(...containers)} 2>/dev/null)`,
        // `dir CONTROLLER PID`: the cgroup of a process, in the old hierarchy of that controller or in the unified one.
        'dir() {',
        '  path=$(sed -n -e "s/^[0-9]*:$1://p" -e "s/^[0-9]*:$1,[^:]*://p" -e "s/^[0-9]*:[^:]*,$1://p" -e "s/^[0-9]*:[^:]*,$1,[^:]*://p" "/proc/$2/cgroup" 2>/dev/null | head -n 1)',
        '  for mount in "/sys/fs/cgroup/$1" "/sys/fs/cgroup/cpu,cpuacct"; do',
        '    if [ -n "$path" ] && [ -d "$mount$path" ]; then echo "$mount$path"; return; fi',
        '  done',
        '  path=$(sed -n "s/^0:://p" "/proc/$2/cgroup" 2>/dev/null)',
        '  if [ -n "$path" ] && [ -d "/sys/fs/cgroup$path" ]; then echo "/sys/fs/cgroup$path"; fi',
        '}',
        'dirs=$(printf "%s\\n" "$list" | while read -r id pid; do [ "${pid:-0}" -gt 0 ] || continue; echo "$id $(dir cpuacct "$pid") $(dir memory "$pid")"; done)',
        'sample() {',
        '  read -r now rest < /proc/uptime; echo "at $1 $now"',
        '  [ -e /.dockerenv ] || [ -e /run/.containerenv ] || sed -n "s/^cpu  */host $1 /p" /proc/stat',
        '  printf "%s\\n" "$dirs" | while read -r id cpu memory; do',
        '    [ -n "$cpu" ] || continue',
        '    if [ -r "$cpu/cpuacct.usage" ]; then read -r ns < "$cpu/cpuacct.usage"; echo "cpu $1 $id $ns ns"',
        '    else sed -n "s/^usage_usec \\(.*\\)/cpu $1 $id \\1 us/p" "$cpu/cpu.stat" 2>/dev/null; fi',
        '  done',
        '}',
        'sample 1',
        `sleep ${(windowMs / 1000).toFixed(3)} 2>/dev/null || sleep ${Math.max(1, Math.round(windowMs / 1000))}`,
        'sample 2',
        'printf "%s\\n" "$dirs" | while read -r id cpu memory; do',
        '  [ -n "$memory" ] || continue',
        '  for file in memory.current memory.usage_in_bytes; do [ ! -r "$memory/$file" ] || echo "memory $id $(cat "$memory/$file")"; done',
        '  sed -n -e "s/^inactive_file /cache $id /p" "$memory/memory.stat" 2>/dev/null',
        '  sed -n -e "s/^total_inactive_file /cache $id /p" "$memory/memory.stat" 2>/dev/null',
        '  sed -n "s/^oom_kill /oom $id /p" "$memory/memory.events" "$memory/memory.oom_control" 2>/dev/null',
        'done',
        ':',
      ].join('\n'),
    parse({ stdout }): UsageFact {
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
          ids.flatMap(([id, after]): [string, ContainerUsage][] => {
            const before = first.get(id);
            return before === undefined || after < before
              ? []
              : [[id, { cpuSeconds: after - before, ...memoryOf(lines, id) }]];
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

function memoryOf(lines: Lines, id: string): Pick<ContainerUsage, 'memoryBytes' | 'oomKills'> {
  const number = (key: string): number | undefined => {
    const value = Number(lines.find((line) => line[0] === key && line[1] === id)?.[2]);
    return Number.isFinite(value) ? value : undefined;
  };
  const used = number('memory');
  const oomKills = number('oom');
  return {
    ...(used === undefined ? {} : { memoryBytes: Math.max(0, used - (number('cache') ?? 0)) }),
    ...(oomKills === undefined ? {} : { oomKills }),
  };
}
