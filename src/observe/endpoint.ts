import type { Target } from '../config/config.ts';
import { isStateful } from '../deploy/changes.ts';
import type { ContainerFact } from '../facts/containers.ts';
import type { ProxyFact } from '../facts/proxy.ts';

/** Where the site is asked. */
export type Endpoint =
  | { kind: 'url'; url: string }
  /** A port that the host publishes, reached through SSH. */
  | { kind: 'tunnel'; address: string; port: number; tls: boolean };

const everywhere = new Set(['', '0.0.0.0', '::']);

/**
 * The configured URL, else the port that the proxy (or, without one, a service that is rolled) publishes; plain HTTP
 * before TLS. Undefined: nothing is published.
 */
export function siteEndpoint(
  target: Pick<Target, 'url' | 'services'>,
  proxy: ProxyFact,
  containers: readonly ContainerFact[],
): Endpoint | undefined {
  if (target.url !== undefined) return { kind: 'url', url: target.url };
  const wanted = proxy.state === 'ok' ? [proxy.service] : target.services.roll;
  const ports = containers
    .filter(({ state }) => state === 'running')
    .filter(
      ({ service, imageName }) =>
        wanted?.includes(service) ?? !isStateful({ name: service, image: imageName, builds: false }, target),
    )
    .flatMap((container) => container.ports)
    .filter(({ host }) => host > 0);
  const rank = ({ container }: { container: number }): number =>
    [80, 8080, 8000, 443, 8443].indexOf(container) + 1 || 99;
  const [port] = ports.toSorted((one, other) => rank(one) - rank(other));
  if (!port) return undefined;
  return {
    kind: 'tunnel',
    address: everywhere.has(port.address) ? '127.0.0.1' : port.address,
    port: port.host,
    tls: port.container === 443 || port.container === 8443,
  };
}

/** For people. */
export function endpointText(endpoint: Endpoint): string {
  return endpoint.kind === 'url'
    ? endpoint.url
    : `port ${endpoint.port} of the server, through SSH${endpoint.tls ? ', with TLS' : ''}`;
}
