import { describe, expect, it } from 'vitest';
import { nginxRateLimitSharedAddress as rule } from '../../../../src/audit/rules/nginx-rate-limit-shared-address.ts';
import type { LiveStack } from '../../../../src/stack/live.ts';
import {
  fixed,
  inHttp,
  nginxStack,
  nginxTexts,
  stackOf,
  verdictOf,
  type NginxStackOptions,
} from '../../../support/nginx-stack.ts';

const traefik: NginxStackOptions = {
  published: false,
  services: ['traefik:', '  image: traefik:v3.2', "  ports: ['80:80']"],
};
function live(topClientAgents: number): LiveStack {
  const access = {
    requests: 500,
    topClientShare: 0.97,
    topClientPrivate: true,
    topClientAgents,
    status5xx: 0,
    limited: 90,
  };
  return { host: 'x', at: '2026-11-23T12:00:00Z', services: { nginx: { containers: [], access } } };
}

function limited(key: string, ...more: readonly string[]): string {
  return inHttp(
    `limit_req_zone ${key} zone=a:1m rate=10r/s;`,
    ...more,
    'server {',
    '  location / { limit_req zone=a; proxy_pass http://backend:8000; }',
    '}',
  );
}

const address = '$binary_remote_addr';

describe('nginx-rate-limit-shared-address', () => {
  const cases: [string, string, NginxStackOptions, string | undefined][] = [
    ['clients come straight', limited(address), {}, 'pass'],
    ['Traefik in front', limited(address), traefik, 'fail'],
    [
      'Traefik in front, and nginx knows',
      limited(address, 'set_real_ip_from 172.16.0.0/12;', 'real_ip_header X-Forwarded-For;'),
      traefik,
      'pass',
    ],
    ['something unseen in front', limited(address), { published: false }, 'unknown'],
    ['the log shows one address for many', limited(address), { live: live(7) }, 'fail'],
    ['the log shows one address, perhaps of one client', limited(address), { live: live(1) }, 'unknown'],
    ['a limit by user is no matter', limited('$http_authorization'), traefik, 'pass'],
    [
      'everybody is believed',
      limited(address, 'set_real_ip_from 0.0.0.0/0;', 'real_ip_header X-Forwarded-For;'),
      {},
      'fail',
    ],
    [
      'everybody is believed, but nobody gets there',
      limited(address, 'set_real_ip_from 0.0.0.0/0;', 'real_ip_header X-Forwarded-For;'),
      traefik,
      'pass',
    ],
    [
      'everybody is named, but no header is read',
      limited(address, 'set_real_ip_from 0.0.0.0/0;'),
      {},
      'pass',
    ],
    ['counted by a header', limited('$http_x_forwarded_for'), {}, 'fail'],
    ['no limit', inHttp('server { location / { proxy_pass http://backend:8000; } }'), traefik, undefined],
  ];

  it.each(cases)('%s', (_, config, options, status) => {
    expect(verdictOf(rule, nginxStack(config, options))?.status).toBe(status);
  });

  it('takes the address from a proxy of the same stack', () => {
    const texts = fixed(rule, nginxTexts(limited(address), traefik));
    expect(texts.get('nginx/nginx.conf')).toContain('  set_real_ip_from 172.16.0.0/12;\n');
    expect(verdictOf(rule, stackOf(texts))?.status).toBe('pass');
  });

  it('is seen live', () => {
    expect(verdictOf(rule, nginxStack(limited(address), { live: live(7) }))).toMatchObject({
      confidence: 'live',
      fix: { edits: [] },
    });
  });
});
