import type { ContainerFact } from '../facts/containers.ts';
import type { ContainerSettingsFact } from '../facts/container-settings.ts';
import type { EngineFact } from '../facts/engine.ts';
import type { LogLinesFact } from '../facts/log-lines.ts';
import type { MemoryFact } from '../facts/memory.ts';
import type { NginxFact, NginxServer } from '../facts/nginx.ts';
import type { PostgresSettings, PostgresSettingsFact } from '../facts/postgres-settings.ts';
import type { Process, ProcessesFact } from '../facts/processes.ts';
import type { ProcessMemoryFact } from '../facts/process-memory.ts';
import type { SystemFact } from '../facts/system.ts';
import type { ThrottlingFact } from '../facts/throttling.ts';
import type { Maybe } from '../facts/tolerant.ts';
import { redactLine, redactNginx, redactWords } from '../redact/redact.ts';
import {
  logKinds,
  type LiveContainer,
  type LiveLogLines,
  type LiveMachine,
  type LiveNginx,
  type LivePostgres,
  type LiveProcess,
  type LiveService,
  type LiveStack,
  type LiveUnknown,
  type LogKind,
} from '../stack/live.ts';
import { accessSummary } from './access-summary.ts';
import { plainLine } from './plain-line.ts';

/** What the facts of one host say; what could not be read is an error. */
export interface LiveFacts {
  engine: Maybe<EngineFact>;
  system: Maybe<SystemFact>;
  containers: Maybe<readonly ContainerFact[]>;
  settings: Maybe<ContainerSettingsFact>;
  memory: Maybe<MemoryFact>;
  throttling: Maybe<ThrottlingFact>;
  processes: Maybe<ProcessesFact>;
  processMemory: Maybe<ProcessMemoryFact>;
  postgres: Maybe<PostgresSettingsFact>;
  nginx: Maybe<NginxFact>;
  logs: Maybe<LogLinesFact>;
}

export interface LiveResult {
  live: LiveStack;
  /** Undefined: its figures could not be read; `live.unknown` says why. */
  machine?: LiveMachine;
}

/** Below this number of blocks a hit ratio says nothing. */
const enoughBlocks = 10_000;

