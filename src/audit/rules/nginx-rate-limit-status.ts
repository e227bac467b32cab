import { effective } from '../../readers/nginx/effective.ts';
import { rule } from '../rule.ts';
import { editable, insertAfter } from '../subjects/nginx-edit.ts';
import { judgeProxies, seen } from '../subjects/proxy.ts';
import { limitsInForce } from '../subjects/rate-limit.ts';

export const nginxRateLimitStatus = rule({
  id: 'nginx-rate-limit-status',
  category: 'proxy',
  severity: 'low',
  title: {
    fail: 'Requests above the limit are answered with 503, as if the server were down',
    pass: 'Requests above the limit have a status of their own',
  },
  why: 'By default `limit_req` rejects with 503. Monitoring counts that as an outage, search engines as a server that is down, and clients retry at once. 429 (Too Many Requests) says what it is.',
  example: {
    language: 'nginx',
    bad: 'limit_req zone=api burst=20 nodelay;',
    good: 'limit_req zone=api burst=20 nodelay;\nlimit_req_status 429;',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_limit_req_module.html#limit_req_status',
    'https://www.rfc-editor.org/rfc/rfc6585#section-4',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const limits = limitsInForce(proxy);
      if (limits.length === 0) return undefined;
      const missing = limits.filter((limit) => limit.parent && !effective(limit.parent, 'limit_req_status'));
      const [first] = missing;
      if (!first) return { status: 'pass', message: 'limit_req_status is set.' };
      if (proxy.unseen !== undefined)
        return {
          status: 'unknown',
          message: `limit_req_status is not seen, but not all could be read: ${proxy.unseen}`,
        };
      const { files } = proxy.stack;
      // One for each level that has limits of its own.
      const levels = [...new Map(missing.map((limit) => [limit.parent, limit])).values()];
      const changeable = levels.every(({ at }) => editable(files, at));
      return {
        status: 'fail',
        message: 'limit_req_status is not set: whoever is above the limit gets 503.',
        at: first.at,
        current: '503',
        expected: 'limit_req_status 429;',
        evidence: missing.map((limit) => seen(limit)),
        fix: {
          title: 'Answer 429 above the limit',
          edits: changeable
            ? levels.map((limit) => insertAfter(files, limit, ['limit_req_status 429;']))
            : [],
          ...(!changeable && { manual: 'Set `limit_req_status 429;` in `http`.' }),
          requires: 'reload',
        },
      };
    }),
});
