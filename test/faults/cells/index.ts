import type { Cell } from '../../support/faults/cell.ts';
import type { World } from '../../support/faults/world.ts';
import { client } from './client.ts';
import { commands } from './commands.ts';
import { compose } from './compose.ts';
import { connection } from './connection.ts';
import { disk, smallDisks } from './disk.ts';
import { git } from './git.ts';
import { proxy } from './proxy.ts';
import { release } from './release.ts';
import { server } from './server.ts';
import { state } from './state.ts';

export interface Group {
  title: string;
  cells: readonly Cell[];
  /** Sandbox of its own, with what its server needs besides. */
  own?: { name: string; prepare: (world: World) => Promise<void> };
}

/** Every fault that is tried, in the order of docs/reliability.md. */
export const groups: readonly Group[] = [
  { title: 'the client dies or is stopped', cells: client },
  { title: 'the connection is lost', cells: connection },
  { title: 'the release is bad', cells: release },
  { title: 'the proxy', cells: proxy },
  { title: 'git', cells: git },
  { title: 'the Compose file', cells: compose },
  { title: 'lock, ledger, files, clocks', cells: state },
  { title: 'rollback and check', cells: commands },
  { title: 'the engine, the server', cells: server },
  { title: 'the disk is full', cells: disk, own: { name: 'faults-disk', prepare: smallDisks } },
];
