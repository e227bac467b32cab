import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Group } from '../../faults/cells/index.ts';
import { emptyRow, runCell } from './cell.ts';
import { openWorld, sharedServer, type World } from './world.ts';

/** A test for each cell of some groups, on one sandbox server; the rows come together in docs/reliability.md. */
export function table(groups: readonly Group[], name = sharedServer): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(name);
    for (const { prepare } of groups) await prepare?.(world);
  });
  afterAll(async () => {
    await world.end();
  });
  for (const { title, cells } of groups) {
    // oxlint-disable-next-line vitest/valid-title -- a string, from where the cells are
    describe(title, () => {
      for (const cell of cells) {
        // oxlint-disable-next-line vitest/expect-expect -- runCell asserts
        it(`${cell.fault}: ${cell.at}`, async ({ task }) => {
          task.meta.row = emptyRow(cell);
          task.meta.row = await runCell(world, cell);
        });
      }
    });
  }
}
