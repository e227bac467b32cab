import { hundredths } from './clock.ts';
import { projectFilters } from './compose.ts';
import { logDir } from './ops-dir.ts';
import { awaitDrain, pinAndReload, unpin } from './pins.ts';
import { quote, words } from './quote.ts';
import { stepScript, type ScriptContext } from './script.ts';

/** Containers of one service, one-off containers of `run` apart. Filters are quoted words. */
function list(project: string, service: string, ...filters: readonly string[]): string {
  return `docker ps --all --quiet --no-trunc ${projectFilters(project, `label=com.docker.compose.service=${service}`, ...filters)}`;
}

/** Lines of shell for each `$id` of a command's output, but not for the ids in `without`. */
function eachOf(ids: string, without: readonly string[], ...body: readonly string[]): string[] {
  return [
    `for id in $(${ids}); do`,
    ...(without.length === 0
      ? []
      : [`  case ${quote(` ${without.join(' ')} `)} in *" $id "*) continue ;; esac`]),
    ...body.map((line) => `  ${line}`),
    'done',
  ];
}

/** What an address consists of. Where there is none, Docker prints nothing, or `invalid IP` since version 29. */
const addressSigns = '0-9a-f.:';

/**
 * `await_healthy SECONDS CONTAINER…`: until every container is healthy (or runs, without a health check).
 * One that ends, restarts or is unhealthy fails at once, with its last lines. With `jobs=may-end` one that ends
 * without an error and shall not be restarted has done its work. `known` holds ` NAME=RESTARTS ` of containers that
 * Docker has restarted before: that is no failure of now.
 */
const awaitHealthy = [
  'jobs= known=',
  'about() { docker inspect --format "{{.Name}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}} {{.State.ExitCode}} {{.HostConfig.RestartPolicy.Name}}" "$@"; }',
  'explain() { docker inspect --format "{{.Name}}: {{.State.Status}}, exit code {{.State.ExitCode}}{{if .State.OOMKilled}}, killed for lack of memory{{end}}{{with .State.Error}}, {{.}}{{end}}" "$1" >&2',
  '  docker inspect --format "{{if .State.Health}}{{range .State.Health.Log}}{{println .Output}}{{end}}{{end}}" "$1" 2>/dev/null | grep -v "^ *$" | tail -n 3 | sed "s/^/health check: /" >&2 || :',
  '  docker logs --tail 20 "$1" 2>&1 | sed "s/^/  /" >&2 || :; }',
  hundredths,
  'await_healthy() {',
  '  limit=$1; shift; began=$(hundredths); said=$began',
  '  while :; do',
  '    waiting=; failed=',
  '    states=$(about "$@") || { echo "A container vanished." >&2; return 1; }',
  '    while read -r name state health restarts code policy; do',
  '      case $known in *" $name=$restarts "*) restarts=0 ;; esac',
  '      case $state:$health:$restarts in',
  '        running:healthy:0|running:none:0) ;;',
  '        exited:*) if [ "$jobs" = may-end ] && [ "$code" = 0 ] && { [ "$policy" = no ] || [ -z "$policy" ]; }; then :; else failed="$failed ${name#/}"; fi ;;',
  '        dead:*|restarting:*|removing:*) failed="$failed ${name#/}" ;;',
  '        running:unhealthy:*) failed="$failed ${name#/}" ;;',
  '        running:*:0) waiting="$waiting ${name#/} ($health)" ;;',
  '        created:*) waiting="$waiting ${name#/} ($state)" ;;',
  '        *) failed="$failed ${name#/}" ;;',
  '      esac',
  '    done <<END',
  '$states',
  'END',
  '    if [ -n "$failed" ]; then for name in $failed; do explain "$name"; done; echo "not healthy:$failed" >&2; return 1; fi',
  '    [ -n "$waiting" ] || return 0',
  '    now=$(hundredths)',
  '    if [ "$((now - began))" -ge "$((limit * 100))" ]; then for name in $waiting; do case $name in "("*) ;; *) explain "$name" ;; esac; done; echo "not healthy after $limit s:$waiting" >&2; return 1; fi',
  '    if [ "$((now - said))" -ge 300 ]; then echo "waiting for$waiting, $(((now - began) / 100)) s"; said=$now; fi',
  // Each look costs the CPU that the new container starts with.
  '    sleep 0.4',
  '  done',
  '}',
].join('\n');

