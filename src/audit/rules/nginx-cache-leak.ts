import { effective, effectiveAll, named, own } from '../../readers/nginx/effective.ts';
import { locationName, type ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { NginxConfig, NginxDirective } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import type { EvidenceLine, Fix, Severity } from '../finding.ts';
import { rule } from '../rule.ts';
import { hasLogin } from '../subjects/app-code.ts';
import { personalVariables, sessionMap } from '../subjects/cache-block.ts';
import { editable, insertAfter, insertBefore, remove, setArguments } from '../subjects/nginx-edit.ts';
import { httpPlace, mergeEdits } from '../subjects/nginx-places.ts';
import { isAssets, looksPrivate } from '../subjects/private-paths.ts';
import { judgeProxies, locationNames, seen, type Proxy } from '../subjects/proxy.ts';

interface Leak {
  location: ProxiedLocation;
  cache: NginxDirective;
  severity: Severity;
  message: string;
  evidence: readonly EvidenceLine[];
  edits: (proxy: Proxy) => readonly Edit[];
}

/** Headers of an answer by which an app says that it is not for everybody. */
const guards = ['set-cookie', 'cache-control', 'vary', 'expires'];

export const nginxCacheLeak = rule({
  id: 'nginx-cache-leak',
  category: 'proxy',
  severity: 'high',
  title: {
    fail: 'The cache of nginx may show one person the answer of another',
    pass: 'The cache of nginx keeps no answers that are for one person',
  },
  why: 'nginx looks at neither `Authorization` nor cookies of a request when it caches, and its key has no user in it: whoever asks for the same address gets the kept answer. It leaves out answers with `Set-Cookie`, `Cache-Control: private`, `no-store` or `no-cache`, unless `proxy_ignore_headers` tells it not to look; and most apps send no such header with JSON. So a cache in front of an app with logins needs `proxy_cache_bypass` (do not answer from the cache) and `proxy_no_cache` (do not keep the answer), both with `$http_authorization` and the session cookie. The first alone still stores the personal answer for the next visitor. A shared cache must not keep answers to requests with `Authorization` (RFC 9111, 3.5).',
  example: {
    language: 'nginx',
    bad: 'location /api/ {\n  proxy_cache api;\n  proxy_cache_valid 200 5m;\n  proxy_cache_bypass $http_authorization;\n  proxy_pass http://backend;\n}',
    good: 'location /api/ {\n  proxy_cache api;\n  proxy_cache_valid 200 5m;\n  proxy_cache_bypass $http_authorization $cookie_session;\n  proxy_no_cache $http_authorization $cookie_session;\n  proxy_pass http://backend;\n}',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers',
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_no_cache',
    'https://www.rfc-editor.org/rfc/rfc9111#section-3.5',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const cached = proxy.locations.flatMap((location) => {
        const cache = effective(location.block, 'proxy_cache');
        const on = cache !== undefined && cache.args[0]?.value !== 'off';
        return on && /^https?$/.test(location.protocol) ? [{ location, cache }] : [];
      });
      if (cached.length === 0) return undefined;
      const leaks = cached.flatMap(({ location, cache }) => leakOf(proxy, location, cache) ?? []);
      const worst = leaks.find(({ severity }) => severity === 'high') ?? leaks[0];
      if (!worst)
        return {
          status: 'pass',
          message: `The cache of ${locationNames(cached.map(({ location }) => location))} leaves out what is for one person.`,
        };
      const more = leaks.length > 1 ? ` The same goes for ${leaks.length - 1} more.` : '';
      return {
        status: 'fail',
        severity: worst.severity,
        message: `${worst.message}${more}`,
        at: worst.evidence[0]?.at ?? worst.cache.at,
        expected: 'proxy_cache_bypass and proxy_no_cache with authorization and session cookies',
        evidence: leaks.flatMap(({ evidence }) => evidence).slice(0, 12),
        fix: fixOf(proxy, leaks),
      };
    }),
});

function leakOf(proxy: Proxy, location: ProxiedLocation, cache: NginxDirective): Leak | undefined {
  const { block, modifier, path } = location;
  const { config } = proxy;
  const name = locationName(location);
  const assets = isAssets(modifier, path);
  const bypass = guardsOf(config, effectiveAll(block, 'proxy_cache_bypass'));
  const store = guardsOf(config, effectiveAll(block, 'proxy_no_cache'));
  const key = guardsOf(config, effectiveAll(block, 'proxy_cache_key'));
  const guarded = (bypass.length > 0 && store.length > 0) || key.length > 0;
  const ignoring = effectiveAll(block, 'proxy_ignore_headers');
  const ignored = ignoring
    .flatMap(({ args }) => args.map(({ value }) => value))
    .filter((header) => guards.includes(header.toLowerCase()));
  const lower = new Set(ignored.map((header) => header.toLowerCase()));
  const hidden = effectiveAll(block, 'proxy_hide_header').some(
    ({ args }) => args[0]?.value.toLowerCase() === 'set-cookie',
  );
  const setCookie = lower.has('set-cookie') && !hidden;
  const others =
    !assets && !guarded && ['set-cookie', 'cache-control', 'vary'].some((header) => lower.has(header));
  const common = { location, cache };
  const alone = bypass.length > 0 && store.length === 0 && key.length === 0;
  const open = guarded || store.length > 0 || assets ? undefined : openTo(proxy, location);
  const guard = (given: Proxy): readonly Edit[] =>
    alone
      ? addGuards(given, location, cache, ['proxy_no_cache'], bypass.join(' '))
      : open
        ? addGuards(given, location, cache, ['proxy_cache_bypass', 'proxy_no_cache'], personalVariables)
        : [];
  if (setCookie || others) {
    const [directive] = ignoring;
    return {
      ...common,
      severity: 'high',
      message: setCookie
        ? `${name} keeps answers in spite of Set-Cookie (proxy_ignore_headers): the next visitor gets the cookie of the one before, and so the session.`
        : `${name} keeps answers in spite of ${list(ignored)} (proxy_ignore_headers): those by which the app says that they are not for everybody, too.`,
      evidence: [...(directive ? [seen(directive)] : []), seen(cache)],
      edits: (given) => [...ignoring.flatMap((each) => unignore(given.stack.files, each)), ...guard(given)],
    };
  }
  if (alone) {
    const [directive] = effectiveAll(block, 'proxy_cache_bypass');
    return {
      ...common,
      severity: 'high',
      message: `${name} passes requests with ${bypass.join(' and ')} by the cache, but keeps their answers for the next visitor: proxy_no_cache is missing.`,
      evidence: [...(directive ? [seen(directive)] : []), seen(cache)],
      edits: guard,
    };
  }
  if (!open) return undefined;
  return {
    ...common,
    severity: open.severity,
    message: `${name} keeps answers whoever asks: neither Authorization nor a session cookie is looked at${open.because}.`,
    evidence: [seen(cache), seen(location.pass)],
    edits: guard,
  };
}

