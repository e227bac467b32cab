import type { HostConfig, Target } from '../config/config.ts';
import { gather } from '../facts/gather.ts';
import { hostFacts, lookFacts } from '../facts/index.ts';
import type { Connect } from '../host/host.ts';
import { history, type ReleaseView } from './history.ts';
import { onEachHost, type PerHost } from './hosts.ts';
import { factScope } from './scope.ts';
import { hostStatus, type HostStatus } from './status.ts';

export interface Observer {
  connect: Connect<HostConfig>;
  /** A string that hosts cannot foresee. */
  nonce: string;
  signal: AbortSignal;
}

const { images: _images, ...statusFacts } = lookFacts;

/** The status of every host, in one round trip each. */
export async function statusOfTarget(
  target: Target,
  { connect, nonce, signal }: Observer,
): Promise<PerHost<HostStatus>[]> {
  return await onEachHost(target.hosts, connect, signal, async (host) => {
    const { containers, ...facts } = await gather(host, statusFacts, factScope(target), nonce, { signal });
    return 'value' in containers
      ? hostStatus({ ...facts, containers: containers.value })
      : hostStatus({ ...facts, containers: [] }, containers.error);
  });
}

/** The newest releases of every host. */
export async function historyOfTarget(
  target: Target,
  limit: number,
  { connect, nonce, signal }: Observer,
): Promise<PerHost<ReleaseView[]>[]> {
  return await onEachHost(target.hosts, connect, signal, async (host) => {
    const { ledger } = await gather(host, { ledger: hostFacts.ledger }, factScope(target), nonce, { signal });
    return history(ledger, limit);
  });
}
