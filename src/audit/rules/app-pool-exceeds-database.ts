import type { Service, Stack } from '../../stack/stack.ts';
import type { Plan } from '../../tune/plan.ts';
import type { EvidenceLine, Fix, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { clientsOf, type Client } from '../subjects/database-clients.ts';
import { poolFix } from '../subjects/pools.ts';

export const appPoolExceedsDatabase = rule({
  id: 'app-pool-exceeds-database',
  category: 'database',
  severity: 'high',
  title: {
    fail: 'The pools of all processes together exceed what PostgreSQL accepts',
    pass: 'The pools of all processes together fit PostgreSQL',
  },
  why: 'Every process has a pool of its own: 9 workers with SQLAlchemy\'s default of 5 + 10 may open 135 connections, and PostgreSQL accepts 100, 3 of them for superusers. Under load the rest gets "too many clients already", and nobody can log in to look. While a deploy rolls, old and new containers hold connections side by side. Make the pools smaller, or put PgBouncer in between; more `max_connections` costs memory.',
  example: {
    language: 'python',
    bad: '# 9 workers × 15 = 135 connections\nengine = create_engine(url)',
    good: '# 9 workers × 8 = 72 connections\nengine = create_engine(url, pool_size=5, max_overflow=3)',
  },
  references: [
    'https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS',
    'https://docs.sqlalchemy.org/en/20/core/pooling.html#using-connection-pools-with-multiprocessing-or-os-fork',
    'https://www.pgbouncer.org/config.html',
  ],
  evaluate: (stack, context) =>
    stack.services.flatMap((database) =>
      database.role === 'postgres' || database.role === 'pgbouncer'
        ? (judge(stack, database, () => context.plan()) ?? [])
        : [],
    ),
});

interface Capacity {
  total: number;
  reserved: number;
  /** `max_connections`. */
  name: string;
  evidence?: EvidenceLine;
  at?: Verdict['at'];
  live: boolean;
}

/** A psql, a backup, a migration. */
const margin = 5;

function judge(stack: Stack, database: Service, plan: () => Plan): Verdict | undefined {
  const clients = clientsOf(stack, database).filter((client) => client.pools.length > 0);
  if (clients.length === 0) return undefined;
  const capacity = database.role === 'pgbouncer' ? poolerCapacity(database) : databaseCapacity(database);
  const subject = database.name;
  const common = {
    subject,
    confidence: capacity?.live ? 'live' : 'static',
    at: capacity?.at ?? database.compose.nameAt,
  } as const;
  if (!capacity)
    return {
      ...common,
      status: 'unknown',
      message: `max_connections of ${subject} may be set in a file that could not be read.`,
    };
  const usable = capacity.total - capacity.reserved;
  const known = clients.filter((client) => client.connections !== undefined);
  const demand = known.reduce((sum, { connections = 0 }) => sum + connections, 0);
  const arithmetic = known.map((client) => client.arithmetic).join(' + ');
  const against = `${usable} of ${capacity.name} ${capacity.total}`;
  if (demand > usable) {
    const [largest] = known.toSorted((one, other) => (other.connections ?? 0) - (one.connections ?? 0));
    return {
      ...common,
      status: 'fail',
      at: largest?.pools[0]?.at ?? common.at,
      message: `The pools may open ${demand} connections (${arithmetic}), and ${subject} has ${against} for them.`,
      current: `${demand} connections`,
      expected: `at most ${Math.max(1, usable - margin)}`,
      evidence: evidenceOf(known, capacity),
      ...(largest ? fixOf(stack, largest, plan()) : {}),
    };
  }
  // Of a pool without a limit another rule speaks.
  const unknown = clients.find(
    ({ connections, pools }) => connections === undefined && !pools.some((pool) => pool.unlimited),
  );
  if (known.length === 0 && !unknown) return undefined;
  if (unknown)
    return {
      ...common,
      status: 'unknown',
      message: `How many connections ${unknown.service.name} may open is not known: ${unknown.unknown}.`,
    };
  const rolling =
    demand * 2 > usable
      ? ` While a deploy rolls all of them at once it may be ${demand * 2}, which is more.`
      : '';
  return {
    ...common,
    status: 'pass',
    message: `The pools may open ${demand} connections (${arithmetic}); ${subject} has ${against} for them.${rolling}`,
    evidence: evidenceOf(known, capacity),
  };
}

/** https://www.postgresql.org/docs/current/runtime-config-connection.html: 100, and 3 for superusers. */
function databaseCapacity({ live, postgres }: Service): Capacity | undefined {
  const seen = live?.postgres;
  if (seen)
    return {
      total: seen.maxConnections,
      reserved: seen.reserved,
      name: 'max_connections',
      evidence: {
        source: 'pg_settings',
        text: `max_connections ${seen.maxConnections}, reserved ${seen.reserved}`,
      },
      live: true,
    };
  const setting = postgres?.settings.get('max_connections');
  if (!setting && postgres?.unseenConfig !== false) return undefined;
  const number = (name: string, fallback: number): number => {
    const value = Number(postgres?.settings.get(name)?.value ?? fallback);
    return Number.isFinite(value) ? value : fallback;
  };
  const at = setting?.source.at;
  return {
    total: number('max_connections', 100),
    reserved: number('superuser_reserved_connections', 3) + number('reserved_connections', 0),
    name: 'max_connections',
    ...(at ? { at, evidence: { at, text: `max_connections = ${setting?.value ?? ''}` } } : {}),
    live: false,
  };
}

/** Clients that PgBouncer accepts: 100 unless it is told otherwise (https://www.pgbouncer.org/config.html). */
function poolerCapacity({ compose }: Service): Capacity | undefined {
  const names = ['MAX_CLIENT_CONN', 'PGBOUNCER_MAX_CLIENT_CONN'];
  const found = names.map((name) => compose.environment.get(name)).find((variable) => variable !== undefined);
  const value = Number(found?.value);
  // A mounted pgbouncer.ini may say anything.
  if (!found && compose.mounts.some(({ target }) => /pgbouncer/.test(target))) return undefined;
  if (found && (found.value === undefined || !Number.isFinite(value))) return undefined;
  return {
    total: found ? value : 100,
    reserved: 0,
    name: 'max_client_conn',
    ...(found ? { at: found.at } : {}),
    live: false,
  };
}

function evidenceOf(clients: readonly Client[], { evidence }: Capacity): readonly EvidenceLine[] {
  return [
    ...clients.flatMap(({ pools, service, arithmetic }): EvidenceLine[] =>
      pools[0] ? [{ at: pools[0].at, text: `${service.name}: ${arithmetic}` }] : [],
    ),
    ...(evidence ? [evidence] : []),
  ];
}

function fixOf(stack: Stack, { pools, service }: Client, plan: Plan): { fix?: Fix } {
  const [pool] = pools;
  return pool ? { fix: poolFix(stack, service, pool, plan) } : {};
}
