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
  /** What the server needs besides, before its first release. */
  prepare?: (world: World) => Promise<void>;
}

/** Every fault that is tried, by name of the group. */
export const groups = {
  client: { title: 'the client dies or is stopped', cells: client },
  connection: { title: 'the connection is lost', cells: connection },
  release: { title: 'the release is bad', cells: release },
  proxy: { title: 'the proxy', cells: proxy },
  git: { title: 'git', cells: git },
  compose: { title: 'the Compose file', cells: compose },
  state: { title: 'lock, ledger, files, clocks', cells: state },
  commands: { title: 'rollback and check', cells: commands },
  server: { title: 'the engine, the server', cells: server },
  disk: { title: 'the disk is full', cells: disk, prepare: smallDisks },
} satisfies Record<string, Group>;
