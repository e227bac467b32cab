import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Group } from '../../faults/cells/index.ts';
import { emptyRow, runCell } from './cell.ts';
import { openWorld, type World } from './world.ts';

/**
 * A test for each cell of a group, on one sandbox server; the rows come together in docs/reliability.md.
 *
 * @param name of the sandbox
 */
export function table({ title, cells, prepare }: Group, name: string): void {
  // oxlint-disable-next-line vitest/valid-title -- a string, from where the cells are
  describe(title, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(name);
      await prepare?.(world);
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
