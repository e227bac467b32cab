import { lineReader, usedLogFormats } from './nginx.ts';

export interface LogSummary {
  /** Lines that are a request in one of the configured formats. */
  requests: number;
  /** Answers of 500 and above. */
  serverErrors: number;
  /** By status, of the server errors: `502` → 3. */
  byStatus: Readonly<Record<string, number>>;
  /** `$upstream_cache_status`: answers that the cache gave, and those that it had to fetch. */
  cacheHits: number;
  cacheMisses: number;
  /** The format has `$upstream_cache_status`. */
  cacheLogged: boolean;
}

/** What a cache answered by itself: also a stale answer, or one that is being refreshed in the background. */
const served = new Set(['HIT', 'STALE', 'UPDATING', 'REVALIDATED']);
const fetched = new Set(['MISS', 'EXPIRED', 'BYPASS']);

/** Whether a cache status (of a log or of X-Cache-Status) is a hit, a miss, or neither. */
export function cacheAnswer(status: string | undefined): 'hit' | 'miss' | undefined {
  const text = status?.trim().toUpperCase() ?? '';
  return served.has(text) ? 'hit' : fetched.has(text) ? 'miss' : undefined;
}

/**
 * Counts the requests in an access log.
 *
 * @param config `nginx -T`, for the formats; lines of no known format (error messages, another log) are not counted
 */
export function summariseLog(lines: readonly string[], config: string | undefined): LogSummary {
  const formats = usedLogFormats(config ?? '');
  const readers = formats.map(lineReader);
  const byStatus: Record<string, number> = {};
  let requests = 0;
  let cacheHits = 0;
  let cacheMisses = 0;
  for (const line of lines) {
    for (const read of readers) {
      const fields = read(line);
      const status = fields?.get('status');
      if (!fields || status === undefined || !/^\d{3}$/.test(status)) continue;
      requests += 1;
      if (status >= '500') byStatus[status] = (byStatus[status] ?? 0) + 1;
      const cache = cacheAnswer(fields.get('upstream_cache_status'));
      if (cache === 'hit') cacheHits += 1;
      if (cache === 'miss') cacheMisses += 1;
      break;
    }
  }
  return {
    requests,
    serverErrors: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    cacheHits,
    cacheMisses,
    cacheLogged: formats.some((format) => /\$\{?upstream_cache_status\b/.test(format)),
  };
}