/** Facts of a host → the running stack by service, without secrets and addresses. */
export function liveStack(host: string, facts: LiveFacts): LiveResult {
  const unknown: LiveUnknown[] = [];
  const missing = (what: string, why: string, service?: string): void => {
    unknown.push({
      what,
      why: redactLine(why).replace(/\.$/, ''),
      ...(service === undefined ? {} : { service }),
    });
  };
  const read = <Value>(what: string, fact: Maybe<Value>, otherwise: Value): Value => {
    if ('value' in fact) return fact.value;
    missing(what, fact.error);
    return otherwise;
  };
  const { system } = facts;
  const machine = 'value' in system ? machineOf(system.value) : undefined;
  if (machine === undefined)
    missing('CPUs and memory of the machine', 'error' in system ? system.error : 'the machine does not say');

  const containers = read('containers', facts.containers, []);
  if (containers.length === 0 && 'value' in facts.containers)
    missing('containers', whyNoContainers(facts.engine));
  const known = {
    settings: read('settings of containers', facts.settings, {}),
    memory: read('memory of containers', facts.memory, {}),
    throttling: read('throttling of containers', facts.throttling, {}),
    processes: read('processes', facts.processes, {}),
    processMemory: read('memory of processes', facts.processMemory, {}),
    postgres: read('PostgreSQL', facts.postgres, {}),
    nginx: read('nginx', facts.nginx, {}),
    logs: read('logs', facts.logs, {}),
  };

  const services: Record<string, LiveService> = {};
  for (const [name, own] of byService(containers)) {
    const running = own.filter(({ state }) => state === 'running');
    const first = running[0];
    const processes = first === undefined ? undefined : processesOf(first, known);
    if (first !== undefined && processes === undefined)
      missing(
        `processes of ${first.name}`,
        'neither docker top nor a shell in the container lists them',
        name,
      );
    const postgres = running.flatMap(({ id }) => known.postgres[id] ?? []).map(postgresOf);
    for (const server of postgres)
      if ('error' in server) missing(`settings and statistics of PostgreSQL in ${name}`, server.error, name);
    const database = postgres.find((server) => 'value' in server)?.value;
    const proxy = running.flatMap(({ id }) => known.nginx[id] ?? [])[0];
    if (proxy !== undefined) {
      const why = whyNoLog(proxy);
      if (why !== undefined) missing(`access log of ${name}`, why, name);
      if (proxy.config === undefined)
        missing(
          `configuration of nginx in ${name}`,
          proxy.invalid === undefined ? 'nginx -T does not print it' : 'nginx -t says that it is not valid',
          name,
        );
    }
    for (const { id, name: container } of running) {
      if ('value' in facts.memory && known.memory[id]?.usedBytes === undefined)
        missing(`memory of ${container}`, 'its cgroup cannot be read', name);
      if ('value' in facts.throttling && known.throttling[id] === undefined)
        missing(`throttling of ${container}`, 'its cgroup cannot be read', name);
    }
    const log = logOf(own, known.logs, (container, why) => missing(`log of ${container}`, why, name));
    services[name] = {
      containers: [...running, ...own.filter((one) => !running.includes(one))].map((one) =>
        containerOf(one, known),
      ),
      ...(processes === undefined ? {} : { processes }),
      ...(database === undefined ? {} : { postgres: database }),
      ...(proxy === undefined ? {} : { nginx: nginxOf(proxy) }),
      ...(proxy?.accessLog.state === 'ok'
        ? { access: accessSummary(proxy.accessLog.lines, proxy.config) }
        : {}),
      ...(log === undefined ? {} : { log }),
    };
  }
  return {
    live: {
      host,
      at: new Date(('value' in system ? system.value.now : 0) * 1000).toISOString(),
      services,
      unknown,
    },
    ...(machine === undefined ? {} : { machine }),
  };
}

function machineOf({ cpus, memory, disk }: SystemFact): LiveMachine | undefined {
  if (!(cpus > 0) || !(memory.totalKb > 0)) return undefined;
  const free = disk.dockerFreeKb ?? disk.appFreeKb;
  return {
    cpus,
    memoryBytes: memory.totalKb * 1024,
    swapBytes: memory.swapKb * 1024,
    ...(free > 0 ? { diskFreeBytes: free * 1024 } : {}),
    source: 'live',
  };
}

function whyNoContainers(engine: Maybe<EngineFact>): string {
  if ('error' in engine) return engine.error;
  const { docker, compose } = engine.value;
  if (docker.state === 'missing') return 'the host has no docker command';
  if (docker.state === 'unreachable') return `Docker does not answer: ${docker.message}`;
  if (compose.state !== 'ok') return 'the host has no Docker Compose of version 2';
  return 'no container of this project exists';
}

function byService(containers: readonly ContainerFact[]): Map<string, ContainerFact[]> {
  const services = new Map<string, ContainerFact[]>();
  for (const container of containers)
    services.set(container.service, [...(services.get(container.service) ?? []), container]);
  return new Map([...services].sort(([one], [other]) => (one < other ? -1 : 1)));
}

interface Known {
  settings: ContainerSettingsFact;
  memory: MemoryFact;
  throttling: ThrottlingFact;
  processes: ProcessesFact;
  processMemory: ProcessMemoryFact;
}

