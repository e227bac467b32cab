import type { Cell, Ending } from '../../support/faults/cell.ts';
import { asDeploy } from '../../support/faults/root.ts';
import { inTheMiddle } from '../../support/faults/slow-checkout.ts';
import { steps, type StepName } from '../../support/faults/steps.ts';

interface Signal {
  signal: NodeJS.Signals;
  fault: string;
  /** Steps at which it strikes; undefined: every one. */
  at?: readonly StepName[];
}

const signals: readonly Signal[] = [
  { signal: 'SIGKILL', fault: 'client killed (SIGKILL)' },
  {
    signal: 'SIGINT',
    fault: 'Ctrl+C (SIGINT)',
    at: [
      'lock',
      'checkout',
      'build',
      'release command',
      'start',
      'share traffic',
      'switch',
      'drain',
      'stop old',
      'record the end',
    ],
  },
  {
    signal: 'SIGTERM',
    fault: 'CI job cancelled (SIGTERM)',
    at: ['record', 'build', 'keep images', 'watch', 'stop old', 'take addresses out'],
  },
  {
    signal: 'SIGHUP',
    fault: 'terminal closed (SIGHUP)',
    at: ['look at the images', 'release command', 'ask the probe', 'switch', 'verify', 'unlock'],
  },
];

/** Steps that are over before a signal is heard may have been the last that could be stopped. */
function ends(signal: NodeJS.Signals, at: StepName): readonly Ending[] {
  if (signal === 'SIGKILL') {
    if (at === 'lock') return ['refused', 'unfinished'];
    return at === 'unlock' ? ['unsaid', 'live'] : ['unfinished', 'refused'];
  }
  if (at === 'lock' || at === 'record') return ['refused', 'interrupted'];
  return at === 'record the end' || at === 'unlock' ? ['live'] : ['interrupted'];
}

/** Death at every step; the other signals end in one place of the code, so one of them at every step is enough. */
const atSteps: Cell[] = signals.flatMap(({ signal, fault, at: some }) =>
  steps
    .filter(({ at }) => some === undefined || some.includes(at))
    .map(({ at, says }): Cell => ({
      fault,
      at,
      when: { says, do: (_world, child) => child.kill(signal) },
      ends: ends(signal, at),
    })),
);

const halfway: Cell[] = (['SIGKILL', 'SIGINT'] as const).map((signal) => ({
  fault: `${signal === 'SIGKILL' ? 'client killed (SIGKILL)' : 'Ctrl+C (SIGINT)'}, git in the middle of its work`,
  ...inTheMiddle((_world, child) => child.kill(signal)),
  ends: ends(signal, 'checkout'),
  tidy: asDeploy('git stash clear'),
}));

export const client: readonly Cell[] = [...atSteps, ...halfway];
