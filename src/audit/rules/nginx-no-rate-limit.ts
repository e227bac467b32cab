import { effective, named } from '../../readers/nginx/effective.ts';
import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import type { Fix } from '../finding.ts';
import { rule } from '../rule.ts';
import { editable, insertBefore, insertAfter } from '../subjects/nginx-edit.ts';
import { httpPlace } from '../subjects/nginx-places.ts';
import { isAssets } from '../subjects/private-paths.ts';
import { judgeProxies, locationNames, seen, type Proxy } from '../subjects/proxy.ts';
import { limitsInForce, sharedAddress, zoneName } from '../subjects/rate-limit.ts';

/** Requests a second of one address, and how many more may come at once: a busy office, not a person. */
const rate = 200;
const burst = 400;

const health =
  /^\/(?:health|healthz|health_?check|ready|readyz|live|livez|ping|status|up|_health|nginx-health)\/?$/;

export const nginxNoRateLimit = rule({
  id: 'nginx-no-rate-limit',
  category: 'proxy',
  severity: 'medium',
  cause: 3,
  title: {
    fail: 'One client can take the whole server',
    pass: 'nginx limits how many requests a client may send',
  },
  why: `Without a limit one script, one crawler or one broken client takes all workers and all connections to the database, and everybody else waits. \`limit_req_zone\` on \`$binary_remote_addr\` counts per address, \`burst\` with \`nodelay\` lets short peaks through, and \`limit_req_status 429\` says what happened (the default, 503, reads like an outage).

The figures of the fix (${rate} requests a second, ${burst} more at once) are far above what one person or an office behind one address needs, and below what takes a small server down; lower them to what your access log shows. It is only proposed where nginx sees the addresses of clients: behind a load balancer all share one.`,
  example: {
    language: 'nginx',
    bad: 'server {\n  location / {\n    proxy_pass http://backend;\n  }\n}',
    good: 'limit_req_zone $binary_remote_addr zone=per_client:10m rate=200r/s;\nlimit_req_status 429;\nserver {\n  location / {\n    limit_req zone=per_client burst=400 nodelay;\n    proxy_pass http://backend;\n  }\n}',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_limit_req_module.html',
    'https://nginx.org/en/docs/http/ngx_http_realip_module.html',
  ],
  conflictsWith: ['nginx-rate-limit-shared-address'],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const wanted = proxy.locations.filter(
        ({ modifier, path }) => !isAssets(modifier, path) && !health.test(path),
      );
      const [first] = wanted;
      if (!first) return undefined;
      const limits = limitsInForce(proxy);
      const [limit] = limits;
      if (limit)
        return {
          status: 'pass',
          message: `nginx limits requests: ${limits.length === 1 ? `limit_req ${limit.args.map(({ value }) => value).join(' ')}` : `${limits.length} limit_req directives`}.`,
        };
      if (proxy.unseen !== undefined)
        return {
          status: 'unknown',
          message: `No limit_req is seen, but not all of the configuration could be read: ${proxy.unseen}`,
          at: first.location.at,
        };
      const [zone] = named(proxy.config.directives, 'limit_req_zone');
      const shared = sharedAddress(proxy);
      // Traefik, a tunnel or a load balancer is where a limit belongs then.
      const severity = shared && shared.by !== 'live' ? ('low' as const) : undefined;
      return {
        status: 'fail',
        ...(severity && { severity }),
        message: zone
          ? `The zone ${zoneName(zone) ?? ''} is defined, but no limit_req uses it: a client may send as many requests to ${locationNames(wanted)} as it likes.`
          : `A client may send as many requests to ${locationNames(wanted)} as it likes.`,
        at: (zone ?? first.location).at,
        current: 'no limit_req',
        expected: `limit_req with a zone per client, such as ${rate} r/s with a burst of ${burst}`,
        evidence: [seen(zone ?? first.location), seen(first.pass)],
        fix: fixOf(proxy, wanted, zone, shared?.reason),
      };
    }),
});

/** Twice what a zone allows in a second, and no less than a page asks for at once. */
function burstOf(zone: NginxDirective): number {
  const [, amount = '0', unit] = zone.args.flatMap(({ value }) => /^rate=(\d+)r\/([sm])$/.exec(value) ?? []);
  return Math.max(20, Math.ceil((2 * Number(amount)) / (unit === 'm' ? 60 : 1)));
}

function fixOf(
  proxy: Proxy,
  wanted: readonly ProxiedLocation[],
  zone: NginxDirective | undefined,
  shared: string | undefined,
): Fix {
  const title = zone
    ? `Limit requests by the zone ${zoneName(zone) ?? ''}`
    : `Allow each client ${rate} requests a second`;
  const requires = 'reload';
  if (shared !== undefined)
    return {
      title,
      edits: [],
      manual: `nginx does not see the addresses of clients: ${shared}. A limit would hit everybody at once. Set \`set_real_ip_from\` to the address of what stands before it, and \`real_ip_header\`, or limit requests there.`,
      requires,
    };
  const edits = editsOf(proxy, wanted);
  return {
    title,
    edits,
    ...(edits.length === 0 && {
      manual: `Define \`limit_req_zone $binary_remote_addr zone=per_client:10m rate=${rate}r/s;\` and \`limit_req_status 429;\` in \`http\`, and put \`limit_req zone=per_client burst=${burst} nodelay;\` into the locations that pass requests to the app.`,
    }),
    requires,
    risk: `Clients that share an address (an office, a mobile network, a load test) share ${zone ? "the zone's rate" : `${rate} requests a second`}, too; what is more gets 429.`,
  };
}

function editsOf({ stack: { files }, config }: Proxy, wanted: readonly ProxiedLocation[]): readonly Edit[] {
  const blocks = [
    ...new Set(
      wanted.filter(({ websocket, path }) => !websocket || path === '/').map(({ location }) => location),
    ),
  ]
    // What is within another one inherits its limit.
    .filter((location, _, all) => !all.some((other) => other !== location && other === location.parent));
  const place = httpPlace(files, wanted);
  if (!place || blocks.length === 0 || blocks.some(({ at }) => !editable(files, at))) return [];
  const zones = named(config.directives, 'limit_req_zone');
  const [existing] = zones;
  const taken = new Set(zones.map(zoneName));
  let name = existing && zoneName(existing);
  if (name === undefined) {
    name = 'per_client';
    for (let number = 2; taken.has(name); number += 1) name = `per_client_${number}`;
  }
  const status = effective(place, 'limit_req_status') ? [] : ['limit_req_status 429;'];
  const exempt = wanted.some(({ modifier, path }) => modifier !== '=' && path === '/');
  const lines = existing
    ? status
    : [
        '# Requests a second of one client address. Far above what a person needs; who shares an address shares it.',
        ...(exempt
          ? [
              'map $uri $limited_client {',
              '\tdefault $binary_remote_addr;',
              '\t# Health checks are not counted.',
              "\t~^/(?:health|healthz|ready|readyz|live|livez|ping)$ '';",
              '}',
            ]
          : []),
        `limit_req_zone ${exempt ? '$limited_client' : '$binary_remote_addr'} zone=${name}:10m rate=${rate}r/s;`,
        ...status,
        '',
      ];
  const line = `limit_req zone=${name} burst=${existing ? burstOf(existing) : burst} nodelay;`;
  return [
    ...(lines.length > 0 ? [insertBefore(files, place, lines)] : []),
    ...blocks.map((block): Edit => {
      const [child] = block.children ?? [];
      return child && child.at.path === block.at.path
        ? insertBefore(files, child, [line])
        : insertAfter(files, child ?? block, [line]);
    }),
  ];
}
