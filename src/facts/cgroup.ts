import { words } from '../shell/quote.ts';

/**
 * Shell: sets `dirs` to `ID DIRECTORY` a line: where the kernel accounts for each container that runs, in the old
 * hierarchy of that controller (cgroup v1) or in the unified one (v2).
 *
 * @param containers full ids
 */
export function cgroupDirectories(
  containers: readonly string[],
  controller: 'cpuacct' | 'cpu' | 'memory',
): string {
  if (containers.length === 0) return 'dirs=';
  const own = [
    `s/^[0-9]*:${controller}://p`,
    `s/^[0-9]*:${controller},[^:]*://p`,
    `s/^[0-9]*:[^:]*,${controller}://p`,
    `s/^[0-9]*:[^:]*,${controller},[^:]*://p`,
  ];
  return [
    'cgroup() {',
    `  path=$(sed -n ${own.map((expression) => `-e '${expression}'`).join(' ')} "/proc/$1/cgroup" 2>/dev/null | head -n 1)`,
    `  for mount in /sys/fs/cgroup/${controller} /sys/fs/cgroup/cpu,cpuacct; do`,
    '    if [ -n "$path" ] && [ -d "$mount$path" ]; then echo "$mount$path"; return; fi',
    '  done',
    `  path=$(sed -n 's/^0:://p' "/proc/$1/cgroup" 2>/dev/null)`,
    '  if [ -n "$path" ] && [ -d "/sys/fs/cgroup$path" ]; then echo "/sys/fs/cgroup$path"; fi',
    '}',
    `list=$(docker inspect --format '{{.ID}} {{.State.Pid}}' ${words(...containers)} 2>/dev/null)`,
    'dirs=$(printf "%s\\n" "$list" | while read -r id pid; do [ "${pid:-0}" -gt 0 ] || continue; echo "$id $(cgroup "$pid")"; done)',
  ].join('\n');
}
