import type { NginxDirective } from './tree.ts';

/** A directive on one line, without what is in its block: `proxy_read_timeout 300s;`. */
export function printDirective({ name, args, blockAt }: NginxDirective): string {
  const words = args.map(({ value, quoted }) => (quoted || value === '' ? `"${value}"` : value));
  return `${[name, ...words].join(' ')}${blockAt ? ' { … }' : ';'}`;
}