/** Whether answers of a location may be for one person, as far as its path and the code of the app tell. */
function openTo(
  { stack }: Proxy,
  location: ProxiedLocation,
): { severity: Severity; because: string } | undefined {
  const { modifier, path } = location;
  const isPrivate = looksPrivate(path);
  const general = modifier === '@' || /^\^?\/?(?:\.\*|\(\.\*\))?\$?$|^\^?\/(?:api|v\d+)\/?$/.test(path);
  if (!isPrivate && !general) return undefined;
  const login = hasLogin(stack, location);
  if (login === true) return { severity: 'high', because: ', and the app has logins' };
  if (isPrivate) return { severity: 'high', because: ', and its answers are likely to be for one person' };
  return login === false ? undefined : { severity: 'medium', because: '' };
}

/** The words of some directives that tell who is asking, through maps too. */
function guardsOf({ directives }: NginxConfig, of: readonly NginxDirective[]): readonly string[] {
  const personal =
    /\$\{?(?:http_authorization|http_cookie|cookie_\w+|remote_user|ssl_client_\w+|jwt_\w+|auth_\w+)/;
  return of.flatMap(({ args }) =>
    args.flatMap(({ value }) => {
      if (personal.test(value)) return [value];
      const variables = value.match(/\$\w+/g) ?? [];
      const mapped = variables.some(
        (variable) =>
          named(directives, 'map').some(
            (map) => map.args[1]?.value === variable && personal.test(map.args[0]?.value ?? ''),
          ) ||
          named(directives, 'set').some(
            (set) =>
              set.args[0]?.value === variable &&
              set.parent?.name === 'if' &&
              personal.test(set.parent.args.map((word) => word.value).join(' ')),
          ),
      );
      return mapped ? [value] : [];
    }),
  );
}

/** `proxy_ignore_headers` without the headers that protect. */
function unignore(files: Proxy['stack']['files'], directive: NginxDirective): readonly Edit[] {
  const kept = directive.args
    .map(({ value }) => value)
    .filter((header) => !guards.includes(header.toLowerCase()));
  if (kept.length === directive.args.length) return [];
  return [kept.length === 0 ? remove(files, directive) : setArguments(directive, kept.join(' '))];
}

function addGuards(
  { stack, config }: Proxy,
  location: ProxiedLocation,
  cache: NginxDirective,
  names: readonly string[],
  words: string,
): readonly Edit[] {
  const { files } = stack;
  const { block } = location;
  const edits: Edit[] = [];
  const lines: string[] = [];
  // A level with a list of its own does not inherit another: there the words are added to it.
  const anchor =
    own(block, 'proxy_cache')[0] ??
    (names.some((name) => own(block, name).length > 0) ? location.pass : cache);
  for (const name of names) {
    const [existing] = effectiveAll(block, name);
    if (existing) {
      const last = existing.args.at(-1);
      if (last) edits.push({ path: last.at.path, start: last.at.end, end: last.at.end, text: ` ${words}` });
    } else lines.push(`${name} ${words};`);
  }
  if (lines.length > 0) edits.push(insertAfter(files, anchor, lines));
  const place = httpPlace(files, [location]);
  const map = words === personalVariables ? sessionMap(config) : [];
  if (map.length > 0) {
    if (!place) return [];
    edits.push(insertBefore(files, place, map));
  }
  return edits;
}

function fixOf(proxy: Proxy, leaks: readonly Leak[]): Fix {
  const all = leaks.map(({ edits }) => edits(proxy));
  const edits = all.every((each) => each.length > 0) ? mergeEdits(all.flat()) : [];
  const usable = edits.length > 0 && edits.every((edit) => editable(proxy.stack.files, edit));
  return {
    title: 'Keep personal answers out of the cache',
    edits: usable ? edits : [],
    ...(!usable && {
      manual:
        'Take `Set-Cookie`, `Cache-Control` and `Vary` out of `proxy_ignore_headers`, and where requests may come with a login set both `proxy_cache_bypass` and `proxy_no_cache` with `$http_authorization` and the session cookie. Then empty the cache.',
    }),
    requires: 'reload',
    risk: 'Fewer answers come from the cache. What is in it already stays until it is emptied or expires.',
  };
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
