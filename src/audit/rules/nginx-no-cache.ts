import { effective, named, own } from '../../readers/nginx/effective.ts';
import { locationPath, type ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { EvidenceLine, Fix } from '../finding.ts';
import { rule } from '../rule.ts';
import { servesStatic, sources } from '../subjects/app-code.ts';
import { cacheEdits, canHold, type CacheBlock } from '../subjects/cache-block.ts';
import { isAssets, looksPrivate } from '../subjects/private-paths.ts';
import {
  appLocations,
  judgeProxies,
  locationNames,
  seen,
  serviceBehind,
  type Proxy,
} from '../subjects/proxy.ts';
import { onePattern, publicRoutes, type PublicRoute } from '../subjects/public-routes.ts';

/** A location, and what could be kept of it. */
interface Candidate {
  location: ProxiedLocation;
  routes: readonly PublicRoute[];
  byOrigin: boolean;
  assets: boolean;
}

export const nginxNoCache = rule({
  id: 'nginx-no-cache',
  category: 'proxy',
  severity: 'medium',
  cause: 2,
  title: {
    fail: 'Answers that are the same for everybody are computed for each request',
    pass: 'nginx keeps answers of the app',
  },
  why: `An answer from nginx's cache takes a millisecond and costs the app and the database nothing; even ten seconds are enough to turn a hundred requests a second into one in ten. It is an opportunity, not a fault: only answers that are the same for everybody may be kept, and nginx does not know which those are. It looks at neither \`Authorization\` nor cookies of a request, so a careless cache shows one person's answer to another.

Hence the rules of what is proposed: never the whole site, no path that looks like somebody's own (account, cart, orders, admin …), only GET routes whose code looks at nothing but the path and the query, past the cache with \`Authorization\` or a cookie that looks like a session (\`proxy_cache_bypass\` and \`proxy_no_cache\`, since the first alone still stores), and for seconds only. An app that sends \`Cache-Control: private\` or \`Set-Cookie\` is obeyed.`,
  example: {
    language: 'nginx',
    bad: 'location / {\n  proxy_pass http://backend;\n}',
    good: 'proxy_cache_path /var/cache/nginx/app_cache keys_zone=app_cache:10m max_size=100m inactive=1m use_temp_path=off;\nserver {\n  location / {\n    proxy_pass http://backend;\n    location ~ ^/api/products$ {\n      proxy_cache app_cache;\n      proxy_cache_valid 200 10s;\n      proxy_cache_bypass $http_authorization $cookie_session;\n      proxy_no_cache $http_authorization $cookie_session;\n      proxy_pass http://backend;\n    }\n  }\n}',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache',
    'https://www.rfc-editor.org/rfc/rfc9111#section-3.5',
    'https://blog.nginx.org/blog/benefits-of-microcaching-nginx',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const web = appLocations(proxy).filter(
        ({ protocol, websocket, stream, path }) =>
          /^https?$/.test(protocol) && !(websocket && path !== '/') && !stream && !looksPrivate(path),
      );
      if (web.length === 0) return undefined;
      const cached = web.find(({ block }) => isCached(block));
      if (cached) return { status: 'pass', message: `nginx keeps answers of ${locationNames([cached])}.` };
      const open = web.filter((location) => !isProtected(location));
      const [first] = open;
      if (!first)
        return { status: 'notApplicable', message: 'Everything that nginx passes on needs authorization.' };
      const candidates = open.flatMap((location) => candidate(proxy, location));
      const best =
        candidates.find(({ routes }) => routes.length > 0) ?? candidates.find(({ assets }) => assets);
      const unused = named(proxy.config.directives, 'proxy_cache_path')[0];
      const zone = unused ? ' A cache is defined (proxy_cache_path), but no location uses it.' : '';
      if (!best)
        return {
          status: 'opportunity',
          // Somebody meant to have a cache.
          ...(unused ? {} : { severity: 'info' as const }),
          message: `nginx keeps no answer of ${locationNames(open)}. Which of them are the same for everybody cannot be seen in the project.${zone}`,
          at: (unused ?? first.pass).at,
          evidence: [seen(unused ?? first.pass)],
          fix: manualFix(),
        };
      const { location, routes } = best;
      const evidence: EvidenceLine[] = [
        seen(location.pass),
        ...routes.slice(0, 8).map(({ at, path }) => ({ at, text: `GET ${path}` })),
      ];
      return {
        status: 'opportunity',
        ...(routes.length === 0 && { severity: 'low' as const }),
        message:
          routes.length > 0
            ? `nginx keeps no answer: each request reaches ${location.authority}, also for ${pathList(routes)}, whose code gives everybody the same.${zone}`
            : `nginx keeps no answer: also each style sheet, script and font is fetched from ${location.authority}.${zone}`,
        at: location.pass.at,
        current: 'no proxy_cache',
        expected: 'proxy_cache for answers that are the same for everybody',
        evidence,
        fix: fixOf(proxy, best),
      };
    }),
});

