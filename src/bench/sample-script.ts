import { cgroupDirectories } from '../facts/cgroup.ts';
import { connectionsQuery } from '../facts/postgres.ts';
import { askOne, defineAsk } from '../facts/psql.ts';
import { quote } from '../shell/quote.ts';

/** Full ids of the containers of each service. */
export type ContainersByService = Readonly<Record<string, readonly string[]>>;

/**
 * Shell: prints what the kernel counts for each container, once for each line that it is sent, until its input ends.
 * Nothing runs between two lines, and a sample starts no process, so that what is measured is not disturbed.
 *
 * Sent: `sample`; `all`: with the CPU time of each process; `db`: asks PostgreSQL too, beside the samples.
 * Printed: first `cpus COUNT`, `ticks PER_SECOND`, `inside` (the host is itself a container) and for each container
 * `container NUMBER CPU_QUOTA_US CPU_PERIOD_US MEMORY_LIMIT SERVICE` (`-`: none), then `ready`; then a line a sample:
 *
 *     sample UPTIME_SECONDS cpu=JIFFIES,… cNUMBER=CPU_US,PERIODS,THROTTLED,BYTES,CACHE pNUMBER=PID:TICKS,…
 *
 * and `db NUMBER connections …` or the error, ended by `db done`.
 */
export function sampleScript(containers: ContainersByService): string {
  const all = Object.entries(containers).flatMap(([service, ids]) => ids.map((id) => ({ service, id })));
  const ids = all.map(({ id }) => id);
  return [
    `echo "cpus $(getconf _NPROCESSORS_ONLN 2>/dev/null || grep -c '^processor' /proc/cpuinfo)"`,
    'echo "ticks $(getconf CLK_TCK 2>/dev/null || echo 100)"',
    'if [ -e /.dockerenv ] || [ -e /run/.containerenv ]; then echo inside; fi',
    ...(['cpuacct', 'cpu', 'memory'] as const).flatMap((controller) => [
      cgroupDirectories(ids, controller),
      `${controller}=$dirs`,
    ]),
    // The directory of a container in a list, or one that is not there.
    'of() { found=$(printf "%s\\n" "$1" | sed -n "s/^$2 //p" | head -n 1); echo "${found:-/-}"; }',
    'first() { value=-; [ ! -r "$1" ] || read -r value more <"$1"; }',
    'describe() {',
    '  usage=$(of "$cpuacct" "$3") quota=$(of "$cpu" "$3") mem=$(of "$memory" "$3")',
    '  if [ -r "$quota/cpu.max" ]; then read -r most period <"$quota/cpu.max"',
    '  else first "$quota/cpu.cfs_quota_us"; most=$value; first "$quota/cpu.cfs_period_us"; period=$value; fi',
    '  case $most in max | -*) most=- ;; esac',
    '  first "$mem/memory.max"; [ "$value" != - ] || first "$mem/memory.limit_in_bytes"',
    '  [ "$value" != max ] || value=-',
    '  echo "container $1 $most $period $value $2"',
    '  list="$list$1 $3 $usage $quota $mem',
    '"',
    '}',
    'list=',
    ...all.map(({ service, id }, number) => `describe ${number} ${quote(service)} ${quote(id)}`),
    ...oneContainer,
    ...eachProcess,
    ...databases,
    'echo ready',
    'while read -r asked; do',
    '  case $asked in db) database & continue ;; esac',
    '  read -r now rest </proc/uptime; read -r name user nice system idle iowait irq softirq steal rest </proc/stat',
    '  line="sample $now cpu=$user,$nice,$system,$idle,$iowait,$irq,$softirq,$steal"',
    '  while read -r number id usage quota mem; do',
    '    [ -n "$number" ] || continue',
    '    counters; [ "$asked" != all ] || processes',
    '  done <<LIST',
    '$list',
    'LIST',
    '  echo "$line"',
    'done 2>/dev/null',
    'exit 0',
  ].join('\n');
}

/** Adds `cNUMBER=…` to the line: cgroup v1 counts nanoseconds and its `total_` is with the groups below, v2 microseconds. */
const oneContainer = [
  'counters() {',
  '  us= periods=0 throttled=0 bytes=0 cache=0',
  '  if [ -r "$usage/cpuacct.usage" ]; then read -r us <"$usage/cpuacct.usage"; us=$((us / 1000)); fi',
  '  if [ -r "$quota/cpu.stat" ]; then while read -r key value; do',
  '    case $key in usage_usec) us=${us:-$value} ;; nr_periods) periods=$value ;; nr_throttled) throttled=$value ;; esac',
  '  done <"$quota/cpu.stat"; fi',
  '  for file in "$mem/memory.current" "$mem/memory.usage_in_bytes"; do [ ! -r "$file" ] || read -r bytes <"$file"; done',
  '  if [ -r "$mem/memory.stat" ]; then while read -r key value; do',
  '    case $key in inactive_file | total_inactive_file) cache=$value ;; esac',
  '  done <"$mem/memory.stat"; fi',
  '  [ -z "$us" ] || line="$line c$number=$us,$periods,$throttled,$bytes,$cache"',
  '}',
];

/** Adds `pNUMBER=PID:TICKS,…`: user and system time of each process, from the 14th and 15th field of its `stat`. */
const eachProcess = [
  'processes() {',
  '  [ -r "$usage/cgroup.procs" ] || return',
  '  each=',
  '  while read -r pid; do',
  '    IFS= read -r stat <"/proc/$pid/stat" || continue',
  '    set -- ${stat##*) }',
  '    each="$each,$pid:$((${12} + ${13}))"',
  '  done <"$usage/cgroup.procs"',
  '  line="$line p$number=${each#,}"',
  '}',
];

/** PostgreSQL is recognised by the name of its processes; asked at most once at a time, by whoever sends `db`. */
const databases = [
  defineAsk(connectionsQuery),
  'servers=',
  'while read -r number id usage quota mem; do',
  '  [ -r "$usage/cgroup.procs" ] || continue',
  '  while read -r pid; do',
  '    first "/proc/$pid/comm"; case $value in postgres | postmaster) servers="$servers $number:$id"; break ;; esac',
  '  done <"$usage/cgroup.procs"',
  'done 2>/dev/null <<LIST',
  '$list',
  'LIST',
  'database() {',
  '  for server in $servers; do',
  '    id=${server#*:}',
  `    ${askOne}`,
  '    printf "%s\\n" "$said" | sed "s/^/db ${server%%:*} /"',
  '  done',
  '  echo "db done"',
  '}',
];
