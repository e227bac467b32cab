/** How this machine gets Debian packages, read from apt's own configuration. Pure: text in, values out. */

const codename = /^(trixie|bookworm|bullseye|forky|sid|stable|testing|unstable|oldstable)(-updates)?$/;

/** `ID` of /etc/os-release is Debian's, or that of a system made from it. */
export function isDebianLike(osRelease: string): boolean {
  const value = (key: string): string =>
    new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  return `${value('ID')} ${value('ID_LIKE')}`.split(/\s+/).some((id) => id === 'debian' || id === 'ubuntu');
}

/**
 * The first HTTP mirror of Debian itself in apt's sources (one-line and deb822 form); not the security archive,
 * and none of other distributions or vendors.
 */
export function debianMirror(sources: readonly string[]): string | undefined {
  for (const text of sources) {
    const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
    for (const line of lines) {
      const found = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(https?:\S+)\s+(\S+)/.exec(line);
      if (found?.[1] !== undefined && codename.test(found[2] ?? '') && !/security/.test(found[1]))
        return found[1].replace(/\/+$/, '');
    }
    for (const paragraph of lines.join('\n').split(/\n\s*\n/)) {
      const field = (name: string): string[] =>
        (new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'im').exec(paragraph)?.[1] ?? '')
          .split(/\s+/)
          .filter(Boolean);
      const uri = field('URIs').find((each) => /^https?:/.test(each) && !/security/.test(each));
      const enabled = field('Enabled')[0]?.toLowerCase() !== 'no';
      if (
        uri !== undefined &&
        enabled &&
        field('Types').includes('deb') &&
        field('Suites').some((s) => codename.test(s))
      )
        return uri.replace(/\/+$/, '');
    }
  }
  return undefined;
}

/** The proxy in the output of `apt-config dump`. */
export function aptProxy(dump: string): string | undefined {
  const proxy = /^Acquire::http::Proxy "([^"]*)";/im.exec(dump)?.[1];
  return proxy === undefined || proxy === '' || proxy === 'DIRECT' ? undefined : proxy;
}
