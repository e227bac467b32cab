import { groups, type Group } from '../faults/cells/index.ts';
import { table } from '../support/faults/table.ts';

/** One of each kind; all of them: `npm run test:faults`. */
const chosen: Readonly<Partial<Record<keyof typeof groups, readonly string[]>>> = {
  client: ['client killed (SIGKILL): stop old', 'Ctrl+C (SIGINT): drain'],
  connection: ['connection cut: share traffic', 'packets swallowed, then a new connection works: drain'],
  release: ['build hangs: build'],
  proxy: ['nginx has lost its pid file: share traffic'],
  state: ['owner of the lock is unreadable: lock', 'garbage in the ledger: preflight'],
};

const some = Object.entries(chosen).map(([name, titles]): Group => {
  const group: Group = groups[name as keyof typeof groups];
  const cells = titles.map((title) => {
    const cell = group.cells.find(({ fault, at }) => `${fault}: ${at}` === title);
    if (!cell) throw new Error(`There is no fault "${title}".`);
    return cell;
  });
  return { ...group, cells };
});

table(some, 'e2e-shop');
