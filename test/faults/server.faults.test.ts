import { table } from '../support/faults/table.ts';
import { groups } from './cells/index.ts';

table([groups.state, groups.commands, groups.server]);
