import { describe, it } from 'vitest';
import { afterAll, beforeAll } from 'vitest';
import { runCell, type Cell } from './cell.ts';
import { openWorld, type World } from './world.ts';

/** A test for each cell, on one sandbox server; the rows come together in docs/reliability.md. */
export function table(title: string, cells: readonly Cell[], name: string): void {
  describe(title, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(name);
    });
    afterAll(async () => {
      await world.end();
    });
    for (const cell of cells) {
      it(`${cell.fault}: ${cell.at}`, async ({ task }) => {
        task.meta.row = await runCell(world, cell);
      });
    }
  });
}