/** Removes containers that do not run and would be started again by `--scale`; their last lines are kept. */
function clearStopped(project: string, service: string): string {
  return [
    `stopped=$(${list(project, service, 'status=exited', 'status=created', 'status=dead')})`,
    `for id in $stopped; do docker logs --tail 500 "$id" > ${logDir}/${quote(service)}-$(printf %.12s "$id").log 2>&1 || :; docker rm "$id" >/dev/null; done`,
  ].join('\n');
}

export interface StartOptions {
  project: string;
  service: string;
  /** Containers to add beside the ones that run. */
  count: number;
  /** Milliseconds until they must be healthy. */
  timeoutMs: number;
}

/**
 * Starts new containers of a service beside the running ones, and waits until they are healthy.
 * Prints `new ID` for each. On failure the new ones are removed again: nothing of them ever had traffic.
 */
export function startBeside(
  context: ScriptContext,
  { project, service, count, timeoutMs }: StartOptions,
): string {
  return stepScript(
    context,
    `umask 077; mkdir -p ${logDir}`,
    awaitHealthy,
    clearStopped(project, service),
    `old=$(${list(project, service)})`,
    `total=$(( $(printf "%s\\n" "$old" | grep -c . || :) + ${count} ))`,
    `added() { ${list(project, service)} | { if [ -n "$old" ]; then grep -vxF "$old" || :; else cat; fi; }; }`,
    `undo() { for id in $(added); do docker logs --tail 500 "$id" > ${logDir}/${quote(service)}-$(printf %.12s "$id").log 2>&1 || :; docker rm --force "$id" >/dev/null; done; }`,
    `dc up --detach --no-build --no-recreate --scale ${quote(service)}=$total ${quote(service)} >&2 || { undo; exit 1; }`,
    'new=$(added)',
    '[ -n "$new" ] || { echo "Compose started no new container." >&2; exit 1; }',
    `await_healthy ${Math.ceil(timeoutMs / 1000)} $new || { undo; exit 1; }`,
    'for id in $new; do echo "new $id"; done',
  );
}

/**
 * Brings services up, and waits until they are healthy. `existing: 'keep'` starts only what is missing;
 * `'recreate'` also replaces what changed, as Compose does: the service's own containers and those it depends on.
 *
 * Never `--no-deps`: it takes `depends_on` out of the hash that Compose labels containers with, and the user's own
 * next `docker compose up` would replace them all.
 */
export function up(
  context: ScriptContext,
  project: string,
  services: readonly string[],
  timeoutMs: number,
  existing: 'keep' | 'recreate',
): string {
  return stepScript(
    context,
    awaitHealthy,
    `ids=$(${services.map((service) => list(project, service)).join('; ')})`,
    '[ -z "$ids" ] || known=" $(about $ids | while read -r name state health restarts rest; do echo "$name=$restarts"; done | tr "\\n" " ")"',
    `dc up --detach --no-build ${existing === 'keep' ? '--no-recreate ' : ''}${words(...services)} 2>&1`,
    `ids=$(${services.map((service) => list(project, service)).join('; ')})`,
    'jobs=may-end',
    `await_healthy ${Math.ceil(timeoutMs / 1000)} $ids`,
  );
}

/** Where traffic goes: by service, the names that nginx knows it by, and which of its containers are meant. */
export interface Route {
  service: string;
  names: readonly string[];
  /** Leave these out: the containers of the release that goes, full ids; none = all running ones share traffic. */
  without: readonly string[];
}

