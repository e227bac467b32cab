import { directives } from '../readers/nginx/flat.ts';

/** What ops must know of a proxy's configuration to move traffic behind it. */
export interface NginxNames {
  /** Host names of `proxy_pass` and its kin, and of `server` lines of upstreams, as nginx resolves them at load. */
  names: ReadonlySet<string>;
  /** A `resolver` with a variable, or `server … resolve`: names are resolved while it runs, past /etc/hosts. */
  resolvesAtRunTime: boolean;
}

/** Reads the output of `nginx -T`. The names of upstream groups are nginx's own and mean no host. */
export function nginxNames(config: string): NginxNames {
  const all = directives(config);
  const groups = new Set(all.filter(({ name }) => name === 'upstream').map(({ args }) => args[0] ?? ''));
  const names = new Set<string>();
  const add = (host: string): void => {
    if (host !== '' && host !== 'unix' && !host.startsWith('[')) names.add(host);
  };
  let dynamic = false;
  for (const { name, args } of all) {
    const [value] = args;
    // `server {` has no arguments; in an upstream group it has an address.
    if (value === undefined) continue;
    if (/^(proxy|grpc|fastcgi|uwsgi|scgi)_pass$/.test(name)) {
      const host = hostOf(value);
      if (!groups.has(host)) add(host);
      // With a variable anywhere in it, nginx asks its resolver on each request, unless the host is a group.
      if (value.includes('$') && !groups.has(host)) dynamic = true;
    }
    if (name === 'server') {
      add(hostOf(value));
      if (args.includes('resolve')) dynamic = true;
    }
  }
  // `set $backend backend:8000` names what a variable proxy_pass means.
  if (dynamic) {
    const set = all.filter(({ name }) => name === 'set').map(({ args }) => hostOf(args[1] ?? ''));
    for (const host of set) if (!groups.has(host)) add(host);
  }
  return { names, resolvesAtRunTime: dynamic && all.some(({ name }) => name === 'resolver') };
}

/** `https://backend:8000/api` → `backend`; empty where a variable stands for it. */
function hostOf(value: string): string {
  return (
    value
      .replace(/^[a-z]+:\/\//i, '')
      .split(/[/:$?]/)[0]
      ?.trim() ?? ''
  );
}
