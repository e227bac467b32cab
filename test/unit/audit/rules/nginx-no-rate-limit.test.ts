import { describe, expect, it } from 'vitest';
import { nginxNoRateLimit as rule } from '../../../../src/audit/rules/nginx-no-rate-limit.ts';
import type { LiveStack } from '../../../../src/stack/live.ts';
import {
  fixed,
  inHttp,
  inServer,
  nginxStack,
  nginxTexts,
  stackOf,
  verdictOf,
  type NginxStackOptions,
} from '../../../support/nginx-stack.ts';

const pass = 'proxy_pass http://backend:8000;';
const traefik = ['traefik:', '  image: traefik:v3.2', "  ports: ['80:80']"];

describe('nginx-no-rate-limit', () => {
  const cases: [string, string, NginxStackOptions, string | undefined, string?][] = [
    ['none', inServer(`location / { ${pass} }`), {}, 'fail'],
    [
      'a zone that nobody uses',
      inHttp('limit_req_zone $binary_remote_addr zone=a:1m rate=10r/s;', `server { location / { ${pass} } }`),
      {},
      'fail',
    ],
    [
      'a zone in use',
      inHttp(
        'limit_req_zone $binary_remote_addr zone=a:1m rate=10r/s;',
        `server { location / { limit_req zone=a; ${pass} } }`,
      ),
      {},
      'pass',
    ],
    [
      'in use for the API alone',
      inHttp(
        'limit_req_zone $binary_remote_addr zone=a:1m rate=10r/s;',
        `server { location / { ${pass} } location /api/ { limit_req zone=a; ${pass} } }`,
      ),
      {},
      'pass',
    ],
    ['files only', inServer(`location /static/ { ${pass} }`), {}, undefined],
    ['no proxy', inServer('root /srv;'), {}, undefined],
    [
      'behind Traefik it belongs there',
      inServer(`location / { ${pass} }`),
      { published: false, services: traefik },
      'fail',
      'low',
    ],
    [
      'a file that is not there',
      inHttp('include limits.conf;', `server { location / { ${pass} } }`),
      {},
      'unknown',
    ],
  ];

  it.each(cases)('%s', (_, config, options, status, severity) => {
    const verdict = verdictOf(rule, nginxStack(config, options));
    expect(verdict?.status).toBe(status);
    expect(verdict?.severity).toBe(severity);
  });

  it.each(cases.filter(([, , , status, severity]) => status === 'fail' && severity === undefined))(
    'is mended: %s',
    (_, config, options) => {
      const texts = fixed(rule, nginxTexts(config, options));
      expect(verdictOf(rule, stackOf(texts))?.status).toBe('pass');
      expect(texts.get('nginx/nginx.conf')).toContain('limit_req_status 429;');
    },
  );

  it('writes a limit like its neighbours', () => {
    const config = inServer(
      'location /health { return 200; }',
      'location / {',
      `  ${pass}`,
      '}',
      `location /api/ { ${pass} }`,
    );
    expect(fixed(rule, nginxTexts(config)).get('nginx/nginx.conf')).toBe(
      [
        'events {}',
        'http {',
        '  # Requests a second of one client address. Far above what a person needs; who shares an address shares it.',
        '  map $uri $limited_client {',
        '    default $binary_remote_addr;',
        '    # Health checks are not counted.',
        "    ~^/(?:health|healthz|ready|readyz|live|livez|ping)$ '';",
        '  }',
        '  limit_req_zone $limited_client zone=per_client:10m rate=200r/s;',
        '  limit_req_status 429;',
        '',
        '  server {',
        '    listen 80;',
        '    location /health { return 200; }',
        '    location / {',
        '      limit_req zone=per_client burst=400 nodelay;',
        '      proxy_pass http://backend:8000;',
        '    }',
        '    location /api/ { limit_req zone=per_client burst=400 nodelay; proxy_pass http://backend:8000; }',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('takes the burst from a zone that is there', () => {
    const config = inHttp(
      'limit_req_zone $binary_remote_addr zone=a:1m rate=30r/s;',
      `server { location / { ${pass} } }`,
    );
    expect(fixed(rule, nginxTexts(config)).get('nginx/nginx.conf')).toContain(
      'limit_req zone=a burst=60 nodelay;',
    );
  });

  it.each([
    ['Traefik is in front', { published: false, services: traefik }, 'traefik'],
    ['nginx publishes no port', { published: false }, 'publishes no port'],
    ['one private address makes most requests', { live: live(0.8, true) }, '80 % of the last 2,000 requests'],
  ])('does not limit everybody together: %s', (_, options: NginxStackOptions, reason) => {
    const verdict = verdictOf(rule, nginxStack(inServer(`location / { ${pass} }`), options));
    expect(verdict?.fix?.edits).toEqual([]);
    expect(verdict?.fix?.manual).toContain(reason);
  });

  it.each([
    ['a public address', live(0.9, false)],
    ['many clients', live(0.2, true)],
  ])('limits where the log shows %s', (_, evidence) => {
    const verdict = verdictOf(rule, nginxStack(inServer(`location / { ${pass} }`), { live: evidence }));
    expect(verdict?.fix?.edits).not.toEqual([]);
  });
});

function live(topClientShare: number, topClientPrivate: boolean): LiveStack {
  const access = { requests: 2000, topClientShare, topClientPrivate, status5xx: 0, limited: 0 };
  return { host: 'x', at: '2026-11-23T12:00:00Z', services: { nginx: { containers: [], access } } };
}
