/** Whether a path has one of the signs of glob(7) in it. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Whether a file name matches `*`, `?` and `[a-z]` as glob(3) does; `*` matches no leading dot.
 * Goes back to the last `*` only, so the time is at most the product of the two lengths.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let inPattern = 0;
  let inName = 0;
  let star = -1;
  let mark = 0;
  while (inName < name.length) {
    if (pattern.charAt(inPattern) === '*') {
      star = inPattern;
      mark = inName;
      inPattern += 1;
      continue;
    }
    const next = matchOne(pattern, inPattern, name.charAt(inName));
    if (next !== undefined) {
      inPattern = next;
      inName += 1;
    } else if (star >= 0) {
      mark += 1;
      inPattern = star + 1;
      inName = mark;
    } else return false;
  }
  while (pattern.charAt(inPattern) === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** Where the pattern goes on behind one character that matches; undefined: it does not match. */
function matchOne(pattern: string, position: number, character: string): number | undefined {
  if (position >= pattern.length) return undefined;
  const sign = pattern.charAt(position);
  if (sign === '?') return position + 1;
  const end = sign === '[' ? pattern.indexOf(']', position + 2) : -1;
  if (end === -1) return sign === character ? position + 1 : undefined;
  const negated = pattern.charAt(position + 1) === '!' || pattern.charAt(position + 1) === '^';
  let found = false;
  for (let index = position + (negated ? 2 : 1); index < end; index += 1) {
    const low = pattern.charAt(index);
    const range = pattern.charAt(index + 1) === '-' && index + 2 < end;
    const high = range ? pattern.charAt(index + 2) : low;
    if (character >= low && character <= high) found = true;
    if (range) index += 2;
  }
  return found === negated ? undefined : end + 1;
}
