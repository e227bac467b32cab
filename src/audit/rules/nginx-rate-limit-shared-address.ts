import { effective, named } from '../../readers/nginx/effective.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import { rule } from '../rule.ts';
import { insertBefore } from '../subjects/nginx-edit.ts';
import { httpPlace } from '../subjects/nginx-places.ts';
import { isPublished, judgeProxies, seen, type Proxy, type ProxyVerdict } from '../subjects/proxy.ts';
import { addressZones, limitsInForce, sharedAddress, zoneName } from '../subjects/rate-limit.ts';

export const nginxRateLimitSharedAddress = rule({
  id: 'nginx-rate-limit-shared-address',
  category: 'proxy',
  severity: 'high',
  title: {
    fail: 'The limit counts the wrong address',
    pass: 'The limit counts the addresses of clients',
  },
  why: 'Behind a load balancer, a CDN, Traefik or a tunnel every request has the address of what stands in front, and a limit on `$binary_remote_addr` hits all clients together. nginx takes the real address from a header only if `set_real_ip_from` names who may send it. Naming everybody (`0.0.0.0/0`) while the port is open to the internet, or counting by `X-Forwarded-For` itself, lets each client choose its own address: the limit is gone, and logs and allow lists can be fooled.',
  example: {
    language: 'nginx',
    bad: 'set_real_ip_from 0.0.0.0/0;\nreal_ip_header X-Forwarded-For;',
    good: 'set_real_ip_from 172.16.0.0/12;\nreal_ip_header X-Forwarded-For;\nreal_ip_recursive on;',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_realip_module.html',
    'https://docs.docker.com/engine/network/packet-filtering-firewalls/',
  ],
  conflictsWith: ['nginx-no-rate-limit'],
  evaluate: (stack) => judgeProxies(stack, (proxy) => forgeable(proxy) ?? shared(proxy) ?? fine(proxy)),
});

/** Clients can choose the address that they are counted by. */
function forgeable(proxy: Proxy): ProxyVerdict | undefined {
  const { config, service } = proxy;
  if (!isPublished(service) || proxy.locations.length === 0) return undefined;
  const everybody = named(config.directives, 'set_real_ip_from').filter(({ args }) =>
    /^(?:0\.0\.0\.0|::)\/0$/.test(args[0]?.value ?? ''),
  );
  const [trusting] = everybody;
  const header = trusting && effective(trusting.parent ?? trusting, 'real_ip_header')?.args[0]?.value;
  const limited = limitsInForce(proxy).length > 0;
  if (trusting && header !== undefined && header.toLowerCase() !== 'proxy_protocol')
    return {
      status: 'fail',
      message: `${header} is believed from everybody (set_real_ip_from ${trusting.args[0]?.value ?? ''}) and the port is published: a client can send any address${limited ? ' and is never limited' : ''}.`,
      at: trusting.at,
      expected: 'set_real_ip_from with the addresses of your own proxies only',
      evidence: everybody.map((directive) => seen(directive)),
      fix: {
        title: 'Believe only your own proxies',
        edits: [],
        manual:
          'Name the networks of what stands before nginx (your load balancer, `172.16.0.0/12` for containers, the published ranges of your CDN) in `set_real_ip_from`; take the line out if nothing does.',
        requires: 'reload',
      },
    };
  const used = new Set(limitsInForce(proxy).map((limit) => zoneName(limit)));
  const byHeader = named(config.directives, 'limit_req_zone').find(
    (zone) =>
      used.has(zoneName(zone)) &&
      /\$(?:http_x_forwarded_for|http_x_real_ip|proxy_add_x_forwarded_for)\b/.test(zone.args[0]?.value ?? ''),
  );
  if (!byHeader) return undefined;
  return {
    status: 'fail',
    message: `The zone ${zoneName(byHeader) ?? ''} counts by ${byHeader.args[0]?.value ?? ''}, which each client can choose anew for each request.`,
    at: byHeader.at,
    expected: '$binary_remote_addr, with set_real_ip_from where a proxy stands before nginx',
    evidence: [seen(byHeader)],
    fix: {
      title: 'Count by the address of the connection',
      edits: [],
      manual:
        'Use `$binary_remote_addr` as the key. If a proxy stands before nginx, name it in `set_real_ip_from` and set `real_ip_header`, so that this is the address of the client.',
      requires: 'reload',
    },
  };
}

/** All clients are counted as one. */
function shared(proxy: Proxy): ProxyVerdict | undefined {
  const used = new Set(limitsInForce(proxy).map((limit) => zoneName(limit)));
  const zones = addressZones(proxy).filter((zone) => used.has(zoneName(zone)));
  const [zone] = zones;
  const reason = sharedAddress(proxy);
  if (!zone || !reason) return undefined;
  const edits = reason.by === 'front' ? trustNetwork(proxy) : [];
  const common = {
    at: zone.at,
    evidence: zones.map((directive: NginxDirective) => seen(directive)),
    expected: 'set_real_ip_from and real_ip_header for what stands before nginx',
    fix: {
      title: 'Take the address of the client from the proxy in front',
      edits,
      ...(edits.length === 0 && {
        manual:
          'Name what stands before nginx in `set_real_ip_from`, and set `real_ip_header X-Forwarded-For;` (or the header that it sends) and `real_ip_recursive on;`.',
      }),
      requires: 'reload' as const,
      risk: 'Containers on the same networks are believed when they name an address.',
    },
  };
  if (reason.by === 'unpublished' || reason.by === 'one-client')
    return {
      ...common,
      status: 'unknown',
      message: `Whether the zone ${zoneName(zone) ?? ''} counts clients is not known: ${reason.reason}.`,
    };
  return {
    ...common,
    status: 'fail',
    ...(reason.by === 'live' && { confidence: 'live' as const }),
    message: `The zone ${zoneName(zone) ?? ''} counts all clients as one (${reason.reason}), so its limit is reached by everybody together.`,
  };
}

/** Nothing reaches nginx but containers, so any private address may name the client. */
function trustNetwork({ stack: { files }, locations }: Proxy): readonly Edit[] {
  const place = httpPlace(files, locations);
  if (!place) return [];
  return [
    insertBefore(files, place, [
      '# The proxy in front is on a network of Docker; the port is not published.',
      'set_real_ip_from 10.0.0.0/8;',
      'set_real_ip_from 172.16.0.0/12;',
      'set_real_ip_from 192.168.0.0/16;',
      ...['real_ip_header X-Forwarded-For;', 'real_ip_recursive on;'].filter(
        (line) => !effective(place, line.slice(0, line.indexOf(' '))),
      ),
      '',
    ]),
  ];
}

function fine(proxy: Proxy): ProxyVerdict | undefined {
  return limitsInForce(proxy).length === 0
    ? undefined
    : {
        status: 'pass',
        message: 'Nothing says that the limit counts other addresses than those of clients.',
      };
}
