import type { LogLine } from '../../observe/logs.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';

const palette = ['cyan', 'yellow', 'green', 'magenta', 'blue'] as const;

/** Paints log lines `host container | text`; each container keeps its colour. Hosts are named when there are several. */
export function logPainter(style: Style, severalHosts: boolean): (line: LogLine) => string {
  const known: string[] = [];
  let width = 0;
  return ({ host, container, text }) => {
    const name = sanitizeLine(
      [...(severalHosts ? [host] : []), ...(container === '' ? [] : [container])].join(' '),
    );
    if (!known.includes(name)) known.push(name);
    width = Math.max(width, name.length);
    const colour = palette[known.indexOf(name) % palette.length] ?? 'cyan';
    return name === ''
      ? sanitizeLine(text)
      : `${style(colour, `${name.padEnd(width)} |`)} ${sanitizeLine(text)}`;
  };
}
