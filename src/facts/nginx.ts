import { quote, words } from '../shell/quote.ts';
import { parseAccessLog, readAccessLog, type AccessLogFact } from './access-log.ts';
import { blocksOf } from './blocks.ts';
import type { Fact } from './fact.ts';
import { runsNginx } from './nginx-process.ts';

export interface NginxServer {
  /** `1.26.3`. */
  version?: string;
  /** `nginx -T`; undefined when the configuration is not valid or cannot be read. */
  config?: string;
  /** What `nginx -t` says of a configuration that is not valid. */
  invalid?: string;
  accessLog: AccessLogFact;
}

/** By container id: containers that run nginx. */
export type NginxFact = Readonly<Record<string, NginxServer>>;

const inside = [
  'echo "v $(nginx -v 2>&1 | sed -n "s,.*nginx/,,p")"',
  `if nginx -t >/dev/null 2>&1; then nginx -T 2>/dev/null | head -c 2097152 | sed 's/^/c /'; else nginx -t 2>&1 | sed 's/^/i /'; fi`,
].join('\n');

/**
 * Version, configuration and the last lines of the access log of every nginx among the given containers, recognised by
 * its process.
 *
 * @param containers full ids
 * @param logLines lines of each access log
 */
export function nginx(containers: readonly string[], logLines: number): Fact<'nginx', NginxFact> {
  return {
    id: 'nginx',
    script: () =>
      containers.length === 0
        ? ':'
        : [
            `for id in ${words(...containers)}; do`,
            `  ${runsNginx('"$id"')} || continue`,
            '  echo "nginx $id"',
            // The container says what it likes, but only about itself.
            `  docker exec -u 0 "$id" sh -c ${quote(inside)} </dev/null | sed -n '/^[vci] /p'`,
            '  (',
            readAccessLog('"$id"', logLines),
            `  ) | sed 's/^/a /'`,
            'done',
            ':',
          ].join('\n'),
    parse({ stdout }): NginxFact {
      const found: Record<string, NginxServer> = {};
      for (const { value: id, lines } of blocksOf(stdout, 'nginx')) {
        const all = (key: string): string[] =>
          lines.filter((line) => line.startsWith(`${key} `) || line === key).map((line) => line.slice(2));
        const version = all('v')[0]?.trim().split(' ')[0];
        const config = all('c');
        const invalid = all('i');
        found[id] = {
          ...(version ? { version } : {}),
          ...(config.length > 0 ? { config: config.join('\n') } : {}),
          ...(invalid.length > 0 && version ? { invalid: invalid.join('\n').trim() } : {}),
          accessLog: parseAccessLog(all('a').join('\n')),
        };
      }
      return found;
    },
  };
}
