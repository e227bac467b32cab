import type { Row } from './cell.ts';

/** What a run of a fault test found. */
export interface Result extends Row {
  /** Title of its group. */
  group: string;
  /** Day of the run, `2026-11-27`. */
  on: string;
  /** First line of the error of a cell that failed. */
  problem?: string;
}

/** A figure that no cell can hold: long-lived connections, many releases in a row. */
export interface Figure {
  group: string;
  on: string;
  what: string;
  found: string;
  problem?: string;
}

/** test/faults/results.json: what the newest run of each fault test found. */
export interface Results {
  cells: readonly Result[];
  figures: readonly Figure[];
}

const keys = {
  cells: ({ group, fault, at, command }: Result): string => [group, fault, at, command].join('\0'),
  figures: ({ group, what }: Figure): string => `${group}\0${what}`,
};

/** The results with a newer one, in the place of the one that it renews. */
export function withResult<Kind extends keyof Results>(
  results: Results,
  kind: Kind,
  found: Results[Kind][number],
): Results {
  const key = keys[kind] as (item: Results[Kind][number]) => string;
  const old: readonly Results[Kind][number][] = results[kind];
  const known = old.some((item) => key(item) === key(found));
  return {
    ...results,
    [kind]: known ? old.map((item) => (key(item) === key(found) ? found : item)) : [...old, found],
  };
}
