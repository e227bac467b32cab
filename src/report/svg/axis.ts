import { coordinate, element, label, textWidth, type Size } from './draw.ts';
import { linearScale, logScale, percentileScale, timeScale, type Range, type Scale } from './scale.ts';

/** What an axis measures. Times are seconds. */
export interface AxisOf {
  kind: 'linear' | 'log' | 'time' | 'percentile';
  min: number;
  max: number;
  /** With the unit: `latency, ms`. */
  title: string;
}

/** The inner part of a chart, where the values are. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** An axis fitted into a drawing. */
export interface Axis {
  scale: Scale;
  title: string;
  tickText: (value: number) => string;
}

/** Above this many seconds, a time axis counts minutes. */
const minutesFrom = 180;

/** @param across whether it goes from left to right */
export function fitAxis(of: AxisOf, range: Range, { font }: Size, across: boolean): Axis {
  const length = Math.abs(range[1] - range[0]);
  const most = across
    ? Math.max(2, Math.floor(length / (font * 5)))
    : Math.max(3, Math.floor(length / (font * 3)));
  if (of.kind === 'percentile')
    return {
      scale: percentileScale(of.max, range, font * 3.6),
      title: of.title,
      tickText: (value) => `p${value}`,
    };
  if (of.kind === 'time') {
    const minutes = of.max > minutesFrom;
    return {
      scale: timeScale(of.max, range, most),
      title: `${of.title}, ${minutes ? 'minutes' : 'seconds'}`,
      tickText: (value) => tickText(minutes ? value / 60 : value),
    };
  }
  if (of.kind === 'log')
    return { scale: logScale(of.min, of.max, range, most), title: `${of.title} (log scale)`, tickText };
  return { scale: linearScale(of.max, range, most), title: of.title, tickText };
}

/** `0.5`, `1,000`. */
export function tickText(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 6 });
}

/** How much room the numbers of an upright axis take. */
export function tickRoom({ scale, tickText: text }: Axis, { font }: Size): number {
  return Math.max(...scale.ticks.map((tick) => textWidth(text(tick), font)));
}

/** The lines and numbers of an upright axis, its title above; the lines go across the plot. */
export function drawUpright({ scale, title, tickText: text }: Axis, plot: Plot, { font }: Size): string[] {
  return [
    ...(title === '' ? [] : [label(title, 2, plot.top - font * 0.9, { class: 'axis' })]),
    element('path', {
      class: 'grid',
      d: scale.ticks
        .map((tick) => `M${coordinate(plot.left)} ${coordinate(scale.at(tick))}H${coordinate(plot.right)}`)
        .join(''),
    }),
    ...scale.ticks.map((tick) =>
      label(text(tick), plot.left - font * 0.5, scale.at(tick) + font * 0.35, {
        anchor: 'end',
        class: 'tick',
      }),
    ),
  ];
}

/** The line, marks and numbers of an axis below the plot, its title under them. */
export function drawAcross({ scale, title, tickText: text }: Axis, plot: Plot, { font }: Size): string[] {
  const numbers = plot.bottom + font * 1.5;
  return [
    element('path', {
      class: 'line',
      d: [
        `M${coordinate(plot.left)} ${coordinate(plot.bottom)}H${coordinate(plot.right)}`,
        ...scale.ticks.map(
          (tick) => `M${coordinate(scale.at(tick))} ${coordinate(plot.bottom)}v${coordinate(font * 0.35)}`,
        ),
      ].join(''),
    }),
    ...scale.ticks.map((tick) =>
      label(text(tick), scale.at(tick), numbers, { anchor: 'middle', class: 'tick' }),
    ),
    label(title, plot.right, numbers + font * 1.5, { anchor: 'end', class: 'axis' }),
  ];
}

/** Room that `drawAcross` takes below the plot. */
export function acrossRoom({ font }: Size): number {
  return font * 3.5;
}
