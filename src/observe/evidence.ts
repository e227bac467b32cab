import type { Evidence, EvidenceId, Gathered, HttpEvidence } from '../check/evidence.ts';
import type { Target } from '../config/config.ts';
import { OpsError } from '../errors.ts';
import { accessLog } from '../facts/access-log.ts';
import { cpu, pause } from '../facts/cpu.ts';
import type { Fact } from '../facts/fact.ts';
import { gather, type FactTable } from '../facts/gather.ts';
import { hostFacts } from '../facts/index.ts';
import { memory } from '../facts/memory.ts';
import { postgres } from '../facts/postgres.ts';
import { processes } from '../facts/processes.ts';
import { tolerant, type Maybe } from '../facts/tolerant.ts';
import type { Host } from '../host/host.ts';
import { readCertificate } from './certificate.ts';
import { endpointText, siteEndpoint, type Endpoint } from './endpoint.ts';
import { series, siteClient, tunnelRoundTrip } from './http.ts';
import { factScope } from './scope.ts';

/** Lines of the access log that are read. */
export const logLines = 2_000;

export interface GatherOptions {
  needs: ReadonlySet<EvidenceId>;
  /** Milliseconds since 1970, and of a clock that never jumps. */
  clock: () => number;
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
  /** A string that the host cannot foresee; a new one each time. */
  nonce: () => string;
  signal?: AbortSignal;
}

/**
 * What the checks of one host look at: a round trip for the facts, then one for CPU, processes, database and log while
 * the site is asked. What cannot be read is `unread`; only a lost connection is an error.
 */
export async function gatherEvidence(host: Host, target: Target, options: GatherOptions): Promise<Gathered> {
  const { needs, signal } = options;
  const gathered: Gathered = {
    evidence: {
      settings: {
        appDir: target.appDir,
        healthPath: target.health.path,
        ...(target.checks.workers === undefined ? {} : { workers: target.checks.workers }),
      },
    },
    unread: {},
  };
  const keep = <Id extends EvidenceId>(id: Id, read: Maybe<Evidence[Id]>): void => {
    if ('value' in read) gathered.evidence[id] = read.value;
    else gathered.unread[id] = read.error;
  };
  const read = async (table: FactTable): Promise<void> => {
    const values = await gather(host, tolerant(table), factScope(target), options.nonce(), {
      timeoutMs: 60_000 + target.checks.cpuWindowMs,
      ...(signal ? { signal } : {}),
    });
    for (const [id, value] of Object.entries(values)) keep(id as EvidenceId, value as Maybe<never>);
  };

  await read(firstTable(needs));
  const { unread } = gathered;
  // A proxy is looked for among the containers: where nobody can list them, none that is found is not none.
  if (unread.containers !== undefined && gathered.evidence.proxy) {
    delete gathered.evidence.proxy;
    unread.proxy = unread.containers;
  }
  const { containers = [], proxy = { state: 'none' } } = gathered.evidence;
  const unknown = target.url === undefined ? (unread.containers ?? unread.proxy) : undefined;
  const path = target.checks.path ?? target.health.path;
  const endpoint = unknown === undefined ? siteEndpoint(target, proxy, containers, path) : undefined;
  const second = secondTable(needs, gathered, target);
  const outcomes = await Promise.allSettled([
    Object.keys(second).length === 0 ? undefined : read(second),
    (async () => {
      if (!needs.has('http') && !needs.has('health')) return;
      const asked = await ask(host, target, endpoint ?? unknown, options);
      keep('http', asked.http);
      keep('health', asked.health);
    })(),
    (async () => {
      if (!needs.has('certificate')) return;
      keep(
        'certificate',
        await attempt(async () => await readCertificate(target.url, options.clock(), signal)),
      );
    })(),
  ]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return gathered;
}

/** Facts that every host has; those that others build on come along. */
function firstTable(needs: ReadonlySet<EvidenceId>): FactTable {
  const inside = ['cpu', 'memory', 'processes', 'postgres', 'http', 'health', 'accessLog'] as const;
  const wanted = new Set<string>(needs);
  if (inside.some((id) => needs.has(id))) wanted.add('containers').add('proxy');
  return Object.fromEntries(Object.entries(hostFacts).filter(([id]) => wanted.has(id)));
}

/** Facts about what was found running. */
function secondTable(needs: ReadonlySet<EvidenceId>, { evidence }: Gathered, target: Target): FactTable {
  const running = (evidence.containers ?? []).filter(({ state }) => state === 'running').map(({ id }) => id);
  const nginx =
    evidence.proxy?.state === 'ok' && evidence.proxy.nginxVersion !== undefined
      ? evidence.proxy.container
      : undefined;
  const { cpuWindowMs } = target.checks;
  const facts: Readonly<Record<string, () => Fact<string, unknown>>> = {
    memory: () => memory(running),
    processes: () => processes(running),
    postgres: () => postgres(running),
    accessLog: () => accessLog(nginx, logLines),
  };
  const table = Object.entries(facts)
    .filter(([id]) => needs.has(id as EvidenceId))
    .map(([id, fact]) => [id, needs.has('cpu') ? later(fact(), cpuWindowMs) : fact()]);
  return {
    ...(needs.has('cpu') ? { cpu: cpu(running, cpuWindowMs) } : {}),
    ...(Object.fromEntries(table) as FactTable),
  };
}

/** Facts run at the same time; one that works inside containers would be counted as their CPU time, so it waits. */
function later<Value>(fact: Fact<string, Value>, ms: number): Fact<string, Value> {
  return { ...fact, script: (scope) => `${pause(ms)}\n${fact.script(scope)}` };
}

/** @param endpoint where, or why that is not known; undefined: nothing is published */
async function ask(
  host: Host,
  target: Target,
  endpoint: Endpoint | string | undefined,
  { needs, now, sleep, signal }: GatherOptions,
): Promise<{ http: Maybe<HttpEvidence>; health: Maybe<Evidence['health']> }> {
  if (endpoint === undefined || typeof endpoint === 'string') {
    const error =
      endpoint ?? 'The proxy publishes no port, and the target has no url: the site cannot be asked.';
    return { http: { error }, health: { error } };
  }
  const client = siteClient(host, endpoint, now, signal);
  try {
    const health = { path: target.health.path, sample: await client.get(target.health.path) };
    if (!needs.has('http')) return { http: { error: 'not asked' }, health: { value: health } };
    const tunnelMs = endpoint.kind === 'tunnel' ? await tunnelRoundTrip(host, endpoint, now) : undefined;
    const path = target.checks.path ?? target.health.path;
    const asked = await series(client, path, target.checks.requests, now, sleep);
    return {
      http: {
        value: {
          from: endpointText(endpoint),
          path,
          ...asked,
          ...(tunnelMs === undefined ? {} : { tunnelMs }),
        },
      },
      health: { value: health },
    };
  } finally {
    client.close();
  }
}

async function attempt<Value>(work: () => Promise<Value>): Promise<Maybe<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof OpsError) throw error;
    return { error: `${error instanceof Error ? error.message : String(error)}.` };
  }
}
