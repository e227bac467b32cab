import { containersAtOnce } from './budget.ts';
import type { Plan, TuneInput, TunedSetting, TuneService } from './plan.ts';
import { usualConnections } from './pgtune.ts';
import {
  adminConnections,
  clientsOf,
  connectionsEach,
  demand,
  migrationConnections,
  overhead,
  reservedConnections,
  type Client,
} from './pools.ts';
import { mostConnections, sizeDatabase, type DatabaseInput, type DatabaseSize } from './postgres.ts';
import { wholeCpus } from './cpus.ts';
import type { Layout } from './layout.ts';
import { sources } from './sources.ts';
import { readable, roundUp } from './units.ts';
import type { Staffing } from './workers.ts';

/** With fewer connections a process that serves many requests waits for them; then fewer workers are better. */
const comfortable = 3;
/** pgtune accepts no fewer. */
const leastMaxConnections = 20;
/** PostgreSQL's default; taken when nothing is known to connect. */
const usualMaxConnections = 100;

export interface Connections {
  /** With the workers that the connections allow. */
  staffs: readonly Staffing[];
  clients: readonly Client[];
  databases: readonly { input: DatabaseInput; size: DatabaseSize }[];
  /** Of one process at most; 0: no pool is proposed. */
  each: number;
  /** What all processes may have together. */
  slots: number;
  /** Of max_connections. */
  formula: string;
  /** Settings of PgBouncer. */
  pooler: readonly TunedSetting[];
}

type Refusal = Pick<Extract<Plan, { feasible: false }>, 'reason' | 'next'>;

/** max_connections, the connections of each process, and the number of processes, such that all of them fit. */
export function decideConnections(input: TuneInput, layout: Layout): Connections | Refusal {
  const poolers = layout.fixed.map(({ service }) => service).filter(({ role }) => role === 'pgbouncer');
  const single = layout.staffs.map((staff) => ({ ...staff, workers: 1 }));
  const [database] = layout.databases;
  if (database === undefined) return withoutDatabase(input, layout);
  return poolers.length > 0
    ? pooled(input, layout, poolers, database)
    : direct(input, layout, limitFor(input, layout, clientsOf(layout.staffs), clientsOf(single)));
}

/**
 * The number that is given, or the most connections that every database has memory for. Where that is too little for
 * one process in each container, work_mem gives way.
 *
 * @param least clients with the fewest processes that work
 */
function limitFor(
  input: TuneInput,
  { databases }: Layout,
  clients: readonly Client[],
  least: readonly Client[],
): number {
  if (input.maxConnections !== undefined) return input.maxConnections;
  const atMost = Math.max(usualConnections[input.workload], overhead + demand(clients, comfortable));
  const needed = overhead + demand(least, comfortable);
  return Math.min(
    ...databases.map((database) =>
      Math.max(mostConnections(database, atMost), mostWithLessWorkMem(database, needed)),
    ),
  );
}

/** The most connections up to `atMost` that fit when work_mem is cut. */
function mostWithLessWorkMem(database: DatabaseInput, atMost: number): number {
  let connections = atMost;
  while (connections > 0 && sizeDatabase(database, connections) === undefined) connections -= 1;
  return connections;
}

function direct(input: TuneInput, layout: Layout, limit: number): Connections | Refusal {
  const staffs = fewerWorkers(layout.staffs, limit);
  const clients = clientsOf(staffs);
  const each = connectionsEach(clients, limit - overhead);
  if (clients.length > 0 && each === 0) return tooMany(input, layout, clients, limit);
  const needed = demand(clients, each) + overhead;
  const usual =
    clients.length === 0 ? usualMaxConnections : Math.max(leastMaxConnections, roundUp(needed, 10));
  const connections = input.maxConnections ?? Math.min(limit, usual);
  const databases = sizeAll(layout.databases, connections);
  if (databases === undefined) return noMemory(layout, connections);
  return {
    staffs,
    clients,
    databases,
    each,
    slots: connections - overhead,
    formula: formulaOf(input, clients, each, needed, connections),
    pooler: [],
  };
}

/** PgBouncer stands between: the apps' pools end there, and its own are what PostgreSQL sees. */
function pooled(
  input: TuneInput,
  layout: Layout,
  poolers: readonly TuneService[],
  database: DatabaseInput,
): Connections | Refusal {
  const busy = Math.max(10, 4 * wholeCpus(database.service, input.machine));
  const ends = poolers.map((service) => ({ service, processes: containersAtOnce(service), wanted: busy }));
  const result = direct(input, { ...layout, staffs: [] }, limitFor(input, layout, ends, ends));
  if ('reason' in result) return result;
  const slots = result.slots;
  const each = connectionsEach(ends, slots);
  if (each === 0) return tooMany(input, layout, ends, slots + overhead);
  const clients = clientsOf(layout.staffs);
  const wanted = Math.max(0, ...clients.map((client) => client.wanted));
  const accepted = roundUp(demand(clients, wanted) + adminConnections, 10);
  const needed = demand(ends, each) + overhead;
  const connections = input.maxConnections ?? Math.max(leastMaxConnections, roundUp(needed, 10));
  const databases = sizeAll(layout.databases, connections);
  if (databases === undefined) return noMemory(layout, connections);
  return {
    staffs: layout.staffs,
    clients,
    databases,
    each: wanted,
    slots: accepted - adminConnections,
    formula: formulaOf(input, ends, each, needed, connections),
    pooler: poolers.flatMap(({ name }) => [
      {
        service: name,
        name: 'default_pool_size',
        value: String(each),
        amount: each,
        formula: `4 statements at once for each of ${wholeCpus(database.service, input.machine)} CPUs, at least 10, within max_connections ${connections}`,
        source: sources.connections,
        requires: 'reload' as const,
      },
      {
        service: name,
        name: 'max_client_conn',
        value: String(accepted),
        amount: accepted,
        formula: `${demand(clients, wanted)} of the apps' pools + ${adminConnections}, rounded up to 10`,
        source: sources.pgbouncer,
        requires: 'restart' as const,
      },
    ]),
  };
}

