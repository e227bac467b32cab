import { width } from '../reports/table.ts';
import { clip } from '../reports/wrap.ts';

/** One line of at most `room` columns with its colours; they end where it is cut. */
export function clipStyled(text: string, room: number): string {
  if (width(text) <= room) return text;
  let left = room;
  let out = '';
  for (const [index, part] of text.split(/(\u001B\[[0-9;]*m)/).entries()) {
    if (index % 2 === 1) out += part;
    else if (width(part) < left) {
      out += part;
      left -= width(part);
    } else {
      // The space makes a part that fits just so too long: something follows, and is what the `…` stands for.
      out += clip(`${part} `, left);
      break;
    }
  }
  return out.includes('\u001B[') ? `${out}\u001B[0m` : out;
}
