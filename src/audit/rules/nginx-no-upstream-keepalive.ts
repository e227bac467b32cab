import { effectiveAll, named, own } from '../../readers/nginx/effective.ts';
import { setFlag } from '../../readers/commands/splice.ts';
import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import { versionAtLeast } from '../../readers/nginx/values.ts';
import type { Edit } from '../../source/edits.ts';
import type { Fix } from '../finding.ts';
import { rule } from '../rule.ts';
import { appendTo, editable, insertAfter, insertBefore, setArguments } from '../subjects/nginx-edit.ts';
import { httpPlace, mergeEdits } from '../subjects/nginx-places.ts';
import {
  appLocations,
  judgeProxies,
  locationNames,
  seen,
  serviceBehind,
  type Proxy,
} from '../subjects/proxy.ts';
import {
  appKeepsSeconds,
  keepAliveFlag,
  keptSeconds,
  neverKeeps,
  reuseOf,
  type Obstacle,
} from '../subjects/upstream-keepalive.ts';

const idleConnections = 32;

interface Case {
  location: ProxiedLocation;
  obstacles: readonly Obstacle[];
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
        fix: fixOf(proxy, shown),
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

function fixOf(proxy: Proxy, cases: readonly Case[]): Fix {
  const { stack } = proxy;
  const title = 'Keep idle connections to the app';
  const manual =
    'Put the app into an `upstream` block with `keepalive 32;`, name that block in `proxy_pass`, and where it is used set `proxy_http_version 1.1;` and `proxy_set_header Connection "";`. Let the app keep idle connections for 75 s.';
  const changeable = cases.every(
    ({ location, obstacles }) =>
      (!obstacles.some(({ kind }) => kind === 'no-upstream') ||
        (simple(location) && httpPlace(stack.files, [location]) !== undefined)) &&
      editable(stack.files, location.pass.at) &&
      editable(stack.files, location.block.at) &&
      obstacles.every(({ directive }) => !directive || editable(stack.files, directive.at)),
  );
  const edits = changeable
    ? mergeEdits([...upstreamEdits(proxy, cases), ...locationEdits(proxy, cases)])
    : [];
  return {
    title,
    edits,
    ...(edits.length === 0 && { manual }),
    requires: 'reload',
    risk: `The app must keep idle connections longer than nginx does, or requests fail with 502 now and then (nginx-keepalive-race).`,
  };
}

/** A plain `http://host:port`, of which an upstream block can be made without changing what the app sees. */
function simple({ protocol, dynamic, targets, authority }: ProxiedLocation): boolean {
  return protocol === 'http' && !dynamic && targets.length === 1 && /^[\w.-]+(:\d+)?$/.test(authority);
}

/** An upstream block for each host that has none, and its name in each `proxy_pass` to that host. */
function upstreamEdits(proxy: Proxy, cases: readonly Case[]): readonly Edit[] {
  const { stack, config, locations } = proxy;
  const edits: Edit[] = [];
  const done = new Set<string>();
  const taken = new Set(named(config.directives, 'upstream').map(({ args }) => args[0]?.value ?? ''));
  for (const { location, obstacles } of cases) {
    const { authority } = location;
    for (const { kind, directive } of obstacles)
      if (kind === 'not-kept' && directive && !done.has(`${directive.at.path}:${directive.at.start}`)) {
        done.add(`${directive.at.path}:${directive.at.start}`);
        edits.push(
          directive.name === 'keepalive'
            ? setArguments(directive, String(idleConnections))
            : appendTo(stack.files, directive, [
                `keepalive ${idleConnections};`,
                ...keptLines(proxy, location, directive),
              ]),
        );
      }
    if (location.upstream || done.has(authority)) continue;
    done.add(authority);
    const users = locations.filter(
      (other) =>
        !other.upstream &&
        simple(other) &&
        other.authority === authority &&
        editable(stack.files, other.pass.at),
    );
    const [host = ''] = authority.split(':');
    const everywhere = locations.every(
      (other) => other.authority.split(':')[0] !== host || users.includes(other),
    );
    // An upstream must not share its name with a host that a proxy_pass gives a port.
    const wanted = everywhere ? host : `${host}_app`;
    let name = wanted;
    for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
    taken.add(name);
    const place = httpPlace(stack.files, users.length > 0 ? users : [location]);
    if (!place) continue;
    edits.push(
      insertBefore(stack.files, place, [
        `upstream ${name} {`,
        `\tserver ${authority};`,
        '\t# Idle connections that each worker keeps. The app must keep them longer, so that it is nginx that closes.',
        `\tkeepalive ${idleConnections};`,
        `\tkeepalive_timeout ${keptTime(proxy, location) ?? keptSeconds}s;`,
        '}',
        '',
      ]),
    );
    for (const { pass } of users) {
      const [word] = pass.args;
      const source = stack.files.read(pass.at.path)?.slice(word?.at.start, word?.at.end) ?? '';
      const offset = source.indexOf(authority);
      if (!word || offset === -1) continue;
      const start = word.at.start + offset;
      edits.push({ path: word.at.path, start, end: start + authority.length, text: name });
    }
  }
  return edits;
}

/** Seconds for nginx, where the app's own limit cannot be raised in the project: then nginx must be the one that closes first. */
function keptTime({ stack }: Proxy, location: ProxiedLocation): number | undefined {
  const app = serviceBehind(stack, location)?.app;
  const keeps = app?.keepAlive?.value;
  if (!app || keeps === undefined || keeps > keptSeconds) return undefined;
  const flag = keepAliveFlag(app);
  if (flag !== undefined && setFlag(app, stack.files, flag, appKeepsSeconds).length > 0) return undefined;
  return Math.max(1, Math.floor(keeps) - 1);
}

function keptLines(proxy: Proxy, location: ProxiedLocation, upstream: NginxDirective): readonly string[] {
  const seconds = keptTime(proxy, location);
  return seconds === undefined || own(upstream, 'keepalive_timeout').length > 0
    ? []
    : [`keepalive_timeout ${seconds}s;`];
}

/** HTTP/1.1 and an empty Connection header, at the level where a location's headers come from. */
function locationEdits({ stack }: Proxy, cases: readonly Case[]): readonly Edit[] {
  const { files } = stack;
  const edits: Edit[] = [];
  const added = new Map<NginxDirective, Set<string>>();
  for (const { location, obstacles } of cases) {
    const { block } = location;
    const headers = effectiveAll(block, 'proxy_set_header');
    const [inherited] = headers;
    // A header of its own would cut the location off from all those that it inherits.
    const level = inherited?.parent && editable(files, inherited.at) ? inherited.parent : block;
    const add = (line: string): void => {
      added.set(level, (added.get(level) ?? new Set()).add(line));
    };
    for (const { kind, directive } of obstacles) {
      if (kind === 'http-version') {
        if (directive) edits.push(setArguments(directive, '1.1'));
        else add('proxy_http_version 1.1;');
      } else if (kind === 'connection') {
        if (directive?.parent?.name === 'map') edits.push(setArguments(directive, "''"));
        else if (directive) edits.push(setArguments(directive, 'Connection ""'));
        else add('proxy_set_header Connection "";');
      } else if (
        kind === 'no-upstream' &&
        !headers.some(({ args }) => args[0]?.value.toLowerCase() === 'host')
      ) {
        // Without it the app would see the upstream's name instead of its own as Host.
        add(`proxy_set_header Host ${location.authority};`);
      }
    }
  }
  for (const [block, lines] of added) {
    const anchor = [own(block, 'proxy_set_header').at(-1), own(block, 'proxy_pass')[0]].find(
      (each) => each && editable(files, each.at),
    );
    edits.push(anchor ? insertAfter(files, anchor, [...lines]) : appendTo(files, block, [...lines]));
  }
  return edits;
}
