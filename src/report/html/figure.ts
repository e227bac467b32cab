import { sizes, type Size } from '../svg/draw.ts';
import { escapeHtml } from './text.ts';

/** Text, or text with a verdict that it says in words too. */
export type Cell = string | { text: string; kind: 'good' | 'bad' };

/** Rows of figures under a chart or by themselves. Cells are text; those of `numeric` columns stand right. */
export interface FigureTable {
  /** Names the table for those who cannot see where it stands. */
  caption: string;
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** Columns whose cells are words. */
  words?: readonly number[];
}

export function figureTable({ caption, head, rows, words = [0] }: FigureTable): string {
  const classes = (index: number, cell?: Cell): string => {
    const names = [
      ...(words.includes(index) ? [] : ['number']),
      ...(typeof cell === 'object' ? [cell.kind] : []),
    ];
    return names.length === 0 ? '' : ` class="${names.join(' ')}"`;
  };
  const body = rows.map((cells) =>
    cells
      .map((cell, index) => {
        const text = escapeHtml(typeof cell === 'string' ? cell : cell.text);
        return index === 0
          ? `<th scope="row"${classes(index, cell)}>${text}</th>`
          : `<td${classes(index, cell)}>${text}</td>`;
      })
      .join(''),
  );
  return [
    // It can be scrolled with the keyboard.
    `<div class="wide" role="region" aria-label="${escapeHtml(caption)}" tabindex="0"><table class="figures">`,
    `<thead><tr>${head.map((cell, index) => `<th scope="col"${classes(index)}>${escapeHtml(cell)}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...body.map((cells) => `<tr>${cells}</tr>`),
    '</tbody></table></div>',
  ].join('\n');
}

export interface Figure {
  /** Above the chart. */
  title: string;
  /** Below it: what to look at. Plain text. */
  note?: string;
  draw: (size: Size) => string;
  table: FigureTable;
}

/** A chart in every size, of which the page shows one, and its figures as a table. */
export function figure({ title, note, draw, table }: Figure): string {
  return [
    '<figure>',
    `<figcaption><strong>${escapeHtml(title)}</strong>${note === undefined ? '' : ` <span class="quiet">${escapeHtml(note)}</span>`}</figcaption>`,
    ...sizes.map(draw),
    `<details><summary>The figures as a table</summary>`,
    figureTable(table),
    '</details>',
    '</figure>',
  ].join('\n');
}

export interface Tile {
  value: string;
  words: string;
  /** Colours the value; the words tell the same. */
  kind?: 'good' | 'critical' | 'medium' | undefined;
}

/** The figures that a reader takes away, in large. */
export function tileList(tiles: readonly Tile[], name: string): string {
  const items = tiles.map(
    ({ value, words, kind }) =>
      `<li${kind === undefined ? '' : ` class="${kind}"`}><strong>${escapeHtml(value)}</strong> ${escapeHtml(words)}</li>`,
  );
  return `<ul class="tiles" aria-label="${escapeHtml(name)}">${items.join('')}</ul>`;
}

/** A section with its heading; `content` is HTML. */
export function section(id: string, title: string, content: readonly string[]): string[] {
  return [
    `<section aria-labelledby="${id}">`,
    `<h2 id="${id}">${escapeHtml(title)}</h2>`,
    ...content,
    '</section>',
  ];
}
