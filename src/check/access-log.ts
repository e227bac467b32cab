import { lineReader, usedLogFormats } from './nginx.ts';
import { ownAgents } from './own-agents.ts';

/** Requests, and those of them that met the cache, by `$upstream_cache_status`. */
export interface CacheCount {
  requests: number;
  /** Answers that the cache gave, and those that it had to fetch. */
  cacheHits: number;
  cacheMisses: number;
}

export interface LogSummary extends CacheCount {
  /** Lines that are a request of somebody else than ops, in one of the configured formats. */
  requests: number;
  /** Answers of 500 and above. */
  serverErrors: number;
  /** By status, of the server errors: `502` → 3. */
  byStatus: Readonly<Record<string, number>>;
  /** The format has `$upstream_cache_status`. */
  cacheLogged: boolean;
  /** Requests of ops, which are in no other figure; undefined: none, or the format does not tell who has asked. */
  own?: CacheCount;
}

const agents: ReadonlySet<string | undefined> = new Set(Object.values(ownAgents));

/** What a cache answered by itself: also a stale answer, or one that is being refreshed in the background. */
const served = new Set(['HIT', 'STALE', 'UPDATING', 'REVALIDATED']);
const fetched = new Set(['MISS', 'EXPIRED', 'BYPASS']);

/** Whether a cache status (of a log or of X-Cache-Status) is a hit, a miss, or neither. */
export function cacheAnswer(status: string | undefined): 'hit' | 'miss' | undefined {
  const text = status?.trim().toUpperCase() ?? '';
  return served.has(text) ? 'hit' : fetched.has(text) ? 'miss' : undefined;
}

/**
 * Counts the requests in an access log, those of ops apart: many of them would hide what visitors meet.
 *
 * @param config `nginx -T`, for the formats; lines of no known format (error messages, another log) are not counted
 */
export function summariseLog(lines: readonly string[], config: string | undefined): LogSummary {
  const formats = usedLogFormats(config ?? '');
  const readers = formats.map(lineReader);
  const byStatus: Record<string, number> = {};
  const others: CacheCount = { requests: 0, cacheHits: 0, cacheMisses: 0 };
  const own: CacheCount = { requests: 0, cacheHits: 0, cacheMisses: 0 };
  for (const line of lines) {
    for (const read of readers) {
      const fields = read(line);
      const status = fields?.get('status');
      if (!fields || status === undefined || !/^\d{3}$/.test(status)) continue;
      const isOwn = agents.has(fields.get('http_user_agent'));
      const count = isOwn ? own : others;
      count.requests += 1;
      if (status >= '500' && !isOwn) byStatus[status] = (byStatus[status] ?? 0) + 1;
      const cache = cacheAnswer(fields.get('upstream_cache_status'));
      if (cache === 'hit') count.cacheHits += 1;
      if (cache === 'miss') count.cacheMisses += 1;
      break;
    }
  }
  return {
    ...others,
    serverErrors: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    cacheLogged: formats.some((format) => /\$\{?upstream_cache_status\b/.test(format)),
    ...(own.requests > 0 ? { own } : {}),
  };
}
