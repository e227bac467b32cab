import type { Target } from '../config/config.ts';
import { isStateful } from '../deploy/changes.ts';
import type { ContainerFact } from '../facts/containers.ts';
import type { ProxyFact } from '../facts/proxy.ts';
import { readNginxDump } from '../readers/nginx/dump.ts';
import { redirectedSite } from '../readers/nginx/redirect.ts';

/** Where the site is asked. */
export type Endpoint =
  | { kind: 'url'; url: string }
  /** A port that the host publishes, reached through SSH. */
  | {
      kind: 'tunnel';
      address: string;
      port: number;
      tls: boolean;
      /** What requests name as their host, and TLS as the server's name; without it `localhost`. */
      name?: string;
    };

const everywhere = new Set(['', '0.0.0.0', '::']);

/**
 * The configured URL, else the port that the proxy (or, without one, a service that is rolled) publishes; plain HTTP
 * before TLS, unless nginx only redirects there: such an answer says nothing of the app. Undefined: nothing is published.
 *
 * @param path that will be asked for
 */
export function siteEndpoint(
  target: Pick<Target, 'url' | 'services'>,
  proxy: ProxyFact,
  containers: readonly ContainerFact[],
  path: string,
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
  const rank = ({ container }: PublishedPort): number =>
    [80, 8080, 8000, 443, 8443].indexOf(container) + 1 || 99;
  const ranked = ports.toSorted((one, other) => rank(one) - rank(other));
  const [port] = ranked;
  if (!port) return undefined;
  const secure = isTls(port) ? undefined : ranked.find(isTls);
  const moved = secure && proxy.state === 'ok' ? redirected(proxy.config, port, secure, path) : undefined;
  return secure && moved ? { ...tunnel(secure), ...moved } : tunnel(port);
}

type PublishedPort = ContainerFact['ports'][number];

function isTls({ container }: PublishedPort): boolean {
  return container === 443 || container === 8443;
}

function tunnel(port: PublishedPort): Endpoint & { kind: 'tunnel' } {
  return {
    kind: 'tunnel',
    address: everywhere.has(port.address) ? '127.0.0.1' : port.address,
    port: port.host,
    tls: isTls(port),
  };
}

/** The site to which a plain port of nginx sends everybody who asks for a path, by the configuration that is loaded. */
function redirected(
  dump: string | undefined,
  plain: PublishedPort,
  secure: PublishedPort,
  path: string,
): { name?: string } | undefined {
  if (dump === undefined) return undefined;
  const { directives } = readNginxDump(dump);
  return redirectedSite(directives, plain.container, secure.container, path);
}

/** For people. */
export function endpointText(endpoint: Endpoint): string {
  return endpoint.kind === 'url'
    ? endpoint.url
    : `port ${endpoint.port} of the server, through SSH${endpoint.tls ? ', with TLS' : ''}${endpoint.name === undefined ? '' : ` for ${endpoint.name}`}`;
}
