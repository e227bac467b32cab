/** Python source with strings and comments blanked, so that words in them mean nothing. Same length; linear time. */
export function codeOnly(text: string): string {
  const pieces: string[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    const end =
      character === '#'
        ? lineEnd(text, position)
        : character === '"' || character === "'"
          ? stringEnd(text, position)
          : undefined;
    if (end === undefined) {
      let plain = position + 1;
      while (plain < text.length && !'#"\''.includes(text.charAt(plain))) plain += 1;
      pieces.push(text.slice(position, plain));
      position = plain;
    } else {
      pieces.push(text.slice(position, end).replaceAll(/[^\n]/g, ' '));
      position = end;
    }
  }
  return pieces.join('');
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

function stringEnd(text: string, start: number): number {
  const quote = text.charAt(start);
  const triple = quote.repeat(3);
  if (text.startsWith(triple, start)) {
    const end = text.indexOf(triple, start + 3);
    return end === -1 ? text.length : end + 3;
  }
  for (let end = start + 1; end < text.length; end += 1) {
    const character = text.charAt(end);
    if (character === '\\') end += 1;
    else if (character === quote) return end + 1;
    else if (character === '\n') return end;
  }
  return text.length;
}
