import type { Style } from '../style.ts';
import { width } from './table.ts';

/** Text in lines of at most `room` columns; a word that is longer than a line is cut into pieces. */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => pieces(one, room))) {
    if (line !== '' && width(line) + 1 + width(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, room: number): string[] {
  if (width(word) <= room) return [word];
  const parts: string[] = [];
  let rest = word;
  while (width(rest) > room) {
    const head = startOf(rest, room);
    parts.push(head);
    rest = rest.slice(head.length);
  }
  return rest === '' ? parts : [...parts, rest];
}

/** As many characters as take at most `room` columns; one at least. */
function startOf(text: string, room: number): string {
  let end = 0;
  let used = 0;
  for (const character of text) {
    used += width(character);
    if (used > room && end > 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** One line of at most `room` columns; `…` stands for what was cut off. */
export function clip(text: string, room: number): string {
  return width(text) <= room ? text : `${startOf(text, room - 1)}…`;
}

/** Paints what stands between backticks, also when the lines were broken inside of it; a lone backtick is left alone. */
export function paintCode(lines: readonly string[], style: Style): string[] {
  let left = Math.floor((lines.join('').split('`').length - 1) / 2) * 2;
  let inside = false;
  return lines.map((line) =>
    line
      .split('`')
      .map((part, index) => {
        let tick = '';
        if (index > 0) {
          tick = '`';
          if (left > 0) {
            left -= 1;
            inside = !inside;
            // The closing backtick belongs to the code before it.
            if (!inside) return `${style('cyan', tick)}${part}`;
          }
        }
        const text = tick + part;
        return inside && text !== '' ? style('cyan', text) : text;
      })
      .join(''),
  );
}
