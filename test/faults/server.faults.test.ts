import { table } from '../support/faults/table.ts';
import { groups } from './cells/index.ts';

table('faults-server', [groups.state, groups.commands, groups.server]);
