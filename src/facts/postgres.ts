import { quote, words } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

export type PostgresServer =
  | {
      state: 'ok';
      /** Client connections now. */
      connections: number;
      /** … that run a statement; … that sit in an open transaction. */
      active: number;
      idleInTransaction: number;
      maxConnections: number;
      /** Slots that only superusers get. */
      reserved: number;
    }
  /** psql is missing, or did not let us in. */
  | { state: 'unreadable'; message: string };

/** By container id: containers that run PostgreSQL. */
export type PostgresFact = Readonly<Record<string, PostgresServer>>;

const query = [
  "select 'connections ' || count(*) filter (where backend_type = 'client backend' and pid <> pg_backend_pid())",
  "|| ' ' || count(*) filter (where state = 'active' and backend_type = 'client backend' and pid <> pg_backend_pid())",
  "|| ' ' || count(*) filter (where state like 'idle in transaction%')",
  "|| ' ' || current_setting('max_connections') || ' ' || current_setting('superuser_reserved_connections')",
  'from pg_stat_activity',
].join(' ');

/**
 * As the container's own user and password, which never leave it: both are read from its environment by its own
 * shell. Without them, as the operating system's user `postgres` (peer).
 */
const ask = [
  'PGCONNECT_TIMEOUT=3; export PGCONNECT_TIMEOUT',
  `PGOPTIONS='-c statement_timeout=3000'; export PGOPTIONS`,
  'if [ -n "$POSTGRES_PASSWORD_FILE" ] && [ -r "$POSTGRES_PASSWORD_FILE" ]; then PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); elif [ -n "$POSTGRES_PASSWORD" ]; then PGPASSWORD=$POSTGRES_PASSWORD; fi',
  '[ -z "$PGPASSWORD" ] || export PGPASSWORD',
  'command -v psql >/dev/null 2>&1 || { for dir in /usr/lib/postgresql/*/bin; do PATH=$PATH:$dir; done; export PATH; }',
  `psql -w -X -A -t -q -U "\${POSTGRES_USER:-postgres}" -d "\${POSTGRES_DB:-\${POSTGRES_USER:-postgres}}" -c ${quote(query)}`,
].join('\n');

/**
 * Connections of every PostgreSQL among the given containers, recognised by its server process.
 *
 * @param containers full ids
 */
export function postgres(containers: readonly string[]): Fact<'postgres', PostgresFact> {
  return {
    id: 'postgres',
    script: () =>
      containers.length === 0
        ? ':'
        : [
            `ask() { docker exec "$@" sh -c ${quote(ask)} 2>&1 </dev/null; }`,
            `for id in ${words(...containers)}; do`,
            `  names=$(docker top "$id" -eo pid,comm 2>/dev/null) || names=$(docker exec "$id" sh -c 'cat /proc/[0-9]*/comm' 2>/dev/null </dev/null)`,
            `  printf '%s\\n' "$names" | grep -qE '(^| )(postgres|postmaster)$' || continue`,
            '  echo "server $id"',
            '  said=$(ask "$id") || said=$(ask -u postgres -e POSTGRES_USER=postgres -e POSTGRES_DB=postgres "$id")',
            `  printf '%s\\n' "$said" | sed 's/^/said /'`,
            'done',
            ':',
          ].join('\n'),
    parse({ stdout }): PostgresFact {
      const found: Record<string, PostgresServer> = {};
      let id: string | undefined;
      for (const line of stdout.split('\n')) {
        if (line.startsWith('server ')) {
          id = line.slice('server '.length);
          found[id] = silent;
        } else if (id !== undefined && line.startsWith('said ') && line.length > 'said '.length) {
          const server = found[id] === silent ? undefined : found[id];
          const answer = parseAnswer(line.slice('said '.length));
          // The first line says what is wrong; a warning before the answer does not matter.
          if (server === undefined || answer.state === 'ok') found[id] = answer;
        }
      }
      return found;
    },
  };
}

const silent: PostgresServer = { state: 'unreadable', message: 'psql printed nothing' };

function parseAnswer(text: string): PostgresServer {
  const match = /^connections (\d+) (\d+) (\d+) (\d+) (\d+)$/.exec(text.trim());
  if (!match) return { state: 'unreadable', message: text.trim().slice(0, 200) };
  const [connections = 0, active = 0, idleInTransaction = 0, maxConnections = 0, reserved = 0] = match
    .slice(1)
    .map(Number);
  return { state: 'ok', connections, active, idleInTransaction, maxConnections, reserved };
}
