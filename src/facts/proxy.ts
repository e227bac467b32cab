import { pinMark } from '../shell/pins.ts';
import { quote } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

export type ProxyFact =
  | { state: 'none' }
  | {
      state: 'ok';
      service: string;
      container: string;
      /** `1.26.3`; undefined when it is not nginx. */
      nginxVersion?: string;
      /** `nginx -T`; undefined when the configuration is not valid. */
      config?: string;
      /** What `nginx -t` says of a configuration that is not valid. */
      invalid?: string;
      /** Lines that ops wrote into the container's /etc/hosts and has not taken out yet. */
      pins: readonly { address: string; name: string }[];
      /** Bind-mounted files whose content the container does not see any more: the file was replaced, the mount was not. */
      staleMounts: readonly string[];
      /** The container can be written to (pins need it). */
      writable: boolean;
    };

/** Finds the proxy among the running containers: the named service, or the one whose image or command says nginx. */
const findProxy = (composeFlags: string, name: string | undefined): string =>
  [
    `for id in $($dc ${composeFlags} ps --quiet --no-trunc 2>/dev/null); do`,
    `  about=$(docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Running}} {{.Config.Image}} {{.Path}}' "$id") || continue`,
    name === undefined
      ? '  case $about in *" true "*nginx*) '
      : `  case $about in ${quote(`${name} true `)}*) `,
    '    echo "proxy $id ${about%% *}"; found=$id; break ;; esac',
    'done',
    '[ -n "$found" ] || exit 0',
  ].join('\n');

const inside = [
  'echo "version $(nginx -v 2>&1 | sed -n "s,.*nginx/,,p")"',
  `sed -n 's/^\\([^ ]*\\) \\([^ ]*\\) ${pinMark}$/pin \\1 \\2/p' /etc/hosts`,
  '[ -w /etc/hosts ] && echo writable',
  'if nginx -t >/dev/null 2>&1; then echo config; nginx -T 2>/dev/null; else echo invalid; nginx -t 2>&1 || :; fi',
].join('\n');

export const proxy = {
  id: 'proxy',
  script: ({ composeFlags, proxy: name }) =>
    [
      '[ -n "$dc" ] || exit 0',
      findProxy(composeFlags, name),
      // A single-file bind mount follows the inode: device and inode differ once git has replaced the file.
      `docker inspect --format '{{range .Mounts}}{{if eq .Type "bind"}}{{.Source}} {{.Destination}}{{"\\n"}}{{end}}{{end}}' "$found" | while read -r source destination; do`,
      '  [ -f "$source" ] || continue',
      '  outside=$(stat -c %d:%i "$source"); in=$(docker exec "$found" stat -c %d:%i "$destination" </dev/null 2>/dev/null) || continue',
      '  [ "$outside" = "$in" ] || echo "stale $source"',
      'done',
      `docker exec -u 0 "$found" sh -c ${quote(inside)} </dev/null || echo "unreadable"`,
    ].join('\n'),
  parse({ stdout }): ProxyFact {
    const lines = stdout.split('\n');
    const found = lines.find((line) => line.startsWith('proxy '))?.split(' ');
    if (!found) return { state: 'none' };
    const body = lines.findIndex((line) => line === 'config' || line === 'invalid');
    const head = body === -1 ? lines : lines.slice(0, body);
    const rest = body === -1 ? '' : lines.slice(body + 1).join('\n');
    const version = head
      .find((line) => line.startsWith('version '))
      ?.slice('version '.length)
      .trim();
    return {
      state: 'ok',
      container: found[1] ?? '',
      service: found[2] ?? '',
      ...(version ? { nginxVersion: version.split(' ')[0] ?? version } : {}),
      ...(lines[body] === 'config' ? { config: rest } : {}),
      ...(lines[body] === 'invalid' && version ? { invalid: rest.trim() } : {}),
      pins: head
        .filter((line) => line.startsWith('pin '))
        .map((line) => line.split(' '))
        .map(([, address = '', name = '']) => ({ address, name })),
      staleMounts: head
        .filter((line) => line.startsWith('stale '))
        .map((line) => line.slice('stale '.length)),
      writable: head.includes('writable'),
    };
  },
} satisfies Fact<'proxy', ProxyFact>;
