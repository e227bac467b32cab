import { quote, words } from './quote.ts';
import { stepScript, type ScriptContext } from './script.ts';

/** Label of one-off containers, by which a later deploy finds what a dead client left running. */
export const runLabel = 'dev.ops.run';

/** Runs the release command (migrations) once, in the new image, beside the running containers. */
export function releaseCommand(
  context: ScriptContext & { run: string },
  service: string,
  command: string | readonly string[],
): string {
  const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
  return stepScript(
    context,
    endLeftovers(context.run),
    `dc run --rm --no-deps -T --label ${quote(`${runLabel}=${context.run}`)} ${words('--entrypoint', '', service, ...argv)} 2>&1`,
  );
}

/** Ends the one-off containers of a run. */
export function endLeftovers(run: string): string {
  return `left=$(docker ps --all --quiet --filter ${quote(`label=${runLabel}=${run}`)}); [ -z "$left" ] || docker rm --force $left >/dev/null`;
}

/**
 * Ends every process that a dead client's connection started: they carry its token in their environment.
 * Its one-off containers go too; containers of services are the recovery's matter.
 *
 * The session that runs this is spared: a client that has come back ends what its lost connection left.
 */
export function endRun(run: string): string[] {
  const token = quote(`OPS_RUN_ID=${run}`);
  // One program looks through all processes; only what it finds is looked at closely (`run1` is also in `run10`).
  const find = [
    `for file in $(grep -slF ${token} /proc/[0-9]*/environ); do`,
    '  pid=${file%/environ}; pid=${pid#/proc/}; [ "$(session "$pid" 2>/dev/null)" != "$own" ] || continue',
    `  if { tr '\\0' '\\n' < "$file" | grep -qxF ${token}; } 2>/dev/null; then echo "$pid"; fi`,
    'done',
  ].join('\n');
  return [
    // Behind the name in parentheses: state, parent, group, session.
    'session() { IFS= read -r line < "/proc/$1/stat" && line=${line##*) } && set -- $line && echo "$4"; }',
    'own=$(session $$ || :)',
    `left() { ${find}\n}`,
    'pids=$(left || :); [ -z "$pids" ] || kill -TERM $pids 2>/dev/null || :',
    'n=0; while [ -n "$(left || :)" ] && [ "$n" -lt 20 ]; do n=$((n + 1)); sleep 0.25; done',
    'pids=$(left || :); [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || :',
    endLeftovers(run),
  ];
}