/** The database is elsewhere: pools follow from its max_connections, if that is given. */
function withoutDatabase(input: TuneInput, layout: Layout): Connections | Refusal {
  const limit = input.maxConnections;
  const staffs = limit === undefined ? layout.staffs : fewerWorkers(layout.staffs, limit);
  const clients = clientsOf(staffs);
  const each = limit === undefined ? 0 : connectionsEach(clients, limit - overhead);
  if (limit !== undefined && clients.length > 0 && each === 0) return tooMany(input, layout, clients, limit);
  return {
    staffs,
    clients,
    databases: [],
    each,
    slots: (limit ?? overhead) - overhead,
    formula: '',
    pooler: [],
  };
}

/** Takes workers away, from the service with most, until the rest has a comfortable number of connections each. */
function fewerWorkers(staffs: readonly Staffing[], limit: number): readonly Staffing[] {
  let current = staffs;
  for (;;) {
    const needed = demand(clientsOf(current), comfortable);
    if (needed <= limit - overhead) return current;
    const largest = current
      .filter(({ service, workers }) => service.fixedWorkers === undefined && workers > 1)
      .reduce<Staffing | undefined>(
        (one, other) => (one === undefined || processes(other) > processes(one) ? other : one),
        undefined,
      );
    if (largest === undefined) return current;
    const cut = `${needed} connections for ${comfortable} a process are more than the ${Math.max(0, limit - overhead)} that max_connections ${limit} leaves`;
    current = current.map((staff) =>
      staff === largest ? { ...staff, workers: staff.workers - 1, cut } : staff,
    );
  }
}

function processes({ service, workers }: Staffing): number {
  return containersAtOnce(service) * workers;
}

function sizeAll(
  inputs: readonly DatabaseInput[],
  connections: number,
): { input: DatabaseInput; size: DatabaseSize }[] | undefined {
  const sizes = inputs.flatMap((input) => {
    const size = sizeDatabase(input, connections);
    return size === undefined ? [] : [{ input, size }];
  });
  return sizes.length === inputs.length ? sizes : undefined;
}

function formulaOf(
  { maxConnections }: TuneInput,
  clients: readonly Client[],
  each: number,
  needed: number,
  connections: number,
): string {
  if (clients.length === 0) return maxConnections === undefined ? 'nothing is known to connect' : 'given';
  const parts = clients.map(
    ({ service, processes, wanted }) =>
      `${service.rolled ? `2 × ${processes / 2}` : processes} × ${Math.min(wanted, each)} (${service.name})`,
  );
  const sum = `${parts.join(' + ')} + ${migrationConnections} migration + ${adminConnections} admin + ${reservedConnections} reserved = ${needed}`;
  if (maxConnections !== undefined) return `given; ${sum}`;
  return connections === needed
    ? sum
    : connections < roundUp(needed, 10)
      ? `${sum}; at most ${connections} have room in the container`
      : `${sum}, rounded up`;
}

function tooMany(
  { maxConnections }: TuneInput,
  { databases }: Layout,
  clients: readonly Client[],
  limit: number,
): Refusal {
  const count = demand(clients, 1);
  const why =
    maxConnections === undefined
      ? `the database's ${readable(Math.min(...databases.map(({ memoryBytes }) => memoryBytes)))} have room for ${limit} connections`
      : `max_connections is ${limit}`;
  return {
    reason: `${count} processes need ${count + overhead} connections, one each and ${overhead} for a migration, administration and superusers; ${why}.`,
    next: [
      maxConnections === undefined
        ? 'Give the database more memory.'
        : `Allow at least ${count + overhead} connections.`,
      'Put PgBouncer between the apps and PostgreSQL.',
    ],
  };
}

function noMemory({ databases }: Layout, connections: number): Refusal {
  const memoryBytes = Math.min(...databases.map((database) => database.memoryBytes));
  const most = Math.min(...databases.map((database) => mostConnections(database, connections)));
  return {
    reason: `max_connections ${connections} does not fit into the database's ${readable(memoryBytes)}: each connection takes about 5 MB beside shared_buffers, autovacuum and work_mem.`,
    next: [
      ...(most > 0 ? [`Allow at most ${most} connections.`] : []),
      'Give the database more memory.',
      'Put PgBouncer between the apps and PostgreSQL.',
    ],
  };
}
