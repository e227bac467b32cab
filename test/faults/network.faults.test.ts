import { table } from '../support/faults/table.ts';
import { groups } from './cells/index.ts';

table([groups.connection]);
