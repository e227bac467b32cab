/** What a drawing of ours puts where, in its own units. */
export interface DrawnText {
  text: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Drawn {
  width: number;
  height: number;
  texts: DrawnText[];
  /** Every point of a path, corner of a rectangle, and end of a circle. */
  points: { x: number; y: number }[];
}

/** Reads a drawing with the elements that ours have: text, path (M, L, H, V, h, v, l, m, Z), rect, circle. */
export function readDrawing(svg: string): Drawn {
  const [, width = '0', height = '0'] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const font = Number(/font-size="([\d.]+)"/.exec(svg)?.[1] ?? 0);
  return {
    width: Number(width),
    height: Number(height),
    texts: [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = '', text = '']) =>
      textBox(attributes, text, font),
    ),
    points: [
      ...[...svg.matchAll(/ d="([^"]*)"/g)].flatMap(([, d = '']) => pathPoints(d)),
      ...[...svg.matchAll(/<rect ([^>]*)\/>/g)].flatMap(([, attributes = '']) => {
        const [x, y, w, h] = ['x', 'y', 'width', 'height'].map((name) => valueOf(attributes, name));
        return [
          { x: x ?? NaN, y: y ?? NaN },
          { x: (x ?? NaN) + (w ?? NaN), y: (y ?? NaN) + (h ?? NaN) },
        ];
      }),
      ...[...svg.matchAll(/<circle ([^>]*)\/>/g)].flatMap(([, attributes = '']) => {
        const [x = NaN, y = NaN, r = NaN] = ['cx', 'cy', 'r'].map((name) => valueOf(attributes, name));
        return [
          { x: x - r, y: y - r },
          { x: x + r, y: y + r },
        ];
      }),
    ],
  };
}

function valueOf(attributes: string, name: string): number {
  return Number(new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1] ?? NaN);
}

/** Widths of the common sans-serif fonts: digits 0.556 of the size in Helvetica, 0.636 in DejaVu Sans. */
function textBox(attributes: string, escaped: string, font: number): DrawnText {
  const text = escaped.replaceAll(/&#?\w+;/g, 'x');
  const wide = text.length * font * 0.58;
  const [x, y] = [valueOf(attributes, 'x'), valueOf(attributes, 'y')];
  const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? 'start';
  const left = anchor === 'end' ? x - wide : anchor === 'middle' ? x - wide / 2 : x;
  return { text, left, right: left + wide, top: y - font * 0.75, bottom: y + font * 0.2 };
}

function pathPoints(d: string): { x: number; y: number }[] {
  let [x, y] = [0, 0];
  return [...d.matchAll(/([MLHVhvlmZ])([^MLHVhvlmZ]*)/g)].flatMap(([, command, rest = '']) => {
    const [one = NaN, other = NaN] = (rest.match(/-?[\d.]+/g) ?? []).map(Number);
    if (command === 'Z') return [];
    if (command === 'M' || command === 'L') [x, y] = [one, other];
    else if (command === 'l' || command === 'm') [x, y] = [x + one, y + other];
    else if (command === 'H') x = one;
    else if (command === 'h') x += one;
    else if (command === 'V') y = one;
    else y += one;
    return [{ x, y }];
  });
}

/** Pairs of texts of which one covers the other. */
export function overlaps(texts: readonly DrawnText[]): string[] {
  return texts.flatMap((one, index) =>
    texts
      .slice(index + 1)
      .filter(
        (other) =>
          one.left < other.right &&
          other.left < one.right &&
          one.top < other.bottom &&
          other.top < one.bottom,
      )
      .map((other) => `${one.text} / ${other.text}`),
  );
}
