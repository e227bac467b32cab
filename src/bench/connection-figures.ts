import type { PostgresServer } from '../facts/postgres.ts';
import type { ServerFigures } from './result.ts';

/** PostgreSQL refuses us because others have all the slots. */
const full = /too many clients|remaining connection slots|too many connections/i;

/**
 * Client connections of the PostgreSQL that is nearest to its limit, over a run. An answer that there is no slot left
 * counts as the limit; other errors are left out.
 */
export function connectionFigures(
  answers: readonly { server: string; answer: PostgresServer }[],
): ServerFigures['databaseConnections'] {
  const servers = [...new Set(answers.map(({ server }) => server))].flatMap((server) => {
    const own = answers.filter((one) => one.server === server).map(({ answer }) => answer);
    const known = own.find((answer) => answer.state === 'ok');
    if (known?.state !== 'ok') return [];
    const limit = Math.max(1, known.maxConnections - known.reserved);
    const counts = own.flatMap((answer) =>
      answer.state === 'ok' ? [answer.connections] : full.test(answer.message) ? [limit] : [],
    );
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    return [{ mean, max: Math.max(...counts), limit }];
  });
  return servers.toSorted((one, other) => other.max / other.limit - one.max / one.limit)[0];
}
