/** What ops must know of a proxy's configuration to move traffic behind it. */
export interface NginxNames {
  /** Host names of `proxy_pass` and its kin, and of `server` lines of upstreams, as nginx resolves them at load. */
  names: ReadonlySet<string>;
  /** A `resolver` with a variable, or `server … resolve`: names are resolved while it runs, past /etc/hosts. */
  resolvesAtRunTime: boolean;
}

/** Reads the output of `nginx -T`; comments are left out, strings are taken as they are. */
export function nginxNames(config: string): NginxNames {
  const text = config.replaceAll(/(^|[\s;{}])#.*$/gm, '$1');
  const names = new Set<string>();
  let dynamic = false;
  for (const [, value = ''] of text.matchAll(
    /\b(?:proxy|grpc|fastcgi|uwsgi|scgi)_pass\s+["']?([^;"']+)["']?\s*;/g,
  )) {
    const host =
      value
        .trim()
        .replace(/^[a-z]+:\/\//i, '')
        .split(/[/:]/)[0] ?? '';
    if (host.includes('$')) dynamic = true;
    else if (host !== '' && host !== 'unix') names.add(host);
  }
  for (const [, value = '', options = ''] of text.matchAll(/\bserver\s+["']?([^\s;{"']+)["']?([^;{}]*);/g)) {
    const host = value.split(':')[0] ?? '';
    if (host !== 'unix' && host !== '') names.add(host);
    if (/\bresolve\b/.test(options)) dynamic = true;
  }
  // `set $backend "backend:8000"` names what a variable proxy_pass means.
  if (dynamic)
    for (const [, value = ''] of text.matchAll(/\bset\s+\$\w+\s+["']?(?:[a-z]+:\/\/)?([\w.-]+)/g))
      names.add(value);
  return { names, resolvesAtRunTime: dynamic && /\bresolver\s+[^;]+;/.test(text) };
}
