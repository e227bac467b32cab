/** Where `~` and environment variables point to; read once by the composition root. */
export interface PathContext {
  /** Home of `~` in the user's own settings. */
  home: string;
  platform: NodeJS.Platform;
}

/**
 * Replaces a leading `~` or `~/` (`~\` on Windows). Everything else stays as it is: `C:\Users\me\key`
 * and forward slashes are both paths that Windows understands.
 */
export function expandHome(path: string, { home, platform }: PathContext): string {
  if (path === '~') return home;
  const separated = path.startsWith('~/') || (platform === 'win32' && path.startsWith('~\\'));
  return separated ? `${home.replace(/[\\/]+$/, '')}/${path.slice(2)}` : path;
}

/** Takes one pair of surrounding quotes off, as people write them around paths with spaces. */
export function unquotePath(path: string): string {
  const text = path.trim();
  const quoted = /^"(.*)"$/.exec(text) ?? /^'(.*)'$/.exec(text);
  return quoted?.[1] ?? text;
}
