/** Where a block of Lua ends: at the `}` that closes it, or at the end of the text. Strings and comments are passed over. */
export function luaEnd(text: string, start: number): number {
  const unclosed = new Set<string>();
  let depth = 0;
  let position = start;
  while (position < text.length) {
    const character = text.charAt(position);
    if (character === '}') {
      if (depth === 0) return position;
      depth -= 1;
    }
    if (character === '{') depth += 1;
    if (character === '"' || character === "'") position = stringEnd(text, position, character);
    else if (text.startsWith('--', position)) {
      const end = text.indexOf('\n', position);
      position = longEnd(text, position + 2, unclosed) ?? (end === -1 ? text.length : end);
    } else position = longEnd(text, position, unclosed) ?? position + 1;
  }
  return text.length;
}

/** Behind a quoted string; a line break ends it too, as Lua's strings hold none. */
function stringEnd(text: string, start: number, quote: string): number {
  for (let end = start + 1; end < text.length; end += 1) {
    const character = text.charAt(end);
    if (character === '\\') end += 1;
    else if (character === quote) return end + 1;
    else if (character === '\n') return end;
  }
  return text.length;
}

/**
 * Behind `[[ … ]]` or `[=[ … ]=]`; undefined: none starts here, or nothing closes it.
 *
 * @param unclosed closings that are known to be missing in the rest of the text, so that none is searched twice
 */
function longEnd(text: string, start: number, unclosed: Set<string>): number | undefined {
  if (text.charAt(start) !== '[') return undefined;
  let level = start + 1;
  // A run of `=` longer than anybody writes would be counted again from each `[` before it.
  while (text.charAt(level) === '=' && level - start <= 32) level += 1;
  if (text.charAt(level) !== '[') return undefined;
  const closing = `]${text.slice(start + 1, level)}]`;
  if (unclosed.has(closing)) return undefined;
  const end = text.indexOf(closing, level + 1);
  if (end !== -1) return end + closing.length;
  unclosed.add(closing);
  return undefined;
}
