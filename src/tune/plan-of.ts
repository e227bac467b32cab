import type { Stack } from '../stack/stack.ts';
import { assumedMachine, tuneInputOf } from './input.ts';
import type { Plan } from './plan.ts';
import { solve } from './solve.ts';

/** The sizes that fit a stack, on its machine or on the assumed one. Limits that are set stay as they are. */
export function planOf(stack: Stack): Plan {
  return solve(tuneInputOf(stack, stack.machine ?? assumedMachine, { keepLimits: true }));
}
