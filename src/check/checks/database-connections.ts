import { check } from '../check.ts';
import { expectation, judge, withUnit } from '../threshold.ts';

export const databaseConnections = check({
  id: 'database-connections',
  title: 'Database connections',
  describe:
    'Client connections of every PostgreSQL in the stack (`pg_stat_activity`) against the slots that an ordinary user can have (`max_connections` less `superuser_reserved_connections`). Asked by `psql` inside the container, with the user and password that it has in its own environment; nothing of them leaves the container. Other databases are not looked at.',
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
    for (const { name, server } of servers)
      if (server.state === 'unreadable')
        return { status: 'unknown', expected, message: `${name}: ${server.message}` };
    const counted = servers.flatMap(({ name, server }) => {
      if (server.state !== 'ok') return [];
      const slots = Math.max(1, server.maxConnections - server.reserved);
      return [{ name, server, slots, used: (server.connections / slots) * 100 }];
    });
    const [first, ...others] = counted;
    if (!first) return { status: 'unknown', expected, message: 'No PostgreSQL answered.' };
    const fullest = others.reduce((one, other) => (other.used > one.used ? other : one), first);
    return {
      status: judge(fullest.used, 'below', thresholds),
      value: fullest.used,
      expected,
      message: `${fullest.name}: ${fullest.server.connections} of ${fullest.slots} connections (${withUnit(fullest.used, '%')}).`,
      detail: counted.map(
        ({ name, server }) =>
          `${name}: ${server.active} active, ${server.idleInTransaction} idle in a transaction, max_connections ${server.maxConnections}`,
      ),
    };
  },
});
