import type { Duplex } from 'node:stream';
import type { Target } from '../config/config.ts';
import { OpsError } from '../errors.ts';
import { gather } from '../facts/gather.ts';
import { hostFacts } from '../facts/index.ts';
import type { Host } from '../host/host.ts';
import { endpointText, siteEndpoint, type Endpoint } from './endpoint.ts';
import { openTunnel } from './http.ts';
import { factScope } from './scope.ts';

/** A site without a public URL, reached through its server. */
export interface TunnelledSite {
  /** What requests name as their host. */
  url: string;
  /** For people. */
  text: string;
  /** A new byte stream to the site. */
  open: () => Promise<Duplex>;
}

/**
 * The site that a host serves, through SSH.
 *
 * @param nonce a string that the host cannot foresee
 * @throws OpsError `NO_SITE` when no port is published
 */
export async function siteThroughTunnel(
  host: Host,
  target: Target,
  { nonce, signal }: { nonce: string; signal: AbortSignal },
): Promise<TunnelledSite> {
  const { containers, proxy } = hostFacts;
  const facts = await gather(host, { containers, proxy }, factScope(target), nonce, {
    timeoutMs: 60_000,
    signal,
  });
  const endpoint: Endpoint | undefined = siteEndpoint(
    { services: target.services },
    facts.proxy,
    facts.containers,
    '/',
  );
  if (endpoint?.kind !== 'tunnel')
    throw new OpsError('unchanged', 'NO_SITE', `No container on ${host.name} publishes a port to ask.`, {
      place: { host: host.name },
      next: ['Start the app, or set `url` of the target, or give --url.'],
    });
  return {
    url: `http://${endpoint.name ?? 'localhost'}`,
    text: endpointText(endpoint),
    open: async () => await openTunnel(host, endpoint),
  };
}
