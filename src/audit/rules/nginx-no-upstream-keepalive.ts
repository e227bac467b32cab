import { versionAtLeast } from '../../readers/nginx/values.ts';
import { rule } from '../rule.ts';
import { keepaliveFix, type KeepaliveCase } from '../subjects/keepalive-fix.ts';
import { appLocations, judgeProxies, locationNames, seen, serviceBehind } from '../subjects/proxy.ts';
import { neverKeeps, reuseOf } from '../subjects/upstream-keepalive.ts';

interface Case extends KeepaliveCase {
  byVersion: boolean;
}

export const nginxNoUpstreamKeepalive = rule({
  id: 'nginx-no-upstream-keepalive',
  category: 'proxy',
  severity: 'medium',
  cause: 8,
  title: {
    fail: 'nginx opens a new connection to the app for each request',
    pass: 'nginx uses connections to the app again',
  },
  why: `A TCP handshake and a new socket for every request cost time on both sides, and thousands of closed sockets wait in TIME_WAIT. nginx keeps idle connections only to an explicit \`upstream\` block. Up to 1.29.6 that block must say \`keepalive N\`, and the location must speak HTTP/1.1 and send an empty \`Connection\` header; from 1.29.7 on all three are the default. \`proxy_set_header\` is inherited only by a level that has none of its own, and a map with \`'' close\` says "close" on every request that is not an upgrade.

The app must keep idle connections longer than nginx does (60 s), or requests meet connections that it is just closing: see \`nginx-keepalive-race\`.`,
  example: {
    language: 'nginx',
    bad: 'location / {\n  proxy_pass http://backend:8000;\n}',
    good: 'upstream backend {\n  server backend:8000;\n  keepalive 32;\n}\nserver {\n  location / {\n    proxy_http_version 1.1;\n    proxy_set_header Connection "";\n    proxy_pass http://backend;\n  }\n}',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive',
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version',
    'https://nginx.org/en/CHANGES',
  ],
  dependsOn: ['nginx-keepalive-race'],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const all = appLocations(proxy).filter(
        ({ protocol, targets }) =>
          /^https?$/.test(protocol) && !targets.some(({ host }) => host.startsWith('unix:')),
      );
      if (all.length === 0) return undefined;
      const [first] = all;
      const keeping = all.filter((location) => !neverKeeps(serviceBehind(stack, location)?.app));
      if (keeping.length === 0)
        return {
          status: 'notApplicable',
          message:
            'The sync workers of gunicorn close each connection after one answer, so nginx has none to keep.',
          ...(first && { at: first.pass.at }),
        };
      const cases = keeping
        .filter(({ websocket, modifier, path }) => !websocket || modifier === '@' || path === '/')
        .map((location): Case => ({
          location,
          ...reuseOf(proxy.config, location, proxy.service.nginxVersion),
        }))
        .filter(({ obstacles }) => obstacles.length > 0);
      const certain = cases.filter(({ byVersion }) => !byVersion);
      const shown = certain.length > 0 ? certain : cases;
      const [worst] = shown;
      if (!worst)
        return { status: 'pass', message: `nginx keeps connections of ${locationNames(keeping)} open.` };
      const evidence = shown.flatMap(({ location, obstacles }) => [
        seen(location.pass),
        ...obstacles.flatMap(({ directive }) =>
          directive && directive !== location.pass ? [seen(directive)] : [],
        ),
      ]);
      const names = locationNames(shown.map(({ location }) => location));
      const common = {
        at: whereTo(worst),
        evidence,
        expected: 'keepalive, HTTP/1.1 and an empty Connection header',
      };
      if (certain.length === 0)
        return {
          ...common,
          status: 'unknown',
          message: `Whether connections of ${names} are kept depends on the version of nginx, which is not known: up to 1.29.6 they are not.`,
        };
      return {
        ...common,
        status: 'fail',
        message: `Each request of ${names} opens a new connection to ${worst.location.authority}: ${reasons(shown, proxy.service.nginxVersion)}.`,
        current: 'none is kept',
        fix: keepaliveFix(proxy, shown),
      };
    }),
});

function whereTo({ location, obstacles }: Case) {
  return (obstacles[0]?.directive ?? location.pass).at;
}

function reasons(cases: readonly Case[], version: string | undefined): string {
  const kinds = new Set(cases.flatMap(({ obstacles }) => obstacles.map(({ kind }) => kind)));
  const mapped = cases.some(({ obstacles }) =>
    obstacles.some(({ kind, directive }) => kind === 'connection' && directive?.parent?.name === 'map'),
  );
  const old =
    version !== undefined && versionAtLeast(version, '1.29.7') === false ? ` of nginx ${version}` : '';
  return [
    kinds.has('no-upstream') ? 'proxy_pass names a host instead of an upstream block' : '',
    kinds.has('not-kept') ? 'the upstream block keeps none' : '',
    kinds.has('http-version') && !kinds.has('no-upstream') ? `HTTP/1.0 is spoken (the default${old})` : '',
    kinds.has('connection') && !kinds.has('no-upstream')
      ? mapped
        ? 'the map says Connection: close to each request that is not an upgrade'
        : 'Connection: close is sent'
      : '',
  ]
    .filter((reason) => reason !== '')
    .join(', ');
}
