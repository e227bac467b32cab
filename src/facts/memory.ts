import { cgroupDirectories } from './cgroup.ts';
import type { Fact } from './fact.ts';

export interface ContainerMemory {
  /** Bytes that the kernel cannot simply drop (without the inactive page cache). */
  usedBytes?: number;
  /** Processes killed for lack of memory since the container was created, also those that left it running. */
  oomKills?: number;
}

/** By container id; one whose cgroup cannot be read is missing. */
export type MemoryFact = Readonly<Record<string, ContainerMemory>>;

/**
 * Memory of containers by the kernel's own counters (cgroup v1 and v2).
 *
 * @param containers full ids
 */
export function memory(containers: readonly string[]): Fact<'memory', MemoryFact> {
  return {
    id: 'memory',
    script: () =>
      [
        cgroupDirectories(containers, 'memory'),
        'printf "%s\\n" "$dirs" | while read -r id dir; do',
        '  [ -n "$dir" ] || continue',
        '  for file in memory.current memory.usage_in_bytes; do [ ! -r "$dir/$file" ] || echo "used $id $(cat "$dir/$file")"; done',
        // v1 has both; there only the one with `total_` counts the groups below.
        '  sed -n -e "s/^inactive_file /cache $id /p" -e "s/^total_inactive_file /cache $id /p" "$dir/memory.stat" 2>/dev/null',
        '  sed -n "s/^oom_kill /oom $id /p" "$dir/memory.events" "$dir/memory.oom_control" 2>/dev/null',
        'done',
        ':',
      ].join('\n'),
    parse({ stdout }): MemoryFact {
      const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/));
      const ids = new Set(lines.flatMap(([key, id]) => (key === 'used' && id !== undefined ? [id] : [])));
      return Object.fromEntries([...ids].map((id) => [id, memoryOf(lines, id)]));
    },
  };
}

function memoryOf(lines: readonly (readonly string[])[], id: string): ContainerMemory {
  const number = (key: string): number | undefined => {
    const value = Number(lines.findLast((line) => line[0] === key && line[1] === id)?.[2]);
    return Number.isFinite(value) ? value : undefined;
  };
  const used = number('used');
  const oomKills = number('oom');
  return {
    ...(used === undefined ? {} : { usedBytes: Math.max(0, used - (number('cache') ?? 0)) }),
    ...(oomKills === undefined ? {} : { oomKills }),
  };
}