/** Points the proxy at the running containers of each route, and reloads it. */
export function route(
  context: ScriptContext,
  project: string,
  proxy: string,
  routes: readonly Route[],
): string {
  if (routes.length === 0) return stepScript(context, ...pinAndReload(proxy, ':'));
  return stepScript(
    context,
    'ids=',
    ...routes.flatMap(({ service, without }, index) => [
      `to_${index}=`,
      ...eachOf(list(project, service, 'status=running'), without, `to_${index}="$to_${index} $id"`),
      `ids="$ids $to_${index}"`,
    ]),
    // A network may be called anything. One container that has vanished meanwhile hides none of the others.
    `nets=$(docker inspect --format '{{range $name, $net := .NetworkSettings.Networks}}{{$.ID}} {{$net.IPAddress}}={{$name}}{{println}}{{end}}' ${quote(proxy)} $ids) || [ -n "$nets" ]`,
    `nets_of() { printf '%s\\n' "$nets" | sed -n "s/^$1 //p"; }`,
    `shared=$(nets_of ${quote(proxy)} | sed 's/^[^=]*=//')`,
    '[ -n "$shared" ] || { echo "The container of the proxy is gone, or in no network." >&2; exit 1; }',
    // The address on a network that the proxy is in too.
    'address_of() { nets_of "$1" | while IFS= read -r net; do',
    `  case \${net%%=*} in ''|*[!${addressSigns}]*) continue ;; esac`,
    `  if printf '%s\\n' "$shared" | grep -qxF -e "\${net#*=}"; then echo "\${net%%=*}"; break; fi`,
    'done; }',
    'found=$(',
    ...routes.map(
      ({ names }, index) =>
        `for id in $to_${index}; do address_of "$id" | sed ${quote(`s/$/ ${names.join(' ')}/`)}; done`,
    ),
    ')',
    // Without an address nginx would go by Docker's DNS again, and send to the containers that go.
    ...routes.map(
      ({ service, names }) =>
        `printf '%s\\n' "$found" | grep -q ${quote(` ${names.join(' ')}$`)} || { echo ${quote(`No running container of ${service} can be reached by the proxy.`)} >&2; exit 1; }`,
    ),
    ...pinAndReload(proxy, `printf '%s\\n' "$found"`),
  );
}

/**
 * Watches containers for a while: every one must go on running, healthy, without a restart.
 *
 * @param without by service, the containers that are not meant (the old ones)
 */
export function watch(
  context: ScriptContext,
  project: string,
  routes: readonly Pick<Route, 'service' | 'without'>[],
  durationMs: number,
): string {
  return stepScript(
    context,
    awaitHealthy,
    'ids=',
    ...routes.flatMap(({ service, without }) => eachOf(list(project, service), without, 'ids="$ids $id"')),
    '[ -n "$ids" ] || { echo "No new container is there to watch." >&2; exit 1; }',
    `end=$(( $(hundredths) + ${Math.round(durationMs / 10)} ))`,
    'while [ "$(hundredths)" -lt "$end" ]; do await_healthy 0 $ids || exit 1; sleep 0.4; done',
    'await_healthy 0 $ids',
  );
}

/** Waits for the proxy's old workers. */
export function drain(context: ScriptContext, proxy: string, timeoutMs: number): string {
  return stepScript(context, awaitDrain(proxy, timeoutMs / 1000));
}

/** Stops containers with their grace period, all at once, then removes them. */
export function retire(context: ScriptContext, ids: readonly string[], stopMs: number | undefined): string {
  const grace = stopMs === undefined ? '' : `--time ${Math.ceil(stopMs / 1000)} `;
  const names = ids.map((id) => quote(id));
  return stepScript(
    context,
    `umask 077; mkdir -p ${logDir}`,
    // Gone already is as good as stopped.
    ...names.map((id) => `docker stop ${grace}${id} >/dev/null 2>&1 &`),
    'wait',
    ...ids.map((text) => {
      const [id, log] = [quote(text), quote(`${logDir}/retired-${text.slice(0, 12)}.log`)];
      return `if docker inspect ${id} >/dev/null 2>&1; then docker logs --tail 500 ${id} > ${log} 2>&1 || :; docker rm --force ${id} >/dev/null; fi`;
    }),
  );
}

/** Takes the pins out again. */
export function release(context: ScriptContext, proxy: string): string {
  return stepScript(context, unpin(proxy));
}

/** Prints `ADDRESS PORT` of the running containers of a service that are not in `without`. */
export function addresses(
  context: ScriptContext,
  project: string,
  service: string,
  without: readonly string[],
  port: number,
): string {
  return stepScript(
    context,
    ...eachOf(
      list(project, service, 'status=running'),
      without,
      `docker inspect --format '{{range .NetworkSettings.Networks}}{{println .IPAddress ${port}}}{{end}}' "$id" | grep '^[${addressSigns}]\\{1,\\} ' | head -n 1`,
    ),
  );
}
