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

const cellKey = ({ group, fault, at, command }: Result): string => [group, fault, at, command].join('\0');
const figureKey = ({ group, what }: Figure): string => `${group}\0${what}`;

function merged<Item>(
  old: readonly Item[],
  found: readonly Item[],
  key: (item: Item) => string,
): readonly Item[] {
  const fresh = new Map(found.map((item) => [key(item), item]));
  const kept = old.map((item) => {
    const newer = fresh.get(key(item));
    fresh.delete(key(item));
    return newer ?? item;
  });
  return [...kept, ...fresh.values()];
}

/** The results of a run over those of earlier ones; a whole run leaves nothing of the earlier ones. */
export function withRun(earlier: Results, run: Results, whole: boolean): Results {
  if (whole) return run;
  return {
    cells: merged(earlier.cells, run.cells, cellKey),
    figures: merged(earlier.figures, run.figures, figureKey),
  };
}
