import { boolean, integer, string } from '@oclif/core/flags';

const comparing = 'COMPARING';

/** Runs that are kept, repeated and compared. */
export const repeatFlags = {
  save: string({
    summary: 'Keep the figures as .ops/bench/NAME.json, to compare with later.',
    helpValue: 'NAME',
    helpGroup: comparing,
  }),
  compare: string({
    summary: 'Compare with the runs that were saved under that name: what changed, and whether by chance.',
    helpValue: 'NAME',
    helpGroup: comparing,
    exclusive: ['against'],
  }),
  against: string({
    summary: 'Ask this other site the same in turn (A B A B …), and compare; it counts as before.',
    helpValue: 'URL',
    helpGroup: comparing,
  }),
  repeat: integer({
    summary: 'Run so many times; from 5 on a comparison tells what differs from run to run by chance.',
    min: 1,
    max: 100,
    default: 1,
    helpValue: 'NUMBER',
    helpGroup: comparing,
  }),
  sample: boolean({
    summary: "Watch the target's server meanwhile, over SSH: CPU, memory, database connections.",
    default: true,
    allowNo: true,
  }),
};
