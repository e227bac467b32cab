import { hundredths } from './clock.ts';
import { quote } from './quote.ts';

/** Ends every line that ops writes into the proxy's /etc/hosts; nothing else is ever touched there. */
export const pinMark = '# ops';

/** Pids of nginx workers: `serving` ones, or those that only finish what they have. Needs no `ps` in the image. */
const workers = [
  'workers() {',
  '  for f in /proc/[0-9]*/cmdline; do',
  `    line=$(tr '\\0' ' ' < "$f" 2>/dev/null) || continue`,
  '    case $1:$line in',
  '      leaving:"nginx: worker process is shutting down"*) ;;',
  '      serving:"nginx: worker process is shutting down"*) continue ;;',
  '      serving:"nginx: worker process"*) ;;',
  '      *) continue ;;',
  '    esac',
  '    p=${f#/proc/}; echo "${p%/cmdline}"',
  '  done',
  '}',
].join('\n');

/** Pid of the nginx master, which in most images is the container's first process. */
const master = [
  'master() {',
  '  for f in /proc/[0-9]*/cmdline; do',
  `    case $(tr '\\0' ' ' < "$f" 2>/dev/null) in "nginx: master process"*) p=\${f#/proc/}; echo "\${p%/cmdline}"; return ;; esac`,
  '  done',
  '}',
].join('\n');

/** Runs a script in the proxy's container as its root, who owns /etc/hosts and the nginx master. */
function inProxy(container: string, ...script: readonly string[]): string {
  return `docker exec -u 0 ${quote(container)} sh -c ${quote(script.join('\n'))} </dev/null`;
}

/** Writes in place: /etc/hosts is a bind mount. Other lines stay as they are. */
const rewriteHosts = [
  `others=$(grep -v ' ${pinMark}$' /etc/hosts || :)`,
  'if [ -n "$pins" ]; then printf "%s\\n%s\\n" "$others" "$pins" > /etc/hosts; else printf "%s\\n" "$others" > /etc/hosts; fi',
].join('\n');

/**
 * Sends the proxy's traffic to exactly the given addresses: nginx resolves names when it loads its configuration,
 * and /etc/hosts wins over Docker's DNS. Old workers keep their addresses and finish what they have.
 *
 * `lines` is shell code that prints `ADDRESS NAME…` lines; nothing printed means that no name is pinned.
 * The configuration is tested first; when it is not valid nothing has changed. Ends once new workers serve.
 */
export function pinAndReload(container: string, lines: string): string[] {
  return [
    `pins=$({ ${lines}; } | sed 's/$/ ${pinMark}/')`,
    inProxyWithPins(container, [
      'old=$(grep " # ops$" /etc/hosts || :)',
      rewriteHosts,
      'if ! said=$(nginx -t 2>&1); then pins=$old; ' +
        rewriteHosts.replaceAll('\n', '; ') +
        '; printf "%s\\n" "$said" >&2; exit 1; fi',
      workers,
      master,
      'before=" $(workers serving | tr "\\n" " ")"',
      // Without its pid file nginx cannot be told by its own command, but its master hears the signal all the same.
      'nginx -s reload 2>&1 || kill -HUP $(master)',
      'n=0; while [ "$n" -lt 100 ]; do',
      '  for pid in $(workers serving); do case $before in *" $pid "*) ;; *) exit 0 ;; esac; done',
      '  n=$((n + 1)); sleep 0.1',
      'done',
      'echo "nginx did not start new workers within 10 s after the reload." >&2; exit 1',
    ]),
  ];
}

function inProxyWithPins(container: string, script: readonly string[]): string {
  return `docker exec -u 0 -e pins="$pins" ${quote(container)} sh -c ${quote(script.join('\n'))} </dev/null`;
}

/** How the line begins that says what was left when the drain's time was over. */
export const undrained = 'still ';

/**
 * Waits until the workers of earlier configurations are gone: their requests, also long ones, are finished.
 * Prints how many were left when `seconds` were over, behind `undrained`; that is no error.
 */
export function awaitDrain(container: string, seconds: number): string {
  return inProxy(
    container,
    workers,
    hundredths,
    `began=$(hundredths); end=$((began + ${Math.ceil(seconds) * 100})); said=$began`,
    'workers_left() { if [ "$left" -eq 1 ]; then echo "1 old worker"; else echo "$left old workers"; fi; }',
    'while left=$(workers leaving | wc -l); [ "$left" -gt 0 ]; do',
    `  now=$(hundredths); if [ "$now" -ge "$end" ]; then echo "${undrained}$(workers_left) with open connections after ${Math.ceil(seconds)} s"; exit 0; fi`,
    '  if [ "$((now - said))" -ge 500 ]; then echo "open connections: $(workers_left)"; said=$now; fi',
    '  sleep 0.1',
    'done',
  );
}

/**
 * Takes our lines out of the proxy's /etc/hosts; running workers keep the addresses they have. Where the lines are
 * gone already, nginx was started anew meanwhile and has asked Docker while the old containers were there: it is told
 * to ask again.
 */
export function unpin(container: string): string {
  return inProxy(
    container,
    `if grep -q ' ${pinMark}$' /etc/hosts; then`,
    'pins=',
    rewriteHosts,
    'else nginx -t 2>&1 && nginx -s reload 2>&1; fi',
  );
}
