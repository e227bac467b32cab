import { table } from '../support/faults/table.ts';
import { groups } from './cells/index.ts';

table(groups.state, 'faults-server');
table(groups.commands, 'faults-server');
table(groups.server, 'faults-server');
