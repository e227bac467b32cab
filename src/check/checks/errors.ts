import { summariseLog } from '../access-log.ts';
import { check } from '../check.ts';
import { expectation, judge } from '../threshold.ts';

/** A share of fewer requests than this is noise. */
const enough = 20;

export const errors = check({
  id: 'errors',
  title: 'Server errors',
  describe:
    "The share of answers with a status of 500 or above in the last 2,000 lines of nginx's access log. Requests of `ops check` and of the probe of a deploy do not count, where the log format has `$http_user_agent`. Unknown while the log has fewer than 20 requests.",
  unit: '%',
  direction: 'atMost',
  defaults: { warn: 0.5, fail: 2 },
  needs: ['proxy', 'accessLog'],
  evaluate({ proxy, accessLog }, thresholds) {
    const expected = expectation({ direction: 'atMost', unit: '%' }, thresholds);
    if (proxy.state === 'none' || accessLog.state === 'none')
      return { status: 'notApplicable', expected, message: 'The stack has no nginx that could log.' };
    if (accessLog.state !== 'ok')
      return {
        status: 'unknown',
        expected,
        message:
          accessLog.state === 'off'
            ? 'nginx writes no access log.'
            : 'The access log of nginx cannot be read.',
      };
    const log = summariseLog(accessLog.lines, proxy.config);
    if (log.requests < enough)
      return {
        status: 'unknown',
        expected,
        message: `The access log (${accessLog.source}) has ${log.requests} requests; ${enough} are needed${log.own ? `, and ${log.own.requests} of ops itself do not count` : ''}.`,
      };
    const value = (log.serverErrors / log.requests) * 100;
    const kinds = Object.entries(log.byStatus).map(([status, count]) => `HTTP ${status}: ${count}`);
    return {
      status: judge(value, 'atMost', thresholds),
      value,
      expected,
      message: `${log.serverErrors} of the last ${log.requests} requests, by the access log (${accessLog.source}).`,
      detail: kinds,
    };
  },
});
