import { groups, type Group } from '../faults/cells/index.ts';
import { table } from '../support/faults/table.ts';

/** One of each kind; all of them: `npm run test:faults`. */
const chosen: readonly (readonly [fault: string, at: string])[] = [
  ['client killed (SIGKILL)', 'record the end'],
  ['Ctrl+C (SIGINT)', 'drain'],
  ['packets swallowed, then a new connection works', 'share traffic'],
  ['build hangs', 'build'],
  ['nginx has lost its pid file', 'share traffic'],
  ['a commit on the server that the remote has not', 'preflight'],
  ['owner of the lock is unreadable', 'lock'],
  ['garbage in the ledger', 'preflight'],
];

const all = Object.values<Group>(groups).flatMap(({ cells }) => cells);
const cells = chosen.map(([fault, at]) => {
  const cell = all.find((each) => each.fault === fault && each.at === at);
  if (!cell) throw new Error(`There is no fault "${fault}" at "${at}".`);
  return cell;
});

table({ title: 'a fault of each kind', cells }, 'e2e-shop');
