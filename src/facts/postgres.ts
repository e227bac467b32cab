import type { Fact } from './fact.ts';
import { answersOfEach, askEachPostgres } from './psql.ts';

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

/** Prints `connections ALL ACTIVE IDLE MAX RESERVED`. */
export const connectionsQuery = [
  "select 'connections ' || count(*) filter (where backend_type = 'client backend' and pid <> pg_backend_pid())",
  "|| ' ' || count(*) filter (where state = 'active' and backend_type = 'client backend' and pid <> pg_backend_pid())",
  "|| ' ' || count(*) filter (where state like 'idle in transaction%')",
  "|| ' ' || current_setting('max_connections') || ' ' || current_setting('superuser_reserved_connections')",
  'from pg_stat_activity',
].join(' ');

/**
 * Connections of every PostgreSQL among the given containers, recognised by its server process.
 *
 * @param containers full ids
 */
export function postgres(containers: readonly string[]): Fact<'postgres', PostgresFact> {
  return {
    id: 'postgres',
    script: () => askEachPostgres(containers, connectionsQuery),
    parse({ stdout }): PostgresFact {
      return Object.fromEntries(
        [...answersOfEach(stdout)].map(([id, lines]) => {
          const answers = lines.map(parseAnswer);
          // The first line says what is wrong; a warning before the answer does not matter.
          return [id, answers.find(({ state }) => state === 'ok') ?? answers[0] ?? silent];
        }),
      );
    },
  };
}

const silent: PostgresServer = { state: 'unreadable', message: 'psql printed nothing' };

/** Reads a line of the answer to `connectionsQuery`. */
export function parseAnswer(text: string): PostgresServer {
  const match = /^connections (\d+) (\d+) (\d+) (\d+) (\d+)$/.exec(text.trim());
  if (!match) return { state: 'unreadable', message: text.trim().slice(0, 200) };
  const [connections = 0, active = 0, idleInTransaction = 0, maxConnections = 0, reserved = 0] = match
    .slice(1)
    .map(Number);
  return { state: 'ok', connections, active, idleInTransaction, maxConnections, reserved };
}
