import { quote } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

export type AccessLogFact =
  /** `off`: nginx writes none; `unreadable`: it writes one that we cannot read. */
  | { state: 'none' | 'off' | 'unreadable' }
  /** `source`: `docker logs` or the path in the container. Lines oldest first. */
  | { state: 'ok'; source: string; lines: readonly string[] };

/** Where nginx writes what: from its own configuration, its own default where that names none. */
const findLog = [
  `paths=$(nginx -T 2>/dev/null | sed -n 's/^[^#]*access_log[[:space:]][[:space:]]*\\([^ ;]*\\).*/\\1/p' | sort -u)`,
  `[ -n "$paths" ] || paths=$(nginx -V 2>&1 | tr ' ' '\\n' | sed -n 's/^--http-log-path=//p')`,
  'for path in $paths; do',
  '  case $path in off) echo off; continue ;; syslog:*) continue ;; /*) ;; *) path=/etc/nginx/$path ;; esac',
  '  case $(readlink -f "$path" 2>/dev/null || echo "$path") in',
  '    /dev/*|/proc/*|pipe:*) echo "stdout" ;;',
  // A link to standard output that readlink cannot follow is no regular file either.
  '    *) if [ -f "$path" ]; then echo "file $path"; elif [ -e "$path" ] || [ -L "$path" ]; then echo stdout; fi ;;',
  '  esac',
  'done | sort -u',
].join('\n');

/** Longest line that is read, bytes: nginx writes a header of 8 KB as up to 32 KB, and a few hundred would be too much. */
const longestLine = 2_000;

/**
 * Shell: prints `source WHERE` and the last lines of an nginx's access log, or `off` or `unreadable`; ends the shell.
 *
 * @param container a shell word that is the container's id
 */
export function readAccessLog(container: string, count: number): string {
  return [
    `found=$(docker exec -u 0 ${container} sh -c ${quote(findLog)} </dev/null) || { echo unreadable; exit 0; }`,
    'case $found in',
    // One log is read: a real file is whole, `docker logs` may have been rotated.
    `  *"file "*) path=$(printf '%s\\n' "$found" | sed -n 's/^file //p' | head -n 1); echo "source $path"; docker exec -u 0 ${container} tail -n ${count} "$path" </dev/null | cut -c 1-${longestLine} ;;`,
    `  *stdout*) echo "source docker logs"; docker logs --tail ${count} ${container} 2>/dev/null | cut -c 1-${longestLine} ;;`,
    '  *off*) echo off ;;',
    '  *) echo unreadable ;;',
    'esac',
    ':',
  ].join('\n');
}

/** What `readAccessLog` printed. */
export function parseAccessLog(stdout: string): AccessLogFact {
  const [first = '', ...lines] = stdout.split('\n');
  if (first.startsWith('source '))
    return {
      state: 'ok',
      source: first.slice('source '.length),
      lines: lines.filter((line) => line !== ''),
    };
  return { state: first === 'none' || first === 'off' ? first : 'unreadable' };
}

/**
 * The last lines of the proxy's access log.
 *
 * @param container full id of the nginx container; undefined: there is none
 * @param count lines
 */
export function accessLog(container: string | undefined, count: number): Fact<'access-log', AccessLogFact> {
  return {
    id: 'access-log',
    script: () => (container === undefined ? 'echo none' : readAccessLog(quote(container), count)),
    parse: ({ stdout }) => parseAccessLog(stdout),
  };
}
