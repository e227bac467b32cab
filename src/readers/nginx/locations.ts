import { effectiveAll, enclosing, levels, named, own, walk } from './effective.ts';
import type { NginxConfig, NginxDirective } from './tree.ts';

export type ProxyProtocol = 'http' | 'https' | 'grpc' | 'fastcgi' | 'uwsgi' | 'scgi';

/** A host that requests are passed to. */
export interface ProxyTarget {
  /** A name or an address; `unix:/run/app.sock` of a socket. */
  host: string;
  port?: string;
  /** `server` of an upstream, else the directive that passes. */
  directive: NginxDirective;
}

/** A place where requests are passed on. */
export interface ProxiedLocation {
  pass: NginxDirective;
  protocol: ProxyProtocol;
  /** The block that `pass` stands in: a location, or an `if` in one. Settings are in force there. */
  block: NginxDirective;
  location: NginxDirective;
  /** Undefined: a piece of a configuration without it. */
  server?: NginxDirective;
  modifier: '' | '=' | '^~' | '~' | '~*' | '@';
  path: string;
  /** `backend:8000` of `http://backend:8000/api`, variables replaced where `set` tells them. */
  authority: string;
  /** What stands behind it: `/api`. */
  uri: string;
  /** The explicit `upstream` block that it names. */
  upstream?: NginxDirective;
  targets: readonly ProxyTarget[];
  /** A variable stands in it: nginx resolves the name on each request. */
  dynamic: boolean;
  /** It passes upgrades on, or its name says so. */
  websocket: boolean;
  /** Answers that go on and on, by what is set for it or by its name. */
  stream: boolean;
}

const passes: Readonly<Record<string, ProxyProtocol>> = {
  proxy_pass: 'http',
  grpc_pass: 'grpc',
  fastcgi_pass: 'fastcgi',
  uwsgi_pass: 'uwsgi',
  scgi_pass: 'scgi',
};

/** Every place of the `http` part that passes requests on, in order. */
export function proxiedLocations({ directives }: NginxConfig): readonly ProxiedLocation[] {
  const upstreams = named(directives, 'upstream').filter((upstream) => !enclosing(upstream, 'stream'));
  const found: ProxiedLocation[] = [];
  for (const pass of walk(directives)) {
    const protocol = passes[pass.name];
    const block = pass.parent;
    const location = block && enclosing(block, 'location');
    if (protocol === undefined || !block || !location) continue;
    found.push(proxiedLocation(pass, protocol, block, location, upstreams));
  }
  return found;
}

function proxiedLocation(
  pass: NginxDirective,
  protocol: ProxyProtocol,
  block: NginxDirective,
  location: NginxDirective,
  upstreams: readonly NginxDirective[],
): ProxiedLocation {
  const written = pass.args[0]?.value ?? '';
  const value = substitute(written, block);
  const [, scheme = '', authority = '', uri = ''] =
    /^(?:([a-z]+):\/\/)?(unix:[^:]*|\[[^\]]*\](?::\d+)?|[^/?]*)([^]*)$/i.exec(value) ?? [];
  const upstream = upstreams.find(({ args }) => args[0]?.value === authority);
  const server = enclosing(location, 'server');
  const { modifier, path } = locationPath(location);
  const headers = effectiveAll(block, 'proxy_set_header');
  const upgrade = headers.some(({ args }) => args[0]?.value.toLowerCase() === 'upgrade');
  const buffering = [block, location].some((level) =>
    own(level, 'proxy_buffering').some(({ args }) => args[0]?.value === 'off'),
  );
  return {
    pass,
    protocol: protocol === 'http' && scheme.toLowerCase() === 'https' ? 'https' : protocol,
    block,
    location,
    ...(server && { server }),
    modifier,
    path,
    authority,
    uri,
    ...(upstream && { upstream }),
    targets: upstream
      ? own(upstream, 'server').map((directive) => target(directive.args[0]?.value ?? '', directive))
      : authority === '' || authority.includes('$')
        ? []
        : [target(authority, pass)],
    dynamic: written.includes('$') && !upstream,
    websocket: upgrade || /(^|[/_-])(ws|wss|websockets?|socket\.io|cable|hub)([/_.-]|$)/i.test(path),
    stream:
      (buffering && !isBroad(modifier, path)) ||
      /(^|[/_-])(sse|events?|stream|streams|streaming|subscribe|notifications|mercure)([/_.-]|$)/i.test(path),
  };
}

/** Puts in what `set` gives a variable, where that is a single value and in sight. */
function substitute(value: string, block: NginxDirective): string {
  return value.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (variable, braced?: string, plain?: string) => {
    const name = `$${braced ?? plain ?? ''}`;
    const sets = levels(block).flatMap((level) =>
      own(level, 'set').filter(({ args }) => args[0]?.value === name),
    );
    const [only] = sets;
    return sets.length === 1 ? (only?.args[1]?.value ?? variable) : variable;
  });
}

function target(authority: string, directive: NginxDirective): ProxyTarget {
  if (authority.startsWith('unix:')) return { host: authority, directive };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?/.exec(authority);
  const port = match?.[2];
  return { host: match?.[1] ?? authority, ...(port !== undefined && { port }), directive };
}

/** What a location is for: `location ^~ /static/` → `^~` and `/static/`; a modifier may stick to the path. */
export function locationPath(location: NginxDirective): {
  modifier: ProxiedLocation['modifier'];
  path: string;
} {
  const [first = '', second] = location.args.map(({ value }) => value);
  const match = /^(=|\^~|~\*|~|@)([^]*)$/.exec(second === undefined ? first : first + second);
  return match
    ? { modifier: match[1] as ProxiedLocation['modifier'], path: match[2] ?? '' }
    : { modifier: '', path: first };
}

/** `location ^~ /static/`, as a person calls it. */
export function locationName({ modifier, path }: Pick<ProxiedLocation, 'modifier' | 'path'>): string {
  return `location ${modifier === '' || modifier === '@' ? `${modifier}${path}` : `${modifier} ${path}`}`;
}

/** Whether a location takes all or most of a site, so that what is set for it is set for everything. */
export function isBroad(modifier: ProxiedLocation['modifier'], path: string): boolean {
  if (modifier === '=') return false;
  if (modifier === '@') return true;
  const prefix = modifier.startsWith('~')
    ? path
        .replace(/^\^/, '')
        .replace(/\$$/, '')
        .replace(/\(?\.[*+]\)?$/, '')
    : path;
  return prefix === '' || prefix === '.' || /^\/((api|v\d+|app|backend)\/?)*$/.test(prefix);
}
