/** A value's place on an axis, and the values that the axis names. */
export interface Scale {
  readonly domain: readonly [number, number];
  /** Along the axis, in units of the drawing. Values outside of the domain are put at its end. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** From where to where an axis goes, in units of the drawing. */
export type Range = readonly [number, number];

/** Round numbers (1, 2 or 5 times a power of ten) from `min` to `max`, at most `most` of them. */
export function roundTicks(min: number, max: number, most: number): number[] {
  const span = max - min;
  if (!(span > 0) || !Number.isFinite(span)) return [min];
  const step = roundStep(span / Math.max(1, most - 1));
  return multiples(step, min, max);
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Something to draw an axis for; steps of less than the smallest numbers would not be numbers. */
function isExtent(max: number): boolean {
  return max > 1e-9 && Number.isFinite(max);
}

function multiples(step: number, min: number, max: number): number[] {
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  // Counted, not added up: 0.1 + 0.2 is no round number.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => exact((first + index) * step));
}

function exact(value: number): number {
  return Number(value.toPrecision(12));
}

/** From 0 to the round number above `max`. */
export function linearScale(max: number, range: Range, most: number): Scale {
  const top = isExtent(max) ? max : 1;
  const step = roundStep(top / Math.max(1, most - 1));
  const end = exact(Math.ceil(top / step - 1e-9) * step);
  return scale([0, end], multiples(step, 0, end), range, (value) => value);
}

/** Logarithmic, from the 1, 2 or 5 below `min` to the one above `max`; both are above 0. */
export function logScale(min: number, max: number, range: Range, most: number): Scale {
  const low = Math.max(min, 1e-6);
  const high = Math.max(max, low);
  const marks = logMarks([1, 2, 5], low, high);
  const from = marks.findLast((mark) => mark <= low * (1 + 1e-9)) ?? low;
  const to = marks.find((mark) => mark >= high * (1 - 1e-9) && mark > from) ?? from * 10;
  const within = (factors: readonly number[]): number[] =>
    logMarks(factors, from, to).filter((mark) => mark >= from * (1 - 1e-9) && mark <= to * (1 + 1e-9));
  const all = within([1, 2, 5]);
  const ticks = all.length <= most ? all : thin(within([1]), most);
  return scale([from, to], ticks, range, (value) => Math.log10(Math.max(value, from)));
}

function logMarks(factors: readonly number[], low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high)) + 1;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((power) =>
    factors.map((factor) => exact(factor * 10 ** power)),
  );
}

/** Steps of time that a clock has, seconds. */
const timeSteps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400,
];

/** Seconds from 0 to exactly `max`. */
export function timeScale(max: number, range: Range, most: number): Scale {
  const end = isExtent(max) ? max : 1;
  const step =
    timeSteps.find((one) => end / one <= Math.max(1, most - 1)) ?? roundStep(end / Math.max(1, most - 1));
  return scale([0, end], multiples(step, 0, end), range, (value) => value);
}

/** The percentiles that an axis may name, the most telling first. */
const percentiles = [50, 99, 90, 99.9, 99.99, 95, 75];

/**
 * From the median to `max` percent, by how rare the rest is: 90, 99 and 99.9 % are as far from each other.
 *
 * @param apart how far two ticks must be from each other
 */
export function percentileScale(max: number, range: Range, apart: number): Scale {
  const end = Math.min(Math.max(max, 75), 99.999);
  const nines = (percent: number): number => -Math.log10(1 - Math.min(percent, 99.999) / 100);
  const bare = scale([50, end], [], range, nines);
  const ticks: number[] = [];
  for (const percent of percentiles)
    if (percent <= end && ticks.every((other) => Math.abs(bare.at(other) - bare.at(percent)) >= apart))
      ticks.push(percent);
  return { ...bare, ticks: ticks.toSorted((one, other) => one - other) };
}

function scale(
  domain: readonly [number, number],
  ticks: readonly number[],
  [from, to]: Range,
  of: (value: number) => number,
): Scale {
  const [low, high] = [of(domain[0]), of(domain[1])];
  const at = (value: number): number => {
    const known = Number.isFinite(value) ? value : value > 0 ? domain[1] : domain[0];
    const share = (of(known) - low) / (high - low);
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  };
  return { domain, at, ticks };
}

function thin<Item>(items: readonly Item[], most: number): Item[] {
  const every = Math.ceil(items.length / Math.max(1, most));
  return items.filter((_, index) => index % every === 0);
}