function isCached(block: ProxiedLocation['block']): boolean {
  const value = effective(block, 'proxy_cache')?.args[0]?.value;
  return value !== undefined && value !== 'off';
}

/** nginx itself asks who it is. */
function isProtected({ block }: ProxiedLocation): boolean {
  return ['auth_basic', 'auth_request', 'auth_jwt'].some((name) => {
    const value = effective(block, name)?.args[0]?.value;
    return value !== undefined && value !== 'off';
  });
}

function candidate(proxy: Proxy, location: ProxiedLocation): Candidate[] {
  if (!canHold(location) || looksPrivate(location.path)) return [];
  if (effective(location.block, 'proxy_buffering')?.args[0]?.value === 'off') return [];
  const service = serviceBehind(proxy.stack, location);
  const { routes, byOrigin } = publicRoutes(sources(proxy.stack, service));
  const reached = routes.filter((route) => takes(location, route));
  const assets = servesStatic(proxy.stack, service) !== undefined && !assetLocation(location);
  return reached.length > 0 || assets ? [{ location, routes: reached, byOrigin, assets }] : [];
}

/** An expression for names with a dot: `\.php$`, `/\.ht`, `^.+\.(jpg|png)$`. */
const files = /^\/?\\\.|\\\.(?:\w+|\([^()]*\))\$$/;

/** Whether it is this location that answers a route, and not one with a longer prefix or an expression. */
function takes({ location, path, server }: ProxiedLocation, { path: route }: PublicRoute): boolean {
  if (!route.startsWith(path) || !server) return false;
  return own(server, 'location').every((other) => {
    if (other === location) return true;
    const { modifier, path: prefix } = locationPath(other);
    if (modifier.startsWith('~')) return files.test(prefix) || disjoint(prefix, route);
    if (modifier === '@') return true;
    return !(
      prefix.length > path.length && route.startsWith(modifier === '=' ? prefix : prefix.replace(/\/$/, ''))
    );
  });
}

/** Whether an expression that begins with literal text can match a path, by that text alone. */
function disjoint(expression: string, route: string): boolean {
  const literal = /^\^([\w/-]*)/.exec(expression)?.[1] ?? '';
  return !literal.startsWith(route) && !route.startsWith(literal.replace(/.$/, ''));
}

function assetLocation({ server }: ProxiedLocation): boolean {
  return (
    server !== undefined &&
    own(server, 'location').some((other) => {
      const { modifier, path } = locationPath(other);
      return isAssets(modifier, path);
    })
  );
}

function pathList(routes: readonly PublicRoute[]): string {
  const paths = [...new Set(routes.map(({ path }) => path))];
  return paths.length <= 2
    ? paths.join(' and ')
    : `${paths.slice(0, 2).join(', ')} and ${paths.length - 2} more`;
}

function manualFix(): Fix {
  return {
    title: 'Keep answers that are the same for everybody',
    edits: [],
    manual:
      'Choose paths whose answers do not depend on who asks, ask for each twice, with and without cookies, and compare. Give them a location with `proxy_cache`, `proxy_cache_valid 200 10s`, `proxy_cache_lock on`, `proxy_cache_use_stale updating error timeout`, and with `proxy_cache_bypass` and `proxy_no_cache` on `$http_authorization` and the session cookie. Never the whole of `/`.',
    requires: 'reload',
  };
}

function fixOf({ stack, config, service }: Proxy, { location, routes, byOrigin }: Candidate): Fix {
  const key = `$scheme$host$request_uri${byOrigin ? '$http_origin' : ''}`;
  const block: CacheBlock =
    routes.length > 0
      ? {
          pattern: onePattern(routes.map(({ pattern }) => pattern)),
          modifier: '~',
          comment: "The same for everybody, by the app's code.",
          key,
          valid: '10s',
          // How old an answer can be that is given once more while a new one is fetched.
          inactive: '1m',
        }
      : {
          pattern: '\\.(?:css|js|mjs|woff2?|ttf|otf|eot|ico)$',
          modifier: '~*',
          comment: 'Files that are the same for everybody.',
          key,
          valid: '10m',
          inactive: '1h',
        };
  const readOnly = service.compose.get('read_only');
  const edits =
    readOnly?.kind === 'scalar' && readOnly.value === true
      ? []
      : cacheEdits(stack.files, config, location, block);
  if (edits.length === 0) return manualFix();
  return {
    title:
      routes.length > 0
        ? `Keep answers of ${pathList(routes)} for 10 s`
        : 'Keep style sheets, scripts and fonts for 10 min',
    edits,
    requires: 'reload',
    risk:
      routes.length > 0
        ? 'Assumed: these answers depend on nothing but path, query and host, and may be 10 s old, up to a minute for the first who asks after a pause. Requests with Authorization or a cookie that looks like a session go past the cache. Take a path out that does not fit.'
        : 'Assumed: these files are the same for everybody and may be 10 min old, up to an hour after a pause; images are left out, for they may be private uploads.',
  };
}
