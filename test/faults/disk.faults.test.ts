import { table } from '../support/faults/table.ts';
import { groups } from './cells/index.ts';

// Its disks are small ones: no other test could use this server.
table([groups.disk], 'faults-disk');
