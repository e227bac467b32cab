import { table } from '../support/faults/table.ts';
import { groups } from './cells/index.ts';

for (const { title, cells, own } of groups) table(title, cells, own?.name ?? 'faults', own?.prepare);
