import {
  acrossRoom,
  drawAcross,
  drawUpright,
  fitAxis,
  tickRoom,
  type Axis,
  type AxisOf,
  type Plot,
} from './axis.ts';
import {
  coordinate,
  crosses,
  drawing,
  element,
  fitText,
  label,
  textWidth,
  type Drawing,
  type Size,
} from './draw.ts';

export interface GanttChart extends Drawing {
  /** From 0; seconds. */
  x: AxisOf;
  groups: readonly { name: string; rows: readonly GanttRow[] }[];
  /** Moments that go through everything, seconds; numbered in this order. */
  moments: readonly number[];
  /** A second part below, with the same axis. */
  dots?: {
    y: AxisOf;
    /** Seconds and values. */
    good: readonly (readonly [number, number])[];
    /** Seconds; they have a lane of their own, above the values. */
    bad: readonly number[];
  };
}

export interface GanttRow {
  name: string;
  /** Behind the bar: `4.2 s`. */
  note: string;
  from: number;
  to: number;
  ok: boolean;
}

/** What was done when, and below it what was measured meanwhile. */
export function ganttChart(chart: GanttChart, size: Size): string {
  const { font, width } = size;
  const broad = size.name === 'broad';
  const rowHeight = broad ? font * 1.7 : font * 2.8;
  const names = chart.groups.flatMap(({ name, rows }) => [name, ...rows.map((row) => row.name)]);
  const column = broad
    ? Math.min(width * 0.4, Math.max(0, ...names.map((name) => textWidth(name, font))))
    : 0;
  const dotsHeight = broad ? 150 : 120;
  const valueRoom = chart.dots ? tickRoom(fitAxis(chart.dots.y, [dotsHeight, 0], size, false), size) : 0;
  const left = Math.max(column, valueRoom, chart.dots ? textWidth('failed', font) : 0) + font;
  const right = width - font * 1.5;
  const x = fitAxis(chart.x, [left, right], size, true);
  const moments = inLanes(
    chart.moments.map((at) => x.scale.at(at)),
    font * 1.7,
  );
  const top = font * (0.6 + 1.7 * Math.max(0, ...moments.map(({ lane }) => lane + 1)));
  const rows = chart.groups.reduce((sum, group) => sum + group.rows.length, 0);
  const barsEnd = top + chart.groups.length * font * groupHeight + rows * rowHeight;
  const dotsTop = barsEnd + font * 4.5;
  const bottom = chart.dots ? dotsTop + dotsHeight : barsEnd + font * 0.5;
  const plot: Plot = { left, right, top, bottom };
  return drawing(chart, size, bottom + acrossRoom(size), [
    ...momentLines(moments, plot, size),
    ...bars(chart, { x, plot, size, rowHeight }),
    ...(chart.dots
      ? samples(chart.dots, {
          x,
          y: fitAxis(chart.dots.y, [bottom, dotsTop], size, false),
          plot: { ...plot, top: dotsTop },
          size,
        })
      : []),
    ...drawAcross(x, plot, size),
  ]);
}

/** Of a group's name, in font sizes. */
const groupHeight = 1.9;

interface Fitted {
  x: Axis;
  plot: Plot;
  size: Size;
}

function bars(
  { groups }: GanttChart,
  { x, plot, size, rowHeight }: Fitted & { rowHeight: number },
): string[] {
  const { font } = size;
  const broad = size.name === 'broad';
  const parts: string[] = [];
  let y = plot.top;
  for (const { name, rows } of groups) {
    parts.push(
      element('path', { class: 'grid', d: `M2 ${coordinate(y + font * 0.3)}H${coordinate(plot.right)}` }),
      label(fitText(name, size.width - 4, font), 2, y + font * 1.4, { class: 'group' }),
    );
    y += font * groupHeight;
    for (const row of rows) {
      const from = x.scale.at(row.from);
      const wide = Math.max(2, x.scale.at(row.to) - from);
      const barTop = broad ? y + font * 0.25 : y + font * 1.6;
      const note = row.ok ? row.note : `failed, ${row.note}`;
      parts.push(
        label(fitText(row.name, broad ? plot.left - font : plot.right - 2, font), 2, y + font * 1.15, {
          class: 'row',
        }),
        element('rect', {
          class: row.ok ? 'bar step' : 'bar bad',
          x: Math.min(from, plot.right - wide),
          y: barTop,
          width: wide,
          height: broad ? font * 1.1 : font * 0.9,
          rx: 2,
        }),
        behind(note, { from, end: from + wide }, { y: barTop + font * (broad ? 0.9 : 0.8), plot, font }),
      );
      y += rowHeight;
    }
  }
  return parts;
}

/** A note stands right of its bar; without room there, left of it. */
function behind(
  note: string,
  { from, end }: { from: number; end: number },
  { y, plot, font }: { y: number; plot: Plot; font: number },
): string {
  const wide = textWidth(note, font);
  const gap = font * 0.4;
  if (end + gap + wide <= plot.right + font) return label(note, end + gap, y, { class: 'tick' });
  if (from - gap - wide >= plot.left) return label(note, from - gap, y, { anchor: 'end', class: 'tick' });
  return label(note, end - gap, y, { anchor: 'end', class: 'inside' });
}

function samples(
  { good, bad }: NonNullable<GanttChart['dots']>,
  { x, y, plot, size }: Fitted & { y: Axis },
): string[] {
  const { font } = size;
  const lane = plot.top - font * 1.6;
  return [
    label(y.title, plot.left, lane - font * 0.9, { class: 'axis' }),
    label('failed', plot.left - font * 0.5, lane + font * 0.35, { anchor: 'end', class: 'tick' }),
    element('path', {
      class: 'grid',
      d: `M${coordinate(plot.left)} ${coordinate(lane)}H${coordinate(plot.right)}`,
    }),
    ...drawUpright({ ...y, title: '' }, plot, size),
    element('path', {
      class: 'dots',
      // Strokes without length and with round ends are dots, at a fraction of the text that circles take.
      d: good
        .map(([at, value]) => `M${coordinate(x.scale.at(at))} ${coordinate(y.scale.at(value))}h0`)
        .join(''),
    }),
    element('path', {
      class: 'cross',
      d: crosses(
        bad.map((at) => [x.scale.at(at), lane]),
        3,
      ),
    }),
  ];
}

interface Moment {
  x: number;
  lane: number;
}

/** Numbers that are too near to the one before go a lane up. */
function inLanes(places: readonly number[], apart: number): Moment[] {
  const last: number[] = [];
  return places.map((x) => {
    const free = last.findIndex((other) => x - other >= apart);
    const lane = free === -1 ? last.length : free;
    last[lane] = x;
    return { x, lane };
  });
}

/** A dashed line through everything, with its number in a disc at the top. */
function momentLines(moments: readonly Moment[], plot: Plot, { font }: Size): string[] {
  return moments.flatMap(({ x, lane }, index) => {
    const middle = plot.top - font * (0.9 + lane * 1.7);
    return [
      element('path', {
        class: 'moment',
        d: `M${coordinate(x)} ${coordinate(middle)}V${coordinate(plot.bottom)}`,
      }),
      element('circle', { class: 'moment-disc', cx: x, cy: middle, r: font * 0.75 }),
      label(String(index + 1), x, middle + font * 0.35, { anchor: 'middle', class: 'moment-number' }),
    ];
  });
}
