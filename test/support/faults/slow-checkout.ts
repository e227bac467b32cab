import type { Cell, Child } from './cell.ts';
import { asDeploy } from './root.ts';
import { beginOf } from './steps.ts';
import type { World } from './world.ts';

let count = 0;

/**
 * A checkout whose last file takes a while, and what strikes when the others are written.
 *
 * @param mend the world around, before the server is used again
 */
export function inTheMiddle(
  strike: (world: World, child: Child) => unknown,
  mend?: (world: World) => Promise<unknown>,
): Pick<Cell, 'at' | 'files' | 'before' | 'when' | 'after'> {
  count += 1;
  const text = `${Date.now()} ${count}`;
  return {
    at: 'checkout',
    files: { '.gitattributes': 'zz.txt filter=slow\n', 'yy.txt': `${text}\n`, 'zz.txt': `${text}\n` },
    before: asDeploy('git config filter.slow.smudge "sleep 6; cat"'),
    when: {
      says: beginOf('checkout'),
      do: async (world, child) => {
        const half = `n=0; until grep -qxF '${text}' yy.txt 2>/dev/null; do n=$((n + 1)); [ $n -lt 60 ]; sleep 0.1; done`;
        await asDeploy(half)(world);
        await strike(world, child);
      },
    },
    after: async (world) => {
      await mend?.(world);
      await asDeploy('git config --unset filter.slow.smudge')(world);
    },
  };
}
