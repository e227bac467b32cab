import { acrossRoom, drawAcross, drawUpright, fitAxis, tickRoom, type AxisOf, type Plot } from './axis.ts';
import { coordinate, crosses, drawing, element, label, textWidth, type Drawing, type Size } from './draw.ts';

export interface BarChart extends Drawing {
  x: AxisOf;
  y: AxisOf;
  /** What a bar is made of, from below; the style of the page has these classes. */
  parts: readonly { name: string; class: 'good' | 'limited' | 'bad' }[];
  /** From one value of `x` to another; a value for each part. */
  bars: readonly { from: number; to: number; values: readonly number[] }[];
}

/** Stacked bars over an axis, with a key above. */
export function barChart(chart: BarChart, size: Size): string {
  const { font, width } = size;
  const height = size.name === 'broad' ? 240 : 220;
  const rough = { left: 0, right: width - font * 1.2, top: font * 4, bottom: height - acrossRoom(size) };
  const y = fitAxis(chart.y, [rough.bottom, rough.top], size, false);
  const plot: Plot = { ...rough, left: tickRoom(y, size) + font * 0.7 };
  const x = fitAxis(chart.x, [plot.left, plot.right], size, true);
  const heightOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const rectangles = chart.parts.map((part, index) =>
    element('path', {
      class: `bar ${part.class}`,
      d: chart.bars
        .map(({ from, to, values }) => {
          if (!((values[index] ?? 0) > 0)) return '';
          const low = y.scale.at(heightOf(values.slice(0, index)));
          // A single failure among thousands is still to be seen.
          const high = Math.max(
            plot.top,
            Math.min(low - 2, y.scale.at(heightOf(values.slice(0, index + 1)))),
          );
          const left = x.scale.at(from);
          const full = x.scale.at(to) - left;
          const wide = Math.max(0.5, full - Math.min(1, full * 0.2));
          return `M${coordinate(left)} ${coordinate(low)}V${coordinate(high)}h${coordinate(wide)}V${coordinate(low)}Z`;
        })
        .join(''),
    }),
  );
  const bad = chart.parts.findIndex((part) => part.class === 'bad');
  const failed = chart.bars
    .filter(({ values }) => (values[bad] ?? 0) > 0)
    .map(({ from, to, values }) => {
      const top = y.scale.at(heightOf(values));
      return [x.scale.at((from + to) / 2), Math.max(plot.top - font * 0.4, top - font * 0.5)] as const;
    });
  return drawing(chart, size, height, [
    ...key(chart.parts, size),
    ...drawUpright(y, plot, size),
    ...rectangles,
    element('path', { class: 'cross', d: crosses(failed, 2.5) }),
    ...drawAcross(x, plot, size),
  ]);
}

/** What the colours mean, on the first line of the drawing. */
function key(parts: BarChart['parts'], { font }: Size): string[] {
  let x = 2;
  return parts.flatMap(({ name, class: kind }) => {
    const at = x;
    x += font * 2.8 + textWidth(name, font);
    return [
      element('path', {
        class: `bar ${kind}`,
        d: `M${coordinate(at)} ${coordinate(font * 0.4)}h${coordinate(font)}v${coordinate(font)}h${coordinate(-font)}Z`,
      }),
      label(name, at + font * 1.5, font * 1.25, { class: 'name' }),
    ];
  });
}
