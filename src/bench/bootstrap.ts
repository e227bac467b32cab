import { drawBeta, normal975, student975, type Random } from './draws.ts';
import { quantile, type Counts } from './histogram-counts.ts';

/** The difference `after − before` and its 95 % interval. */
export interface Difference {
  estimate: number;
  interval: readonly [number, number];
}

/** How often is resampled: the ends of a 95 % interval then vary by a few hundredths of its width. */
const resamples = 2_000;

/**
 * Difference of two means, by resampling the values of each side with replacement (Efron's percentile interval).
 *
 * With a handful of values that interval is too narrow: resampled deviations are short by √((n−1)/n), and its tails
 * are those of a normal distribution. Both are made up for as Hesterberg proposes ("What Teachers Should Know About
 * the Bootstrap", 2014, arXiv:1411.5279, expanded percentile interval), with Welch's degrees of freedom for two sides.
 *
 * @param before at least two values, as `after`
 */
export function meanDifference(
  before: readonly number[],
  after: readonly number[],
  random: Random,
): Difference {
  const estimate = mean(after) - mean(before);
  const wide = student975(welchDegrees(before, after)) / normal975;
  const draw = (values: readonly number[]): number => {
    let sum = 0;
    for (let n = 0; n < values.length; n += 1) sum += values[Math.floor(random() * values.length)] ?? 0;
    const short = Math.sqrt(values.length / Math.max(1, values.length - 1));
    return (sum / values.length - mean(values)) * short;
  };
  return around(estimate, () => estimate + wide * (draw(after) - draw(before)));
}

/**
 * Difference of the logarithms of a quantile. A quantile of n values drawn again from a distribution is its quantile
 * at a share that is distributed as Beta(k, n − k + 1), k = ⌈share · n⌉: so nothing need be drawn n times.
 *
 * @param share 0 to 1
 */
export function quantileDifference(before: Counts, after: Counts, share: number, random: Random): Difference {
  const draw = (counts: Counts): number => {
    const rank = Math.max(1, Math.ceil(share * counts.total));
    return Math.log(quantile(counts, drawBeta(rank, counts.total - rank + 1, random)));
  };
  const estimate = Math.log(quantile(after, share)) - Math.log(quantile(before, share));
  return around(estimate, () => draw(after) - draw(before));
}

/**
 * Difference of two shares. Drawn from Beta(count + ½, rest + ½) (Jeffreys), because resampling a side that has none
 * of them would always give none.
 */
export function shareDifference(
  before: { count: number; of: number },
  after: { count: number; of: number },
  random: Random,
): Difference {
  const draw = ({ count, of }: { count: number; of: number }): number =>
    drawBeta(count + 0.5, of - count + 0.5, random);
  const estimate = after.count / after.of - before.count / before.of;
  return around(estimate, () => draw(after) - draw(before));
}

function around(estimate: number, draw: () => number): Difference {
  const draws = Array.from({ length: resamples }, draw).toSorted((one, other) => one - other);
  const at = (share: number): number => draws[Math.round(share * (resamples - 1))] ?? estimate;
  return { estimate, interval: [at(0.025), at(0.975)] };
}

/** Welch and Satterthwaite. */
function welchDegrees(one: readonly number[], other: readonly number[]): number {
  const parts = [one, other].map((values) => ({
    degrees: Math.max(1, values.length - 1),
    error: variance(values) / values.length,
  }));
  const below = parts.reduce((sum, { error, degrees }) => sum + error ** 2 / degrees, 0);
  return below > 0
    ? parts.reduce((sum, { error }) => sum + error, 0) ** 2 / below
    : Math.max(1, one.length + other.length - 2);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1);
}
