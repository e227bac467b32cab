import type { Threshold } from '../../config/config.ts';
import type { PostgresServer } from '../../facts/postgres.ts';
import { check, type Status } from '../check.ts';
import { expectation, judge, withUnit, worst } from '../threshold.ts';

export const databaseConnections = check({
  id: 'database-connections',
  title: 'Database connections',
  describe:
    'Client connections of every PostgreSQL in the stack (`pg_stat_activity`) against the slots that an ordinary user can have (`max_connections` less `superuser_reserved_connections`). A server that refuses `psql` because no slot is left fails. Asked by `psql` inside the container, with the user and password that it has in its own environment; nothing of them leaves the container. Other databases are not looked at.',
  unit: '%',
  direction: 'below',
  defaults: { warn: 70, fail: 90 },
  needs: ['containers', 'postgres'],
  evaluate({ containers, postgres }, thresholds) {
    const expected = expectation({ direction: 'below', unit: '%' }, thresholds);
    const names = new Map(containers.map(({ id, name }) => [id, name]));
    const servers = Object.entries(postgres).map(([id, server]) => ({
      name: names.get(id) ?? id.slice(0, 12),
      server,
    }));
    if (servers.length === 0)
      return { status: 'notApplicable', expected, message: 'No PostgreSQL runs in this stack.' };
    const judged = servers.map(({ name, server }) => judgeServer(name, server, thresholds));
    const status = worst(...judged.map((one) => one.status));
    const used = judged.flatMap((one) => one.used ?? []);
    const reported = judged
      .filter((one) => one.status === status)
      .reduce((one, other) => ((other.used ?? 0) > (one.used ?? 0) ? other : one));
    // One that cannot be read must not be hidden by another either.
    const unseen = judged.filter((one) => one.used === undefined && one !== reported);
    const also = unseen.length > 0 ? `; ${unseen.map(({ name }) => name).join(', ')} cannot be read` : '';
    return {
      status,
      ...(used.length > 0 ? { value: Math.max(...used) } : {}),
      expected,
      message: `${reported.message}${reported.used === undefined ? '' : `${also}.`}`,
      detail: judged.flatMap((one) => one.detail ?? (one === reported ? [] : one.message)),
    };
  },
});

interface Judged {
  name: string;
  status: Status;
  /** Percent of the slots; undefined: it cannot be read. */
  used?: number;
  /** Without the full stop where it is ours. */
  message: string;
  detail?: string;
}

/** What PostgreSQL says to a client, and so to psql, that finds no slot. */
const noSlot = /too many clients already|remaining connection slots are reserved/;

function judgeServer(name: string, server: PostgresServer, thresholds: Threshold): Judged {
  if (server.state === 'ok') {
    const slots = Math.max(1, server.maxConnections - server.reserved);
    const used = (server.connections / slots) * 100;
    return {
      name,
      status: judge(used, 'below', thresholds),
      used,
      message: `${name}: ${server.connections} of ${slots} connections (${withUnit(used, '%')})`,
      detail: `${name}: ${server.active} active, ${server.idleInTransaction} idle in a transaction, max_connections ${server.maxConnections}`,
    };
  }
  return noSlot.test(server.message)
    ? { name, status: 'fail', used: 100, message: `${name}: no connection is left: ${server.message}` }
    : { name, status: 'unknown', message: `${name}: ${server.message}` };
}
