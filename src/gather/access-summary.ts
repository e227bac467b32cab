import { cacheAnswer } from '../check/access-log.ts';
import { lineReader, usedLogFormats } from '../check/nginx.ts';
import { percentile } from '../check/percentile.ts';
import type { LiveAccess } from '../stack/live.ts';
import { isPrivateAddress } from './address.ts';

/**
 * What an access log shows, without the addresses in it.
 *
 * @param config `nginx -T`, for the formats; lines of no known format are not counted
 */
export function accessSummary(lines: readonly string[], config: string | undefined): LiveAccess {
  const readers = usedLogFormats(config ?? '').map(lineReader);
  const clients = new Map<string, { requests: number; agents: Set<string> }>();
  const seconds: number[] = [];
  const access = { requests: 0, status5xx: 0, limited: 0 };
  const cache = { hit: 0, miss: 0 };
  for (const line of lines) {
    const fields = readers
      .map((read) => read(line))
      .find((found) => /^\d{3}$/.test(found?.get('status') ?? ''));
    if (fields === undefined) continue;
    const status = fields.get('status') ?? '';
    access.requests += 1;
    if (status >= '500') access.status5xx += 1;
    if (status === '429') access.limited += 1;
    const client = fields.get('remote_addr');
    if (client !== undefined) {
      const known = clients.get(client) ?? { requests: 0, agents: new Set() };
      known.requests += 1;
      const agent = fields.get('http_user_agent');
      if (agent !== undefined) known.agents.add(agent);
      clients.set(client, known);
    }
    const answer = cacheAnswer(fields.get('upstream_cache_status'));
    if (answer !== undefined) cache[answer] += 1;
    const time = Number(fields.get('request_time') ?? Number.NaN);
    if (Number.isFinite(time)) seconds.push(time);
  }
  const [top] = [...clients].sort(([, one], [, other]) => other.requests - one.requests);
  const cached = cache.hit + cache.miss;
  seconds.sort((one, other) => one - other);
  return {
    ...access,
    ...(top === undefined
      ? {}
      : {
          topClientShare: top[1].requests / access.requests,
          topClientPrivate: isPrivateAddress(top[0]),
          ...(top[1].agents.size === 0 ? {} : { topClientAgents: top[1].agents.size }),
        }),
    ...(cached === 0 ? {} : { cacheHitRatio: cache.hit / cached }),
    ...(seconds.length === 0
      ? {}
      : { p50Seconds: percentile(seconds, 50), p95Seconds: percentile(seconds, 95) }),
  };
}
