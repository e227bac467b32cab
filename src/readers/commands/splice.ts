import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import type { AppServer } from './app-server.ts';
import { findFlag } from './flags.ts';
import type { CommandWord } from './word.ts';

/** One flag to set; `value` null takes it away, true sets a flag without a value. */
export interface FlagChange {
  /** The spelling to write, then others that it may have: `['--workers', '-w']`. */
  names: readonly [string, ...string[]];
  value: string | number | true | null;
}

/** What needs no quoting in a shell, in JSON or in YAML, whatever surrounds it. */
const plain = /^[A-Za-z0-9_@%+=:./-]+$/;

/**
 * Sets a flag of a server's command where it is written: in the JSON array or shell form of a Dockerfile's CMD, in a
 * list or string of Compose, in a line of a script. An existing flag keeps its spelling and gets the value; a default
 * in a variable (`${WORKERS:-1}`) is changed there; otherwise the flag goes to the end of the command.
 * Several calls may be combined: insertions at one place keep their order.
 *
 * Empty: the command cannot be changed by a splice (it comes from an image, from code, through an anchor of several
 * services, or from a variable without default); then a person has to.
 *
 * @param flag its long spelling (`--keep-alive`); a short one is found too when `aliases` has it
 */
export function setFlag(
  server: AppServer,
  files: Files,
  flag: string,
  value: string | number,
  aliases: readonly string[] = [],
): readonly Edit[] {
  return changeFlags(server, files, [{ names: [flag, ...aliases], value }]);
}

/** Several flags at once; all or none: empty when one of them cannot be changed. */
export function changeFlags(
  server: AppServer,
  files: Files,
  changes: readonly FlagChange[],
): readonly Edit[] {
  if (server.call || !server.places.every((word) => isWhereItSays(word, files))) return [];
  const edits: Edit[] = [];
  const added: FlagChange[] = [];
  const removed = new Set<number>();
  for (const change of changes) {
    if (change.value !== null && change.value !== true && !plain.test(String(change.value))) return [];
    const valued = typeof change.value !== 'boolean' && change.value !== null;
    const place = findFlag(server.places, change.names, valued);
    if (!place) {
      if (change.value !== null) added.push(change);
    } else if (change.value === null)
      for (let index = place.from; index < place.to; index += 1) removed.add(index);
    else if (valued) {
      if (!place.valueAt) return [];
      const edit = valueEdit(files, place.valueAt, String(change.value));
      if (!edit) return [];
      edits.push(edit);
    }
  }
  for (const index of removed) {
    const edit = removal(server.places, index, files);
    if (!edit) return [];
    edits.push(edit);
  }
  if (added.length === 0) return edits;
  const anchor = server.places.findLastIndex((_, index) => !removed.has(index));
  const words = added.flatMap(({ names: [name], value }) =>
    value === true ? [name] : [name, String(value)],
  );
  const insertion = insertionBehind(server.places[anchor], words, files);
  return insertion ? [...edits, insertion] : [];
}

/** The file is there, and has the word where it was read. */
function isWhereItSays({ outer, form, source }: CommandWord, files: Files): boolean {
  // The shell of a shell form is written nowhere.
  if (form === undefined || !outer) return false;
  const text = files.read(outer.path);
  return text !== undefined && outer.end <= text.length && source !== undefined;
}

function valueEdit(files: Files, at: NonNullable<CommandWord['outer']>, value: string): Edit | undefined {
  const written = files.read(at.path)?.slice(at.start, at.end) ?? '';
  if (!written.includes('$') && !written.includes('`')) return { ...at, text: value };
  // Of a variable with a default, the default.
  const inner = /^\$\{[A-Za-z_][A-Za-z0-9_]*:?-/.exec(written);
  const fallback = inner ? written.slice(inner[0].length, -1) : '';
  if (!inner || !written.endsWith('}') || !/^\d+$/.test(fallback)) return undefined;
  return { ...at, start: at.start + inner[0].length, end: at.end - 1, text: value };
}

function removal(words: readonly CommandWord[], index: number, files: Files): Edit | undefined {
  const word = words[index];
  const before = words[index - 1];
  if (!word?.outer || !before?.outer || before.outer.path !== word.outer.path) return undefined;
  const text = files.read(word.outer.path) ?? '';
  const line = blockItem(text, word);
  if (line) {
    const end = text.indexOf('\n', word.outer.end);
    return { path: word.outer.path, start: line.start, end: end === -1 ? text.length : end + 1, text: '' };
  }
  const between = text.slice(before.outer.end, word.outer.start);
  // A comment between two words of a command stays.
  if (between.includes('#') || before.form !== word.form) return undefined;
  return { path: word.outer.path, start: before.outer.end, end: word.outer.end, text: '' };
}

function insertionBehind(
  anchor: CommandWord | undefined,
  words: readonly string[],
  files: Files,
): Edit | undefined {
  const { outer, form } = anchor ?? {};
  const text = outer && files.read(outer.path);
  if (!anchor || !outer || text === undefined) return undefined;
  const at = { path: outer.path, start: outer.end, end: outer.end };
  if (form === 'exec') return { ...at, text: words.map((word) => `, "${word}"`).join('') };
  if (form !== 'compose-list') return { ...at, text: words.map((word) => ` ${word}`).join('') };
  const quote = text[outer.start] === '"' ? '"' : "'";
  const items = words.map((word) =>
    // Compose wants strings; YAML would read a number.
    /^[A-Za-z-][A-Za-z0-9_./-]*$/.test(word) && !['"', "'"].includes(text[outer.start] ?? '')
      ? word
      : `${quote}${word}${quote}`,
  );
  const line = blockItem(text, anchor);
  if (!line) return { ...at, text: items.map((item) => `, ${item}`).join('') };
  const newline = text.indexOf('\n', outer.end);
  let end = newline === -1 ? text.length : newline;
  const crlf = text[end - 1] === '\r';
  if (crlf) end -= 1;
  const lineBreak = crlf ? '\r\n' : '\n';
  return {
    path: outer.path,
    start: end,
    end,
    text: items.map((item) => `${lineBreak}${line.prefix}${item}`).join(''),
  };
}

/** The line of a `- word` item; undefined: the list is in brackets. */
function blockItem(
  text: string,
  { outer, form }: CommandWord,
): { start: number; prefix: string } | undefined {
  if (form !== 'compose-list' || !outer) return undefined;
  const start = text.lastIndexOf('\n', outer.start - 1) + 1;
  const prefix = text.slice(start, outer.start);
  return /^[ \t]*-[ \t]+$/.test(prefix) ? { start, prefix } : undefined;
}
