import { acrossRoom, drawAcross, drawUpright, fitAxis, tickRoom, type AxisOf, type Plot } from './axis.ts';
import {
  coordinate,
  drawing,
  element,
  fitText,
  label,
  pathOf,
  textWidth,
  type Drawing,
  type Size,
} from './draw.ts';
import type { Scale } from './scale.ts';

/** A line of values; `undefined` is a gap. */
export interface Series {
  /** Stands at the line's end. */
  name: string;
  /** Colour and dash: the style of the page has `s0` to `s5`. */
  style: number;
  points: readonly (readonly [number, number] | undefined)[];
}

export interface LineChart extends Drawing {
  x: AxisOf;
  y: AxisOf;
  series: readonly Series[];
  /** The area between two values, behind the lines. */
  band?: { style: number; points: readonly (readonly [x: number, low: number, high: number] | undefined)[] };
  /** A value that the lines are to be seen against. */
  limit?: { name: string; value: number };
}

/** Lines over an axis, each named at its end, so that no legend has to be matched by colour. */
export function lineChart(chart: LineChart, size: Size): string {
  const { font, width } = size;
  const height = size.name === 'broad' ? 320 : 260;
  const names = [...chart.series.map(({ name }) => name), ...(chart.limit ? [chart.limit.name] : [])];
  const room = Math.min(width * 0.3, Math.max(0, ...names.map((name) => textWidth(name, font))));
  const rough = { left: 0, right: width - room - font, top: font * 2.4, bottom: height - acrossRoom(size) };
  const y = fitAxis(chart.y, [rough.bottom, rough.top], size, false);
  const plot: Plot = { ...rough, left: tickRoom(y, size) + font * 0.7 };
  const x = fitAxis(chart.x, [plot.left, plot.right], size, true);
  // The last number of the axis is as wide to the right as to the left of its mark.
  const place = ([at, value]: readonly [number, number]): readonly [number, number] => [
    x.scale.at(at),
    y.scale.at(value),
  ];
  const ends = chart.series.map(({ name, style, points }) => {
    const last = points.findLast((point) => point !== undefined);
    return { name, class: `s${style}`, y: last === undefined ? plot.bottom : y.scale.at(last[1]) };
  });
  if (chart.limit) ends.push({ name: chart.limit.name, class: 'limit', y: y.scale.at(chart.limit.value) });
  return drawing(chart, size, height, [
    ...drawUpright(y, plot, size),
    ...drawAcross(x, plot, size),
    ...(chart.band
      ? bandPaths(chart.band.points, x.scale, y.scale).map((d) =>
          element('path', { class: `band s${chart.band?.style ?? 0}`, d }),
        )
      : []),
    ...(chart.limit
      ? [
          element('path', {
            class: 'mark limit',
            d: `M${coordinate(plot.left)} ${coordinate(y.scale.at(chart.limit.value))}H${coordinate(plot.right)}`,
          }),
        ]
      : []),
    ...chart.series.map(({ style, points }) =>
      element('path', {
        class: `mark s${style}`,
        d: pathOf(points.map((point) => (point === undefined ? undefined : place(point)))),
      }),
    ),
    ...chart.series.flatMap(({ style, points }) =>
      alone(points).map((point) => {
        const [cx, cy] = place(point);
        return element('circle', { class: `dot s${style}`, cx, cy, r: 2.5 });
      }),
    ),
    ...spread(ends, { top: plot.top, bottom: plot.bottom, apart: font * 1.25 }).map((end) =>
      label(fitText(end.name, room, font), plot.right + font * 0.5, end.y + font * 0.35, {
        class: `name ${end.class}`,
      }),
    ),
  ]);
}

/** Points with a gap on both sides, which no line shows. */
function alone(points: Series['points']): (readonly [number, number])[] {
  return points.flatMap((point, index) =>
    point !== undefined && points[index - 1] === undefined && points[index + 1] === undefined ? [point] : [],
  );
}

/** One outline for each stretch without a gap. */
function bandPaths(points: NonNullable<LineChart['band']>['points'], x: Scale, y: Scale): string[] {
  const stretches: (readonly [number, number, number])[][] = [[]];
  for (const point of points) {
    if (point === undefined) stretches.push([]);
    else stretches.at(-1)?.push(point);
  }
  return stretches
    .filter((stretch) => stretch.length > 1)
    .map((stretch) => {
      const upper = stretch.map(([at, , high]) => [x.at(at), y.at(high)] as const);
      const lower = stretch.map(([at, low]) => [x.at(at), y.at(low)] as const).toReversed();
      return `${pathOf([...upper, ...lower])}Z`;
    });
}

/** Moves labels up or down until none covers another, in the order of their values. */
export function spread<Label extends { y: number }>(
  labels: readonly Label[],
  { top, bottom, apart }: { top: number; bottom: number; apart: number },
): Label[] {
  const sorted = labels.toSorted((one, other) => one.y - other.y);
  const placed: Label[] = [];
  for (const one of sorted)
    placed.push({ ...one, y: Math.max(one.y, top, (placed.at(-1)?.y ?? -Infinity) + apart) });
  // Back from the lower end, where the last ones may have been pushed out.
  let limit = bottom;
  return placed
    .toReversed()
    .map((one) => {
      const y = Math.min(one.y, limit);
      limit = y - apart;
      return { ...one, y };
    })
    .toReversed();
}
