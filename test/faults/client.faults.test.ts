import type { Cell, Ending } from '../support/faults/cell.ts';
import { steps } from '../support/faults/steps.ts';
import { table } from '../support/faults/table.ts';

const signals = [
  { signal: 'SIGKILL', fault: 'client killed (SIGKILL)' },
  { signal: 'SIGINT', fault: 'Ctrl+C (SIGINT)' },
  { signal: 'SIGTERM', fault: 'CI job cancelled (SIGTERM)' },
  { signal: 'SIGHUP', fault: 'terminal closed (SIGHUP)' },
] as const;

/** Steps that are over before a signal is heard may have been the last that could be stopped. */
function ends(signal: (typeof signals)[number]['signal'], at: string): readonly Ending[] {
  if (signal === 'SIGKILL') {
    if (at === 'lock') return ['refused', 'unfinished'];
    return at === 'unlock' ? ['live', 'refused', 'unfinished'] : ['unfinished', 'refused'];
  }
  if (at === 'lock') return ['refused', 'interrupted'];
  return at === 'record the end' || at === 'unlock' ? ['live'] : ['interrupted'];
}

table(
  'the client dies or is stopped, at every step of a deploy',
  signals.flatMap(({ signal, fault }) =>
    steps.map(({ at, says }): Cell => ({
      fault,
      at,
      when: { says, do: (_world, child) => child.kill(signal) },
      ends: ends(signal, at),
    })),
  ),
  'faults',
);
