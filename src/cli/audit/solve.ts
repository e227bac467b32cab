import type { Stack } from '../../stack/stack.ts';
import { assumedMachine, tuneInputOf } from '../../tune/input.ts';
import type { Plan } from '../../tune/plan.ts';
import { solve } from '../../tune/solve.ts';

/** The sizes that fit a stack, on its machine or on the assumed one; limits that are set stay. */
export function solveStack(stack: Stack): Plan {
  return solve(tuneInputOf(stack, stack.machine ?? assumedMachine, { keepLimits: true }));
}
