import { pinMark } from '../shell/pins.ts';
import { quote } from '../shell/quote.ts';
import type { Fact, FactScope } from './fact.ts';
import { listed } from './listing.ts';
import { isContainerId, isServiceName } from './names.ts';
import { runsNginx } from './nginx-process.ts';

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

/** Service, whether it runs, image, command, whether it publishes a port, then its bind mounts as `|SOURCE|DESTINATION`. */
export const proxyFormat =
  '{{.ID}} {{index .Config.Labels "com.docker.compose.service"}} {{.State.Running}} {{.Config.Image}} {{.Path}}{{range .Args}}{{if eq . "nginx"}} nginx{{end}}{{end}}{{range .NetworkSettings.Ports}}{{if .}} published{{end}}{{end}}{{range .Mounts}}{{if eq .Type "bind"}}|{{.Source}}|{{.Destination}}{{end}}{{end}}';

/** An image `nginx` of whomever, or a command `nginx`; not `nginx-prometheus-exporter`. */
const calledNginx = '^[^|]* true ([^|]* )?([^ |]*/)?nginx(-unprivileged)?([:@ |]|$)';

/**
 * Finds the proxy among the running containers: the named service, or the one that is called nginx by image or command;
 * where none is, the processes tell. Of several, the one that publishes a port.
 */
const findProxy = ({ proxy: name }: FactScope): string =>
  [
    `all=$(${listed('w')}); [ -n "$all" ] || exit 0`,
    'which() { printf "%s\\n" "$all" | while IFS= read -r line; do if $1 "$line"; then printf "%s\\n" "$line"; fi; done; }',
    ...(name === undefined
      ? [
          `found=$(printf '%s\\n' "$all" | grep -E ${quote(calledNginx)} || :)`,
          'runs() { case ${1%%|*} in *" true "*) ;; *) return 1 ;; esac; id=${1%% *}; ' +
            `${runsNginx('"$id"')}; }`,
          '[ -n "$found" ] || found=$(which runs)',
        ]
      : [
          `named() { case \${1%%|*} in *${quote(` ${name} true `)}*) ;; *) return 1 ;; esac; }`,
          'found=$(which named)',
        ]),
    '[ -n "$found" ] || exit 0',
    'first=$(printf "%s\\n" "$found" | grep -E "^[^|]* published" | head -n 1)',
    '[ -n "$first" ] || first=$(printf "%s\\n" "$found" | head -n 1)',
    'found=$first',
    'mounts=${found#"${found%%|*}"}; found=${found%%|*}; service=${found#* }; found=${found%% *}',
    'echo "proxy $found ${service%% *}"',
  ].join('\n');

const inside = [
  'IFS="|"; set -f; set -- $files; set +f; unset IFS',
  'while [ "$#" -ge 3 ]; do there=$(stat -c %d:%i "$3" 2>/dev/null) && [ "$there" != "$1" ] && echo "stale $2"; shift 3; done',
  'echo "version $(nginx -v 2>&1 | sed -n "s,.*nginx/,,p")"',
  `sed -n 's/^\\([^ ]*\\) \\([^ ]*\\) ${pinMark}$/pin \\1 \\2/p' /etc/hosts`,
  '[ -w /etc/hosts ] && echo writable',
  'if nginx -t >/dev/null 2>&1; then echo config; nginx -T 2>/dev/null; else echo invalid; nginx -t 2>&1 || :; fi',
].join('\n');

export const proxy = {
  id: 'proxy',
  needs: 'listing',
  script: (scope) =>
    [
      findProxy(scope),
      // A single-file bind mount follows the inode: device and inode differ once git has replaced the file.
      'files=; oldIFS=$IFS; IFS="|"; set -f; set -- $mounts; set +f; IFS=$oldIFS; [ "$#" = 0 ] || shift',
      'while [ "$#" -ge 2 ]; do if [ -f "$1" ]; then files="$files$(stat -c %d:%i "$1")|$1|$2|"; fi; shift 2; done',
      `docker exec -u 0 -e files="$files" "$found" sh -c ${quote(inside)} </dev/null || echo "unreadable"`,
    ].join('\n'),
  parse({ stdout }): ProxyFact {
    const lines = stdout.split('\n');
    const found = lines.find((line) => line.startsWith('proxy '))?.split(' ');
    if (!found) return { state: 'none' };
    const [, container = '', service = ''] = found;
    if (!isContainerId(container) || !isServiceName(service)) throw new Error('no proxy has such a name');
    const body = lines.findIndex((line) => line === 'config' || line === 'invalid');
    const head = body === -1 ? lines : lines.slice(0, body);
    const rest = body === -1 ? '' : lines.slice(body + 1).join('\n');
    const version = head
      .find((line) => line.startsWith('version '))
      ?.slice('version '.length)
      .trim();
    return {
      state: 'ok',
      container,
      service,
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
