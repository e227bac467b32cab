import { containersAtOnce } from './budget.ts';
import type { TunedSetting, TuneService } from './plan.ts';
import { sources } from './sources.ts';
import type { Staffing } from './workers.ts';

/** superuser_reserved_connections. */
export const reservedConnections = 3;
/** A migration and the dump before it. */
export const migrationConnections = 2;
/** psql, monitoring, a backup. */
export const adminConnections = 5;
/** Connections that no pool may count on. */
export const overhead = reservedConnections + migrationConnections + adminConnections;

/** A service whose processes each hold connections. */
export interface Client {
  service: TuneService;
  /** At the worst moment: of the old and the new containers. */
  processes: number;
  /** Connections that one process can use. */
  wanted: number;
}

/** Connections that one process can make use of. */
function wantedConnections({ role, model, pooled }: TuneService): number {
  // A sync worker serves one request at a time: one connection, and one for a second session in it.
  if (role === 'worker' || model === 'sync') return pooled === true ? 2 : 1;
  // PostgreSQL works on a few statements for each CPU at once; what waits does so more cheaply in the app.
  return 10;
}

export function clientsOf(staffs: readonly Staffing[]): readonly Client[] {
  return staffs.map(({ service, workers }) => ({
    service,
    processes: containersAtOnce(service) * (service.fixedWorkers ?? workers),
    wanted: wantedConnections(service),
  }));
}

/** Connections of all clients when each process has at most `each`. */
export function demand(clients: readonly Client[], each: number): number {
  return clients.reduce((sum, { processes, wanted }) => sum + processes * Math.min(wanted, each), 0);
}

/** The most connections for each process with which all clients fit into `slots`; 0: not even one each. */
export function connectionsEach(clients: readonly Client[], slots: number): number {
  let each = Math.max(0, ...clients.map(({ wanted }) => wanted));
  while (each > 0 && demand(clients, each) > slots) each -= 1;
  return each;
}

/** `pool_size` and `max_overflow` of a client that has such settings. */
export function poolSettings(
  { service, processes, wanted }: Client,
  each: number,
  slots: number,
): readonly TunedSetting[] {
  if (service.pooled !== true) return [];
  const total = Math.min(each, wanted);
  const kept = Math.ceil((total * 2) / 3);
  const why =
    total === wanted
      ? `${wanted} are enough for a process`
      : `what ${slots} connections have for each of ${processes} processes${service.rolled ? ' (old and new containers)' : ''}`;
  const common = { service: service.name, source: sources.sqlalchemy, requires: 'rebuild' as const };
  return [
    {
      ...common,
      name: 'pool_size',
      value: String(kept),
      amount: kept,
      formula: `⌈2/3 × ${total}⌉; ${total}: ${why}`,
    },
    {
      ...common,
      name: 'max_overflow',
      value: String(total - kept),
      amount: total - kept,
      formula: `${total} − ${kept}`,
    },
  ];
}
