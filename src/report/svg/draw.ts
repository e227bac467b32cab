import { escapeHtml } from '../html/text.ts';
import { cut, oneLine } from '../../audit/text.ts';

/** A drawing's size, in its own units; on a screen of that width a unit is a pixel. */
export interface Size {
  /** Names the size in class names and ids. */
  name: 'broad' | 'narrow';
  width: number;
  /** Of text. */
  font: number;
}

/** Every chart is drawn twice, and the page shows the one that fits: text that shrinks with a drawing is not read. */
export const sizes: readonly Size[] = [
  { name: 'broad', width: 880, font: 13 },
  { name: 'narrow', width: 360, font: 12 },
];

/** The width of text, estimated so that hardly any font is wider. */
export function textWidth(text: string, font: number): number {
  let ems = 0;
  for (const character of text)
    ems += /[ilj.,:;'|!()[\] ]/.test(character)
      ? 0.36
      : /[mwMW@%\u2E80-\u{1FFFF}]/u.test(character)
        ? 1
        : 0.62;
  return ems * font;
}

/** As much of a text as fits into a width, on one line. */
export function fitText(text: string, width: number, font: number): string {
  const line = oneLine(text);
  // No more characters than the thinnest would fit.
  let length = Math.min(line.length, Math.max(1, Math.ceil(width / (font * 0.36))));
  while (length > 1 && textWidth(cut(line, length), font) > width) length -= 1;
  return cut(line, length);
}

/** A coordinate: at most one decimal. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; `content` is SVG. */
export function element(name: string, attributes: Attributes, content?: string): string {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [` ${key}="${typeof value === 'number' ? coordinate(value) : escapeHtml(value)}"`],
  );
  return `<${name}${pairs.join('')}${content === undefined ? '/>' : `>${content}</${name}>`}`;
}

export interface TextOptions {
  anchor?: 'start' | 'middle' | 'end';
  class?: string;
}

/** Text whose base line is at `y`. */
export function label(
  words: string,
  x: number,
  y: number,
  { anchor = 'start', class: name }: TextOptions = {},
): string {
  return element(
    'text',
    { x, y, class: name, 'text-anchor': anchor === 'start' ? undefined : anchor },
    escapeHtml(words),
  );
}

/** A path through points; `undefined` is a gap. */
export function pathOf(points: readonly (readonly [number, number] | undefined)[]): string {
  let begins = true;
  return points
    .map((point) => {
      if (point === undefined) {
        begins = true;
        return '';
      }
      const command = begins ? 'M' : 'L';
      begins = false;
      return `${command}${coordinate(point[0])} ${coordinate(point[1])}`;
    })
    .join('');
}

export interface Drawing {
  /** Unique in the page. */
  id: string;
  title: string;
  /** What the drawing shows, in words, for those who do not see it. */
  description: string;
}

/** A whole drawing of a size. */
export function drawing(
  { id, title, description }: Drawing,
  size: Size,
  height: number,
  content: readonly string[],
): string {
  const own = `${id}-${size.name}`;
  return element(
    'svg',
    {
      class: `chart ${size.name}`,
      viewBox: `0 0 ${coordinate(size.width)} ${coordinate(height)}`,
      role: 'img',
      'aria-labelledby': `${own}-title ${own}-desc`,
      'font-size': size.font,
    },
    [
      '',
      element('title', { id: `${own}-title` }, escapeHtml(title)),
      element('desc', { id: `${own}-desc` }, escapeHtml(description)),
      ...content,
      '',
    ].join('\n'),
  );
}

/** Crosses of a size at points: what failed, told by shape as well as by colour. */
export function crosses(points: readonly (readonly [number, number])[], half: number): string {
  const [side, back] = [coordinate(half * 2), coordinate(-half * 2)];
  return points
    .map(
      ([x, y]) =>
        `M${coordinate(x - half)} ${coordinate(y - half)}l${side} ${side}m${back} 0l${side} ${back}`,
    )
    .join('');
}
