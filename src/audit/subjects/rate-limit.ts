import { effectiveAll, named } from '../../readers/nginx/effective.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import type { LiveAccess } from '../../stack/live.ts';
import { frontProxy, isPublished, type Proxy } from './proxy.ts';

/** `zone=api:10m` → `api`. */
export function zoneName(directive: NginxDirective): string | undefined {
  for (const { value } of directive.args) {
    const name = /^zone=([^:]+)/.exec(value)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Zones whose key is the client's address, straight or through a map or geo. */
export function addressZones({ config }: Proxy): readonly NginxDirective[] {
  return named(config.directives, 'limit_req_zone').filter(({ args }) => {
    const key = args[0]?.value ?? '';
    if (/\$\{?(?:binary_)?remote_addr/.test(key)) return true;
    return named(config.directives, 'map', 'geo').some(
      (map) =>
        key.includes(map.args.at(-1)?.value ?? ' ') &&
        (map.args.length === 1 ||
          map.children?.some(({ args }) => /\$(?:binary_)?remote_addr/.test(args[0]?.value ?? ''))),
    );
  });
}

/** `limit_req` as it is in force where requests are passed on. */
export function limitsInForce({ locations }: Proxy): readonly NginxDirective[] {
  return [...new Set(locations.flatMap(({ block }) => effectiveAll(block, 'limit_req')))];
}

/** Fewer requests than this say little about who they come from. */
const enoughRequests = 50;

/** That many programs behind one address are many people, not one. */
const severalAgents = 3;

/**
 * Why nginx takes all clients for one; undefined: nothing says that it does. `one-client`: it may be one client after
 * all, a monitor or a load test.
 */
export function sharedAddress(
  proxy: Proxy,
): { reason: string; by: 'live' | 'one-client' | 'front' | 'unpublished' } | undefined {
  const { stack, service, config } = proxy;
  const live = service.live?.access ?? stack.live?.services[service.name]?.access;
  if (live && oneAddress(live)) {
    const come = `${Math.round((live.topClientShare ?? 0) * 100)} % of the last ${live.requests.toLocaleString('en')} requests come from one private address`;
    const agents = live.topClientAgents ?? 0;
    return agents >= severalAgents
      ? {
          by: 'live',
          reason: `${come} with ${agents} user agents: a proxy's or Docker's gateway, no client's`,
        }
      : { by: 'one-client', reason: `${come}: a proxy's or Docker's gateway, or one client` };
  }
  if (named(config.directives, 'set_real_ip_from').length > 0) return undefined;
  const front = frontProxy(stack, service);
  if (front)
    return {
      by: 'front',
      reason: `all requests come through ${front.name}, and set_real_ip_from does not say so`,
    };
  return isPublished(service)
    ? undefined
    : { by: 'unpublished', reason: `${service.name} publishes no port, so something else stands before it` };
}

function oneAddress({ requests, topClientShare = 0, topClientPrivate = false }: LiveAccess): boolean {
  return requests >= enoughRequests && topClientShare > 0.5 && topClientPrivate;
}
