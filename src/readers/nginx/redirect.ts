import { effective, named, own } from './effective.ts';
import { locationPath } from './locations.ts';
import type { NginxDirective } from './tree.ts';

/** One that is redirected more often than this goes in circles. */
const mostHops = 3;

/** A `server` of the `http` part, as one of its ports has it. */
interface Listener {
  server: NginxDirective;
  standard: boolean;
  tls: boolean;
  proxyProtocol: boolean;
  names: readonly string[];
}

/**
 * Where a visitor of the plain port ends up, when nginx does nothing with a path there but send everybody to https: the
 * name of the site, or none where nginx has none for it. Undefined: the plain port answers by itself, the TLS port
 * cannot be asked as a visitor would, or it is not clear.
 *
 * @param directives of a whole configuration
 * @param plain port on which nginx listens
 * @param secure the one for TLS
 * @param path that is asked for
 */
export function redirectedSite(
  directives: readonly NginxDirective[],
  plain: number,
  secure: number,
  path: string,
): { name?: string } | undefined {
  const first = answering(listeners(directives, plain), 'localhost');
  if (!first || first.tls) return undefined;
  let target = redirect(first.server, path);
  if (target === undefined) return undefined;
  let name = nameIn(target) ?? usable(first.names);
  const there = listeners(directives, secure).filter(({ tls }) => tls);
  let site = answering(there, name);
  for (let hop = 0; hop < mostHops && site; hop += 1) {
    target = redirect(site.server, path);
    const next = target === undefined ? undefined : nameIn(target);
    if (next === undefined || next === name) break;
    name = next;
    site = answering(there, name);
  }
  if (!site || site.proxyProtocol) return undefined;
  // Without a certificate of a client there is no answer of the app.
  if (effective(site.server, 'ssl_verify_client')?.args[0]?.value === 'on') return undefined;
  name ??= usable(site.names);
  return name === undefined ? {} : { name };
}

/** The servers of a port, in order. Docker reaches a container by an IPv4 address that its files do not name. */
function listeners(directives: readonly NginxDirective[], port: number): Listener[] {
  const servers = named(directives, 'server').filter(
    ({ children, parent }) => children && parent?.name === 'http',
  );
  return servers.flatMap((server) => {
    const written = own(server, 'listen').map(({ args }) => args.map(({ value }) => value));
    const listens = (written.length === 0 ? [['80']] : written).filter(
      ([address = '', ...options]) => !options.includes('quic') && portOf(address) === port,
    );
    if (listens.length === 0) return [];
    const has = (option: string): boolean => listens.some((words) => words.includes(option));
    return [
      {
        server,
        standard: has('default_server') || has('default'),
        tls: has('ssl'),
        proxyProtocol: has('proxy_protocol'),
        names: own(server, 'server_name').flatMap(({ args }) => args.map(({ value }) => value.toLowerCase())),
      },
    ];
  });
}

/** `80`, `*:80`, `0.0.0.0:80`; undefined: another address, or a socket. */
function portOf(address: string): number | undefined {
  const match = /^(?:(?:\*|0\.0\.0\.0)(?::(\d+))?|(\d+))$/.exec(address);
  return match ? Number(match[1] ?? match[2] ?? 80) : undefined;
}

/**
 * The server that nginx chooses for a name: https://nginx.org/en/docs/http/request_processing.html. Undefined: none, or
 * a regular expression has a say.
 */
function answering(all: readonly Listener[], host: string | undefined): Listener | undefined {
  const exact = all.find(({ names }) => host !== undefined && names.includes(host));
  if (exact) return exact;
  const patterns = all.flatMap((listener) =>
    listener.names
      .filter((name) => host !== undefined && matches(name, host))
      .map((name) => ({ listener, name })),
  );
  const [longest] = patterns.toSorted((one, other) => other.name.length - one.name.length);
  if (longest) return longest.listener;
  if (all.some(({ names }) => names.some((name) => name.startsWith('~')))) return undefined;
  return all.find(({ standard }) => standard) ?? all[0];
}

/** `*.shop.example` and `.shop.example`, which means the name without anything before it too. */
function matches(name: string, host: string): boolean {
  if (name.startsWith('*.')) return host.endsWith(name.slice(1));
  return name.startsWith('.') && (host.endsWith(name) || host === name.slice(1));
}

/** Where a server sends everybody who asks for a path, with https. Undefined: it answers, or it is not clear. */
function redirect(server: NginxDirective, path: string): string | undefined {
  if (own(server, 'if').length > 0 || own(server, 'rewrite').length > 0) return undefined;
  if (own(server, 'return').length > 0) return returned(server);
  const location = locationOf(server, path.replace(/[?#].*$/, ''));
  return location && returned(location);
}

/**
 * The location that nginx chooses: https://nginx.org/en/docs/http/ngx_http_core_module.html#location. Undefined: none,
 * or a regular expression has a say.
 */
function locationOf(server: NginxDirective, path: string): NginxDirective | undefined {
  const all = own(server, 'location').map((location) => ({ location, ...locationPath(location) }));
  const exact = all.find((one) => one.modifier === '=' && one.path === path);
  if (exact) return exact.location;
  const [longest] = all
    .filter((one) => (one.modifier === '' || one.modifier === '^~') && path.startsWith(one.path))
    .toSorted((one, other) => other.path.length - one.path.length);
  const asked = all.some(({ modifier }) => modifier === '~' || modifier === '~*');
  return longest === undefined || (asked && longest.modifier !== '^~') ? undefined : longest.location;
}

function returned(block: NginxDirective): string | undefined {
  const others = ['if', 'rewrite', 'location'];
  if (block.name === 'location' && others.some((name) => own(block, name).length > 0)) return undefined;
  const [first] = own(block, 'return');
  const words = first?.args.map(({ value }) => value) ?? [];
  const url = words.length === 1 || /^30[12378]$/.test(words[0] ?? '') ? words.at(-1) : undefined;
  return url?.startsWith('https://') ? url : undefined;
}

/** The name that stands in a URL; undefined: a variable, which is the name that was asked for or one of the server's. */
function nameIn(url: string): string | undefined {
  const [, name = ''] = /^https:\/\/([\w.-]*\w)(?![\w.-])/.exec(url) ?? [];
  return usable([name.toLowerCase()]);
}

/** The first that a visitor could have typed. */
function usable(names: readonly string[]): string | undefined {
  return names.find((name) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name) && !/^[\d.]+$/.test(name));
}
