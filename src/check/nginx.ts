import { directives } from '../readers/nginx/flat.ts';

/** nginx's built-in format, used by an `access_log` that names none. */
const combined =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

/** Every log format that an `access_log` of the configuration uses; the built-in one where none is named. */
export function usedLogFormats(config: string): string[] {
  const all = directives(config);
  const formats = new Map([['combined', combined]]);
  for (const { name, args } of all) {
    if (name !== 'log_format' || args[0] === undefined) continue;
    formats.set(args[0], args.slice(args[1]?.startsWith('escape=') ? 2 : 1).join(''));
  }
  const logs = all.filter(({ name, args }) => name === 'access_log' && args[0] !== 'off');
  const names = logs.length === 0 ? ['combined'] : logs.map(({ args }) => args[1] ?? 'combined');
  return [...new Set(names.map((name) => formats.get(name) ?? combined))];
}

/** Whether any location keeps answers of the app. */
export function cacheConfigured(config: string): boolean {
  return directives(config).some(
    ({ name, args }) =>
      /^(proxy|fastcgi|uwsgi|scgi)_cache$/.test(name) && args[0] !== undefined && args[0] !== 'off',
  );
}

/**
 * Reads lines of one log format: by the literal text between the variables, so in linear time whatever is in the
 * line. Gives nothing for a line of another format.
 */
export function lineReader(format: string): (line: string) => ReadonlyMap<string, string> | undefined {
  const parts = format.split(/\$\{?([a-z0-9_]+)\}?/i);
  return (line) => {
    const [start = '', ...rest] = parts;
    if (!line.startsWith(start)) return undefined;
    const fields = new Map<string, string>();
    let position = start.length;
    for (let index = 0; index < rest.length; index += 2) {
      const name = rest[index] ?? '';
      const literal = rest[index + 1] ?? '';
      const last = index + 2 >= rest.length;
      const end = last
        ? line.endsWith(literal)
          ? line.length - literal.length
          : -1
        : literal === ''
          ? position
          : line.indexOf(literal, position);
      if (end < position) return undefined;
      fields.set(name, line.slice(position, end));
      position = end + literal.length;
    }
    return fields;
  };
}
