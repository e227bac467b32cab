/** C0 (but tab and line feed), DEL, C1, line and paragraph separators, and marks that reorder text. */
const unsafe = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

/**
 * Text that no terminal and no viewer takes for a command: control characters become their pictures (U+2400 …), others
 * that steer become U+FFFD. They stay visible, for a file that holds one is worth a second look. The carriage return of
 * a line end goes.
 */
export function harmless(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(unsafe, (character) => {
      const code = character.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x24_00 + code) : code === 0x7f ? '\u2421' : '\uFFFD';
    })
    .toWellFormed();
}

/** `harmless` on one line: line feeds and tabs are spaces. */
export function oneLine(text: string): string {
  return harmless(text).replaceAll(/\s+/g, ' ').trim();
}

/** At most `length` UTF-16 units, with an ellipsis where something was left out. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** `1 worker`, `2 workers`; `one` and `many` where an s does not do. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
