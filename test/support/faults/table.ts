import { afterAll, beforeAll, describe, it } from 'vitest';
import { emptyRow, runCell, type Cell } from './cell.ts';
import { openWorld, type World } from './world.ts';

/**
 * A test for each cell, on one sandbox server; the rows come together in docs/reliability.md.
 *
 * @param name of the sandbox
 * @param prepare what the server needs besides, before its first release
 */
export function table(
  title: string,
  cells: readonly Cell[],
  name: string,
  prepare: (world: World) => Promise<void> = async () => {},
): void {
  // oxlint-disable-next-line vitest/valid-title -- a string, from where the cells are
  describe(title, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(name);
      await prepare(world);
    });
    afterAll(async () => {
      await world.end();
    });
    for (const cell of cells) {
      // oxlint-disable-next-line vitest/expect-expect -- runCell asserts
      it(`${cell.fault}: ${cell.at}`, async ({ task }) => {
        task.meta.row = emptyRow(cell);
        task.meta.row = await runCell(world, cell);
      });
    }
  });
}
