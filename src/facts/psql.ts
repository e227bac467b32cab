import { quote, words } from '../shell/quote.ts';

/**
 * As the container's own user and password, which never leave it: both are read from its environment by its own
 * shell. Without them, as the operating system's user `postgres` (peer). The session cannot write.
 */
const ask = (query: string): string =>
  [
    'PGCONNECT_TIMEOUT=3; export PGCONNECT_TIMEOUT',
    `PGOPTIONS='-c statement_timeout=3000 -c default_transaction_read_only=on'; export PGOPTIONS`,
    'if [ -n "$POSTGRES_PASSWORD_FILE" ] && [ -r "$POSTGRES_PASSWORD_FILE" ]; then PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); elif [ -n "$POSTGRES_PASSWORD" ]; then PGPASSWORD=$POSTGRES_PASSWORD; fi',
    '[ -z "$PGPASSWORD" ] || export PGPASSWORD',
    'command -v psql >/dev/null 2>&1 || { for dir in /usr/lib/postgresql/*/bin; do PATH=$PATH:$dir; done; export PATH; }',
    `psql -w -X -A -t -q -U "\${POSTGRES_USER:-postgres}" -d "\${POSTGRES_DB:-\${POSTGRES_USER:-postgres}}" -c ${quote(query)}`,
  ].join('\n');

/** Shell: a function for `askOne`. */
export function defineAsk(query: string): string {
  return `ask() { docker exec "$@" sh -c ${quote(ask(query))} 2>&1 </dev/null; }`;
}

/** Shell: sets `said` to the answer, or the error, of the PostgreSQL in the container `$id`. */
export const askOne =
  'said=$(ask "$id") || said=$(ask -u postgres -e POSTGRES_USER=postgres -e POSTGRES_DB=postgres "$id")';

/**
 * Shell: asks every PostgreSQL among the containers, recognised by its server process, one statement.
 * Prints `server ID`, then `said LINE` for each line of the answer or of the error.
 *
 * @param containers full ids
 */
export function askEachPostgres(containers: readonly string[], query: string): string {
  if (containers.length === 0) return ':';
  return [
    defineAsk(query),
    `for id in ${words(...containers)}; do`,
    `  names=$(docker top "$id" -eo pid,comm 2>/dev/null) || names=$(docker exec "$id" sh -c 'cat /proc/[0-9]*/comm' 2>/dev/null </dev/null)`,
    `  printf '%s\\n' "$names" | grep -qE '(^| )(postgres|postmaster)$' || continue`,
    '  echo "server $id"',
    `  ${askOne}`,
    `  printf '%s\\n' "$said" | sed 's/^/said /'`,
    'done',
    ':',
  ].join('\n');
}

/** The lines of each server's answer, by container id. */
export function answersOfEach(stdout: string): ReadonlyMap<string, readonly string[]> {
  const answers = new Map<string, string[]>();
  let lines: string[] | undefined;
  for (const line of stdout.split('\n')) {
    if (line.startsWith('server ')) answers.set(line.slice('server '.length), (lines = []));
    else if (line.startsWith('said ') && line.length > 'said '.length)
      lines?.push(line.slice('said '.length));
  }
  return answers;
}
