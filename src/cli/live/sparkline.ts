const blocks = '▁▂▃▄▅▆▇█';
/** For terminals that show no blocks: each sign has more ink than the one before. */
const ascii = '_.-=+*#@';

/**
 * The newest `room` values as a line of bars; the highest of them is a full bar, 0 the lowest one. What is not known
 * (NaN) is a gap.
 */
export function sparkline(values: readonly number[], room: number, unicode: boolean): string {
  if (room < 1) return '';
  const shown = values.slice(-Math.floor(room));
  const most = Math.max(0, ...shown.filter(Number.isFinite));
  const bars = unicode ? blocks : ascii;
  return shown
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const level = most > 0 ? Math.round((Math.max(0, value) / most) * (bars.length - 1)) : 0;
      return bars[level] ?? ' ';
    })
    .join('');
}

/** Whether the terminal is likely to show blocks: its locale is UTF-8 (on Windows: a new terminal), and it draws more than ASCII. */
export function showsUnicode(env: Readonly<Record<string, string | undefined>>, platform: string): boolean {
  if (env['TERM'] === 'dumb' || env['TERM'] === 'linux') return false;
  if (platform === 'win32') return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] !== undefined;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return /utf-?8/i.test(locale ?? '');
}
