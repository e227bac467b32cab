import type { Target } from '../config/config.ts';
import type { ComposeFact, ComposeService } from '../facts/compose.ts';
import type { ContainerFact } from '../facts/containers.ts';
import { withTag, type ImagesFact } from '../facts/images.ts';
import type { ProxyFact } from '../facts/proxy.ts';
import { nginxNames } from './nginx-names.ts';

/** What a release does with one service. */
export interface ServiceChange {
  service: ComposeService;
  /**
   * `keep`: runs as wanted. `create`: nothing of it runs. `roll`: new containers beside the old, then the old go.
   * `recreate`: only with downtime, because of `downtime`.
   */
  action: 'keep' | 'create' | 'roll' | 'recreate';
  /** Why it is not kept: `new image`, `changed configuration`. */
  why?: string;
  /** Why it cannot be rolled. */
  downtime?: string;
  /** Running containers that are as wanted, by id. */
  matching: readonly string[];
  /** Containers that go, by id; of these, the ones that serve no more. */
  leaving: readonly string[];
  broken: readonly string[];
  /** Containers to start beside the others. */
  add: number;
  /** Names that the proxy knows it by; empty: the proxy sends it nothing. */
  names: readonly string[];
}

export interface ChangesInput {
  compose: ComposeFact & { state: 'ok' };
  images: ImagesFact;
  containers: readonly ContainerFact[];
  proxy: ProxyFact;
  target: Pick<Target, 'services'>;
  /** Services whose image is not built yet: they will have another one. */
  unbuilt?: ReadonlySet<string>;
}

const keepsState =
  /(^|[/_-])(postgres(ql)?|postgis|timescaledb|pgvector|mysql|mariadb|percona|mongo(db)?|redis|valkey|keydb|rabbitmq|elasticsearch|opensearch|clickhouse|cassandra|minio|memcached|etcd|zookeeper|kafka|influxdb|neo4j|couchdb|meilisearch|typesense|nats)([:@_-]|$)/;

/** Compares what should run with what runs; services in the order in which they can be started. */
export function serviceChanges(input: ChangesInput): ServiceChange[] {
  return startOrder(input.compose.services).map((service) => changeOf(service, input));
}

function changeOf(service: ComposeService, input: ChangesInput): ServiceChange {
  const { images, containers, unbuilt } = input;
  const own = containers.filter((container) => container.service === service.name);
  const running = own.filter(({ state }) => state === 'running');
  const image = images[withTag(service.image)];
  const notBuilt = unbuilt?.has(service.name) === true;
  const fits = (container: ContainerFact): boolean =>
    !notBuilt && container.configHash === service.hash && (image === undefined || container.image === image);
  const downtime = cannotRoll(service, input);
  // One that Docker has restarted since it was created makes way for a fresh one, where that costs nothing: a database
  // that ran out of memory last week is no reason to stop it now.
  const matching = running.filter(
    (container) =>
      fits(container) &&
      container.health !== 'unhealthy' &&
      (container.restarts === 0 || downtime !== undefined),
  );
  const names = proxyNames(service, input.proxy);
  const isDone = (container: ContainerFact): boolean => hasDoneItsWork(service, container, input.proxy);
  const finished = own.some((container) => isDone(container) && fits(container));
  const base = { service, names, matching: matching.slice(0, service.replicas).map(({ id }) => id) };
  // Also what is stopped, dead or starts again and again; a job that has done its work may stay.
  const leaving = own.filter((container) => !base.matching.includes(container.id) && !isDone(container));
  const broken = leaving
    .filter(({ state, health }) => state !== 'running' || health === 'unhealthy')
    .map(({ id }) => id);
  const change = {
    ...base,
    leaving: leaving.map(({ id }) => id),
    broken,
    add: Math.max(0, service.replicas - base.matching.length),
  };
  if (change.add === 0 && leaving.length === 0) return { ...change, action: 'keep' };
  if (running.length === 0)
    return finished
      ? { ...change, add: 0, action: 'keep' }
      : { ...change, action: 'create', why: 'not running' };
  const why = whyChanged(service, running, image, notBuilt);
  return downtime === undefined
    ? { ...change, action: 'roll', why }
    : { ...change, action: 'recreate', why, downtime };
}

/** Containers of services that the files do not have. */
export function strays(
  containers: readonly ContainerFact[],
  { services }: Pick<ComposeFact & { state: 'ok' }, 'services'>,
): ContainerFact[] {
  return containers.filter(({ service }) => !Object.hasOwn(services, service));
}

/** A job that ran to its end (migrations, an init container), not a server that somebody stopped. */
export function hasDoneItsWork(service: ComposeService, container: ContainerFact, proxy: ProxyFact): boolean {
  const isServer =
    service.healthcheck ||
    service.published.length > 0 ||
    proxyNames(service, proxy).length > 0 ||
    isMissedBy(proxy, service);
  return !isServer && hasEndedWell(container);
}

