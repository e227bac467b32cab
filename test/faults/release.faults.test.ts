import { table } from '../support/faults/table.ts';
import { groups } from './cells/index.ts';

table(groups.release, 'faults-release');
table(groups.proxy, 'faults-release');
table(groups.git, 'faults-release');
table(groups.compose, 'faults-release');
