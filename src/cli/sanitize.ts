/* Everything that a server, a repository or a registry sent may hold bytes that drive a terminal. */

// CSI, OSC/DCS/SOS/PM/APC strings (ended by BEL or ST, or cut off), then any other two-character escape.
const escapes =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C\n]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]?/g;
// C0 and C1 controls but tab and line feed; marks that reorder text (a log line could read as another one).
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const colour = /\u001B\[[0-9;]*m/;

/** One line as a terminal would leave it: what a progress bar overwrote with carriage returns is gone. */
function lastDrawn(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').findLast((part) => part.trim() !== '') ?? '';
}

/** Text without escape sequences, control characters and direction marks; line feeds and tabs stay. */
export function sanitize(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(lastDrawn)
    .join('\n')
    .replaceAll(escapes, '')
    .replaceAll(controls, '');
}

/** `sanitize` for one line of output: a line feed becomes a space, a tab two. */
export function sanitizeLine(text: string): string {
  return sanitize(text).replaceAll('\n', ' ').replaceAll('\t', '  ').trimEnd();
}

/** The last guard before a report is printed: keeps our colours, removes every other escape and control. */
export function sanitizeReport(text: string): string {
  return text
    .split(new RegExp(`(${colour.source})`))
    .map((part, index) => (index % 2 === 1 ? part : sanitize(part)))
    .join('');
}