/** Without an error, and Docker will not start it again: a job, or a server that was told to stop. */
export function hasEndedWell({ state, exitCode, restartPolicy }: ContainerFact): boolean {
  return state === 'exited' && exitCode === 0 && restartPolicy === 'no';
}

/** A configuration that names a server which does not run is not valid: the name means no address. */
export function isMissedBy(proxy: ProxyFact, service: ComposeService): boolean {
  if (proxy.state !== 'ok' || proxy.invalid === undefined) return false;
  const missed = /host not found in upstream "([^":]+)/.exec(proxy.invalid)?.[1];
  return missed !== undefined && [service.name, ...service.aliases].includes(missed);
}

function whyChanged(
  service: ComposeService,
  running: readonly ContainerFact[],
  image: string | undefined,
  notBuilt: boolean,
): string {
  if (notBuilt || running.some((container) => image !== undefined && container.image !== image))
    return 'new image';
  if (running.some(({ configHash }) => configHash !== service.hash)) return 'changed configuration';
  if (running.length !== service.replicas) return `${running.length} of ${service.replicas} containers`;
  return 'not healthy';
}

/** Why two of it cannot run side by side, or traffic cannot be moved; undefined when they can. */
function cannotRoll(
  service: ComposeService,
  { proxy, target, containers }: ChangesInput,
): string | undefined {
  const { name } = service;
  if (name === target.services.proxy || (proxy.state === 'ok' && name === proxy.service))
    return 'it is the proxy itself: while it restarts nobody is served';
  if (isStateful(service, target)) return 'it keeps state: two containers cannot share its data';
  if (target.services.roll !== undefined && !target.services.roll.includes(name))
    return 'it is not one of the services to roll (services.roll)';
  if (service.containerName !== undefined)
    return `container_name: ${service.containerName} allows only one container`;
  const fixed = service.published.filter((port) => port !== '' && !port.includes('-'));
  if (fixed.length > 0)
    return `it publishes port ${fixed.join(', ')} of the server, which only one container can have`;
  if (service.networkMode === 'host') return 'network_mode: host allows only one container on its ports';
  if (proxy.state !== 'ok') return undefined;
  // Without its configuration nobody can say what it sends where: an old container must not go then.
  if (proxy.config === undefined) {
    return proxy.nginxVersion === undefined
      ? `the proxy ${proxy.service} is not an nginx that ops can look into, so its traffic cannot be moved`
      : `the configuration of the proxy ${proxy.service} is not valid, so its traffic cannot be moved`;
  }
  const { names, resolvesAtRunTime } = nginxNames(proxy.config);
  const byContainer = containers.find((container) => container.service === name && names.has(container.name));
  if (byContainer)
    return `nginx sends to the container's own name, ${byContainer.name}; use the service name ${name}`;
  if (proxyNames(service, proxy).length === 0) return undefined;
  if (resolvesAtRunTime)
    return 'nginx resolves its name on each request (resolver), so traffic cannot be moved at one moment';
  if (!proxy.writable)
    return 'the /etc/hosts of the proxy container cannot be written, so traffic cannot be moved';
  return undefined;
}

/** Never restarted without consent: named in the configuration, or known by its image. */
export function isStateful(
  service: Pick<ComposeService, 'name' | 'image' | 'builds'>,
  target: Pick<Target, 'services'>,
): boolean {
  return (
    target.services.stateful.includes(service.name) || (!service.builds && keepsState.test(service.image))
  );
}

function proxyNames(service: ComposeService, proxy: ProxyFact): string[] {
  if (proxy.state !== 'ok' || proxy.config === undefined || proxy.service === service.name) return [];
  const { names } = nginxNames(proxy.config);
  return [service.name, ...service.aliases].filter((name) => names.has(name));
}

/** Dependencies first; the order of the file otherwise. A cycle, which Compose refuses itself, is cut. */
export function startOrder(services: Readonly<Record<string, ComposeService>>): ComposeService[] {
  const order: ComposeService[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const service = services[name];
    if (!service || seen.has(name)) return;
    seen.add(name);
    for (const other of Object.keys(service.dependsOn)) visit(other);
    order.push(service);
  };
  for (const name of Object.keys(services)) visit(name);
  return order;
}

/** All that a service needs, itself apart, in starting order. */
export function dependenciesOf(name: string, services: Readonly<Record<string, ComposeService>>): string[] {
  const service = services[name];
  if (!service) return [];
  const needed = Object.fromEntries(Object.entries(services).filter(([other]) => other !== name));
  const only = (names: readonly string[]): string[] =>
    names.flatMap((other) => [...only(Object.keys(needed[other]?.dependsOn ?? {})), other]);
  return [...new Set(only(Object.keys(service.dependsOn)))].filter((other) => other in needed);
}
