import { describe, expect, it } from 'vitest';
import { nginxRateLimitStatus as rule } from '../../../../src/audit/rules/nginx-rate-limit-status.ts';
import { fixed, inHttp, nginxStack, nginxTexts, stackOf, verdictOf } from '../../../support/nginx-stack.ts';

function limited(location: string, ...http: readonly string[]): string {
  return inHttp(
    'limit_req_zone $binary_remote_addr zone=a:1m rate=10r/s;',
    ...http,
    `server { location / { ${location} proxy_pass http://backend; } }`,
  );
}

describe('nginx-rate-limit-status', () => {
  it.each([
    ['the default', limited('limit_req zone=a;'), 'fail'],
    ['set beside it', limited('limit_req zone=a; limit_req_status 429;'), 'pass'],
    ['set for all', limited('limit_req zone=a;', 'limit_req_status 429;'), 'pass'],
    ['another one on purpose', limited('limit_req zone=a; limit_req_status 444;'), 'pass'],
    ['no limit', limited(''), undefined],
  ])('%s', (_, config, status) => {
    expect(verdictOf(rule, nginxStack(config))?.status).toBe(status);
  });

  it('is mended', () => {
    const texts = fixed(rule, nginxTexts(limited('limit_req zone=a;')));
    expect(verdictOf(rule, stackOf(texts))?.status).toBe('pass');
  });
});
