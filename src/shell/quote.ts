const safe = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * One POSIX shell word that stands for exactly `value`, whatever is in it.
 * Single quotes keep every byte; a single quote itself becomes '\''. NUL cannot be in an argument.
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new RangeError('A shell word cannot hold a NUL byte.');
  // A leading `-` or `=` is safe for the shell; whether it is an option is the caller's matter (`--`).
  return safe.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** Quoted words with spaces between: `words('git', 'log', ref)`. */
export function words(...values: readonly string[]): string {
  return values.map((value) => quote(value)).join(' ');
}