function containerOf(container: ContainerFact, known: Known): LiveContainer {
  const settings = known.settings[container.id];
  const memory = known.memory[container.id];
  const throttling = known.throttling[container.id];
  return {
    name: container.name,
    running: container.state === 'running',
    health: container.health,
    restarts: container.restarts,
    oomKilled: container.oomKilled,
    ...(memory?.oomKills === undefined ? {} : { oomKills: memory.oomKills }),
    memoryLimitBytes: container.memoryLimit,
    cpuLimit: settings?.cpuLimit ?? container.cpuLimit,
    ...(settings?.cpuSet === undefined ? {} : { cpuSet: settings.cpuSet }),
    ...(settings === undefined ? {} : { pidsLimit: settings.pidsLimit }),
    ...(memory?.usedBytes === undefined ? {} : { memoryBytes: memory.usedBytes }),
    ...(throttling === undefined
      ? {}
      : { throttledShare: throttling.periods === 0 ? 0 : throttling.throttled / throttling.periods }),
    restartPolicy: container.restartPolicy,
    ...(settings === undefined ? {} : { logDriver: settings.logDriver }),
    ...(settings?.logMaxSize === undefined ? {} : { logMaxSize: settings.logMaxSize }),
    ...(settings?.logMaxFile === undefined ? {} : { logMaxFile: settings.logMaxFile }),
    ...(settings?.nofile === undefined ? {} : { nofile: settings.nofile }),
    image: container.imageName,
  };
}

function processesOf({ id }: ContainerFact, known: Known): LiveProcess[] | undefined {
  const all = known.processes[id]?.processes;
  if (all === undefined) return undefined;
  const memory = known.processMemory[id] ?? {};
  return ownTree(all).map(({ pid, parent, args }) => ({
    pid,
    parent,
    args: redactWords(args),
    ...(memory[pid] === undefined ? {} : { memoryBytes: memory[pid] }),
  }));
}

/** The main process and those below it: health checks and `docker exec` come and go beside them. */
function ownTree(processes: readonly Process[]): Process[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const trees = processes
    .filter(({ parent }) => !pids.has(parent))
    .map((root) => {
      const tree = [root];
      const seen = new Set([root.pid]);
      for (const one of tree)
        for (const child of processes)
          if (child.parent === one.pid && !seen.has(child.pid)) {
            seen.add(child.pid);
            tree.push(child);
          }
      return tree;
    });
  const [largest = []] = trees.toSorted((one, other) => other.length - one.length);
  return largest;
}

function postgresOf(server: PostgresSettings): Maybe<LivePostgres> {
  if (server.state === 'unreadable') return { error: server.message };
  const { settings, blocksHit, blocksRead } = server;
  const number = (name: string): number => Number(settings[name]?.value ?? 0);
  const blocks = blocksHit + blocksRead;
  return {
    value: {
      majorVersion: Math.floor(server.versionNumber / 10_000),
      settings,
      connections: server.connections,
      idleInTransaction: server.idleInTransaction,
      maxConnections: number('max_connections'),
      reserved: number('superuser_reserved_connections') + number('reserved_connections'),
      ...(blocks < enoughBlocks ? {} : { cacheHitRatio: blocksHit / blocks }),
      tempFiles: server.tempFiles,
      tempBytes: server.tempBytes,
    },
  };
}

function nginxOf({ version, config, invalid }: NginxServer): LiveNginx {
  return {
    ...(version === undefined ? {} : { version }),
    ...(config === undefined ? {} : { dump: redactNginx(config) }),
    ...(invalid === undefined ? {} : { invalid: redactLine(invalid) }),
  };
}

/** Undefined: it was read, or nginx writes none. */
function whyNoLog({ accessLog }: NginxServer): string | undefined {
  if (accessLog.state === 'ok' || accessLog.state === 'off') return undefined;
  return 'neither docker logs nor a file in the container has it';
}

function logOf(
  containers: readonly ContainerFact[],
  logs: LogLinesFact,
  unread: (container: string, why: string) => void,
): LiveService['log'] {
  const found: Partial<Record<LogKind, LiveLogLines>> = {};
  let looked = false;
  for (const { id, name } of containers) {
    const log = logs[id];
    if (log === undefined) continue;
    if (log.state === 'unreadable') {
      unread(name, log.message);
      continue;
    }
    looked = true;
    for (const kind of logKinds) {
      const lines = log.lines[kind];
      if (lines === undefined) continue;
      found[kind] = { count: (found[kind]?.count ?? 0) + lines.count, last: plainLine(lines.last) };
    }
  }
  return looked ? found : undefined;
}
