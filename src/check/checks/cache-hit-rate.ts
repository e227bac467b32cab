import { cacheAnswer, summariseLog } from '../access-log.ts';
import type { Threshold } from '../../config/config.ts';
import { check, type Verdict } from '../check.ts';
import { cacheConfigured } from '../nginx.ts';
import { expectation, judge } from '../threshold.ts';

/** Fewer requests than this in the log say little about users. */
const enough = 20;

export const cacheHitRate = check({
  id: 'cache-hit-rate',
  title: 'Cache hit rate',
  describe:
    "The share of requests that nginx answers from its cache: from `$upstream_cache_status` in the last 2,000 lines of the access log when the log format has it and the log has at least 20 such requests, else from the `X-Cache-Status` header of the check's own requests to `checks.path`. Requests of ops in the log (told by `$http_user_agent`) count only where neither of these tells. HIT, STALE, UPDATING and REVALIDATED count as hits; MISS, EXPIRED and BYPASS do not; requests that never meet the cache are left out. Fails with that reason when nginx has no cache at all.",
  unit: '%',
  direction: 'above',
  defaults: { fail: 50 },
  needs: ['proxy', 'accessLog', 'http'],
  evaluate({ proxy, accessLog, http }, thresholds) {
    const expected = expectation({ direction: 'above', unit: '%' }, thresholds);
    if (proxy.state === 'none')
      return { status: 'notApplicable', expected, message: 'The stack has no nginx that could cache.' };
    if (proxy.config === undefined)
      return {
        status: 'unknown',
        expected,
        message: proxy.invalid
          ? 'The configuration of nginx is not valid, so it cannot be read.'
          : 'The configuration of the proxy cannot be read.',
      };
    if (!cacheConfigured(proxy.config))
      return {
        status: 'fail',
        value: 0,
        expected,
        message: 'nginx has no cache: no proxy_cache is in its configuration.',
      };
    const log = accessLog.state === 'ok' ? summariseLog(accessLog.lines, proxy.config) : undefined;
    const where = `the access log (${accessLog.state === 'ok' ? accessLog.source : ''})`;
    const hits = log?.cacheHits ?? 0;
    const total = hits + (log?.cacheMisses ?? 0);
    if (total >= enough) return judged(hits, total, where, thresholds);
    const answers = http.samples
      .map(({ cache }) => cacheAnswer(cache))
      .filter((answer) => answer !== undefined);
    const { cacheHits: ownHits, cacheMisses: ownMisses } = log?.own ?? { cacheHits: 0, cacheMisses: 0 };
    const all = total + ownHits + ownMisses;
    // Where nothing else tells, those that ops has made are better than none.
    if (answers.length === 0 && all >= enough)
      return judged(hits + ownHits, all, `${where}, with the requests of ops`, thresholds);
    if (answers.length === 0)
      return {
        status: 'unknown',
        expected,
        message: `A cache is configured, but neither the log nor the answers of ${http.path} tell whether it was used.`,
        detail: [
          log?.cacheLogged
            ? `The log has ${all} requests with a cache status; ${enough} are needed.`
            : 'Put $upstream_cache_status into the log_format, or add_header X-Cache-Status $upstream_cache_status.',
        ],
      };
    return judged(
      answers.filter((answer) => answer === 'hit').length,
      answers.length,
      `X-Cache-Status of ${http.path}`,
      thresholds,
    );
  },
});

function judged(hits: number, total: number, where: string, thresholds: Threshold): Verdict {
  const value = (hits / total) * 100;
  return {
    status: judge(value, 'above', thresholds),
    value,
    expected: expectation({ direction: 'above', unit: '%' }, thresholds),
    message: `${hits} of ${total} requests came from the cache, by ${where}.`,
  };
}
