import type { LogKind } from '../stack/live.ts';

/** What each kind of log line says, as an extended regular expression in lower case. */
export const logPatterns: Readonly<Record<LogKind, string>> = {
  // SQLAlchemy's QueuePool, psycopg_pool's PoolTimeout
  'pool-exhausted': "queuepool limit of size|pooltimeout: couldn't get a connection",
  // gunicorn's arbiter
  'worker-timeout': 'worker timeout',
  'out-of-memory': 'out of memory|memoryerror',
  // MySQL; PostgreSQL before and since slots are reserved
  'too-many-connections': 'too many connections|remaining connection slots|too many clients already',
  // nginx: limit_req, limit_conn
  'rate-limited': 'limiting requests|limiting connections',
  'upstream-timeout': 'upstream timed out',
  'no-live-upstreams': 'no live upstreams',
};

/** Lines of each log that are looked at, none of them older than a week. */
export const logTail = 5_000;
export const logSince = '168h';
