import { containerSettings } from '../facts/container-settings.ts';
import type { FactScope } from '../facts/fact.ts';
import { gather, type FactTable, type FactValues } from '../facts/gather.ts';
import { hostFacts } from '../facts/index.ts';
import { logLines } from '../facts/log-lines.ts';
import { memory } from '../facts/memory.ts';
import { nginx } from '../facts/nginx.ts';
import { postgresSettings } from '../facts/postgres-settings.ts';
import { processMemory } from '../facts/process-memory.ts';
import { processes } from '../facts/processes.ts';
import { throttling } from '../facts/throttling.ts';
import { tolerant, type Maybe, type TolerantTable } from '../facts/tolerant.ts';
import type { Host } from '../host/host.ts';
import type { Files } from '../source/files.ts';
import { filesFact, filesOfFact } from './host-files.ts';
import { liveStack, type LiveResult } from './live-stack.ts';
import { logPatterns, logSince, logTail } from './log-patterns.ts';

/** Lines of each access log that are read. */
const accessLines = 2_000;
/** More containers than this are not looked into. */
const maxContainers = 60;

export interface HostEvidenceOptions {
  /** A string that the host cannot foresee; a new one each time. */
  nonce: () => string;
  /** The project's files too, in the same round trip; with paths that are read whatever they are called. */
  files?: { also?: readonly string[] };
  signal?: AbortSignal;
}

export interface HostEvidence extends LiveResult {
  /** When they were asked for and could be read. Not redacted. */
  files?: Files;
}

/**
 * What a running stack says of itself, and its files: two round trips, nothing is changed. What cannot be read is in
 * `live.unknown`; only a lost connection is an error.
 */
export async function hostEvidence(
  host: Host,
  scope: FactScope,
  options: HostEvidenceOptions,
): Promise<HostEvidence> {
  const ask = async <Table extends FactTable>(table: Table): Promise<FactValues<TolerantTable<Table>>> =>
    await gather(host, tolerant(table), scope, options.nonce(), {
      timeoutMs: 120_000,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  const also = options.files?.also ?? [];
  const { engine, system, containers } = hostFacts;
  const first: Pick<typeof hostFacts, 'engine' | 'system' | 'containers'> & {
    files?: ReturnType<typeof filesFact>;
  } = { engine, system, containers, ...(options.files ? { files: filesFact(also) } : {}) };
  const one = await ask(first as Required<typeof first>);
  const all = ('value' in one.containers ? one.containers.value : []).slice(0, maxContainers);
  const ids = all.map(({ id }) => id);
  const running = all.filter(({ state }) => state === 'running').map(({ id }) => id);
  const two = await ask({
    settings: containerSettings(ids),
    logs: logLines(ids, { patterns: logPatterns, tail: logTail, since: logSince }),
    memory: memory(running),
    throttling: throttling(running),
    processes: processes(running),
    processMemory: processMemory(running),
    postgres: postgresSettings(running),
    nginx: nginx(running, accessLines),
  });
  const result = liveStack(host.name, { ...one, ...two });
  const read = options.files ? filesOf(one.files, also, scope.appDir) : undefined;
  if (read === undefined) return result;
  if ('value' in read) return { ...result, files: read.value };
  const unknown = [...(result.live.unknown ?? []), { what: 'files of the project', why: read.error }];
  return { ...result, live: { ...result.live, unknown } };
}

function filesOf(
  fact: Maybe<ReturnType<ReturnType<typeof filesFact>['parse']>>,
  also: readonly string[],
  appDir: string,
): Maybe<Files> {
  if ('error' in fact) return fact;
  if (fact.value.state === 'ok') return { value: filesOfFact(fact.value, also) };
  return {
    error:
      fact.value.state === 'no-tar' ? 'the host has no tar' : `the directory ${appDir} cannot be entered`,
  };
}
