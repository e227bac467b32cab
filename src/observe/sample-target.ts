import { startSampling, type Sampling } from '../bench/sample-server.ts';
import type { ContainersByService } from '../bench/sample-script.ts';
import type { Target } from '../config/config.ts';
import type { ContainerFact } from '../facts/containers.ts';
import { gather } from '../facts/gather.ts';
import { hostFacts } from '../facts/index.ts';
import type { Host } from '../host/host.ts';
import { factScope } from './scope.ts';

/**
 * Samples the containers of a target on one of its hosts, until it is stopped.
 *
 * @param nonce a string that the host cannot foresee
 */
export async function sampleTarget(
  host: Host,
  target: Target,
  { nonce, signal }: { nonce: string; signal: AbortSignal },
): Promise<Sampling> {
  const { containers } = hostFacts;
  const facts = await gather(host, { containers }, factScope(target), nonce, { timeoutMs: 60_000, signal });
  return await startSampling(host, runningByService(facts.containers), { signal });
}

/** Full ids of the containers that run, by service. */
export function runningByService(containers: readonly ContainerFact[]): ContainersByService {
  const services: Record<string, string[]> = {};
  for (const { id, service, state } of containers)
    if (state === 'running') (services[service] ??= []).push(id);
  return services;
}
