import { check } from '../check.ts';
import type { HttpSample } from '../evidence.ts';
import { percentile } from '../percentile.ts';
import { expectation, judge, withUnit } from '../threshold.ts';

/** Above this share of requests without a good answer, times say nothing. */
const toleratedFailures = 0.05;

export const responseTime = check({
  id: 'response-time',
  title: 'Response time',
  describe:
    '`checks.requests` requests to `checks.path` (or `health.path`), one after another on one connection, to `url` or through SSH to the port that the proxy publishes. The threshold holds for p95 of the whole answer; p50, the maximum and the time to the first byte stand beside it. The first request is a warm-up and is not counted. Through SSH each request also takes about one round trip of the connection: that time is reported, and p95 that misses the threshold only because of it warns instead of failing; set `url` to measure without it. Fails when more than 5 % of the requests get no good answer.',
  unit: 'ms',
  direction: 'below',
  defaults: { fail: 200 },
  needs: ['http'],
  evaluate({ http }, thresholds) {
    const expected = `p95 ${expectation({ direction: 'below', unit: 'ms' }, thresholds)}`;
    // A rate limit answers for the limit, not for the app.
    const limited = http.samples.filter(({ status }) => status === 429);
    const asked = http.samples.filter(({ status }) => status !== 429);
    const good = asked.filter(({ status }) => status !== undefined && status < 400);
    const bad = asked.filter((sample) => !good.includes(sample));
    const remark =
      limited.length > 0 ? [`${limited.length} requests were refused by a rate limit (429).`] : [];
    if (asked.length === 0)
      return { status: 'unknown', expected, message: 'No request was answered by the app.', detail: remark };
    if (bad.length / asked.length > toleratedFailures)
      return {
        status: 'fail',
        expected,
        message: `${bad.length} of ${asked.length} requests to ${http.path} got no good answer: ${reasons(bad)}.`,
        detail: remark,
      };
    const times = good.map(({ totalMs }) => totalMs);
    const value = percentile(times, 95);
    const p50 = percentile(times, 50);
    const status = judge(value, 'below', thresholds);
    const tunnel = http.tunnelMs ?? 0;
    const direct = judge(value - tunnel, 'below', thresholds);
    const onlyTunnel = status === 'fail' && direct !== 'fail';
    return {
      status: onlyTunnel ? 'warn' : status,
      value,
      figures: { p50 },
      expected,
      message: `${http.path}: p50 ${ms(p50)}, p95 ${ms(value)}, max ${ms(percentile(times, 100))} over ${good.length} requests${onlyTunnel ? `; about ${ms(tunnel)} of each is the way through SSH` : ''}.`,
      detail: [
        `Asked: ${http.from}.`,
        `First byte: p50 ${ms(
          percentile(
            good.map(({ firstByteMs }) => firstByteMs),
            50,
          ),
        )}, p95 ${ms(
          percentile(
            good.map(({ firstByteMs }) => firstByteMs),
            95,
          ),
        )}.`,
        `Warm-up request: ${ms(http.warmUp.totalMs)}.`,
        ...(http.tunnelMs === undefined
          ? []
          : [`Opening a channel through SSH takes ${ms(tunnel)}; each request contains about that much.`]),
        ...(bad.length > 0 ? [`${bad.length} requests got no good answer: ${reasons(bad)}.`] : []),
        ...remark,
      ],
    };
  },
});

function ms(value: number): string {
  return withUnit(value, 'ms');
}

/** `HTTP 502 (11), connection reset (1)`. */
function reasons(samples: readonly HttpSample[]): string {
  const counts = new Map<string, number>();
  for (const { status, error } of samples) {
    const reason = status === undefined ? (error ?? 'no answer') : `HTTP ${status}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${reason} (${count})`).join(', ');
}
