import type { CheckId } from '../../check/registry.ts';
import type { CheckResult } from '../../check/run.ts';
import type { CheckReport } from '../../observe/check-target.ts';

/** A figure that is worth a line over the rounds of `ops check --watch`. */
export interface Series {
  title: string;
  unit: 'ms' | '%';
  /** By round; NaN: it could not be looked at. */
  values: readonly number[];
}

const shown: readonly { check: CheckId; figure?: string; title: string; unit: Series['unit'] }[] = [
  { check: 'response-time', figure: 'p50', title: 'Response p50', unit: 'ms' },
  { check: 'response-time', title: 'Response p95', unit: 'ms' },
  { check: 'cache-hit-rate', title: 'Cache hits', unit: '%' },
  { check: 'cpu', title: 'CPU', unit: '%' },
  { check: 'errors', title: 'Server errors', unit: '%' },
];

/** Wider than any terminal: older rounds are forgotten. */
const most = 500;

/** What is told of the rounds that were. A watch goes on for days, so nothing but the figures of a round is kept. */
export interface CheckHistory {
  /** How many there were, also those that are forgotten. */
  readonly rounds: number;
  add(round: CheckReport): void;
  /** The figures of the newest rounds, by host; the checks that were asked for, if any round had a value of them. */
  series(): ReadonlyMap<string, readonly Series[]>;
}

/** Values by host, in the order of `shown`. */
type Figures = ReadonlyMap<string, readonly number[]>;

export function checkHistory(): CheckHistory {
  let rounds = 0;
  const kept: Figures[] = [];
  return {
    get rounds() {
      return rounds;
    },
    add(round) {
      rounds += 1;
      kept.push(figuresOf(round));
      if (kept.length > most) kept.shift();
    },
    series: () => seriesOf(kept),
  };
}

function figuresOf(round: CheckReport): Figures {
  return new Map(
    round.hosts.map((result) => [
      result.host,
      'value' in result
        ? shown.map(({ check, figure }) => valueIn(result.value, check, figure))
        : shown.map(() => NaN),
    ]),
  );
}

function seriesOf(kept: readonly Figures[]): ReadonlyMap<string, readonly Series[]> {
  const hosts = [...new Set(kept.flatMap((figures) => [...figures.keys()]))];
  return new Map(
    hosts.map((host) => [
      host,
      shown
        .map(({ title, unit }, index) => ({
          title,
          unit,
          values: kept.map((figures) => figures.get(host)?.[index] ?? NaN),
        }))
        .filter(({ values }) => values.some(Number.isFinite)),
    ]),
  );
}

function valueIn(results: readonly CheckResult[], check: CheckId, figure: string | undefined): number {
  const found = results.find(({ id }) => id === check);
  return (figure === undefined ? found?.value : found?.figures?.[figure]) ?? NaN;
}
