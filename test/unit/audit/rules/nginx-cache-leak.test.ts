import { describe, expect, it } from 'vitest';
import { nginxCacheLeak as rule } from '../../../../src/audit/rules/nginx-cache-leak.ts';
import {
  fixed,
  inHttp,
  nginxStack,
  nginxTexts,
  stackOf,
  verdictOf,
  type NginxStackOptions,
} from '../../../support/nginx-stack.ts';

function cached(location: string, ...lines: readonly string[]): string {
  return inHttp(
    'proxy_cache_path /c keys_zone=a:1m;',
    ...lines.filter((line) => line.startsWith('map')),
    'server {',
    `  location ${location} {`,
    '    proxy_cache a;',
    '    proxy_cache_valid 200 1m;',
    ...lines.filter((line) => !line.startsWith('map')).map((line) => `    ${line}`),
    '    proxy_pass http://backend:8000;',
    '  }',
    '}',
  );
}

const both = [
  'proxy_cache_bypass $http_authorization $cookie_session;',
  'proxy_no_cache $http_authorization $cookie_session;',
];
const login = { python: 'from fastapi.security import OAuth2PasswordBearer\n' };
const anonymous = { python: 'from fastapi import FastAPI\napp = FastAPI()\n' };

describe('nginx-cache-leak', () => {
  const cases: [string, string, NginxStackOptions, string | undefined, string?][] = [
    ['everything, and people log in', cached('/'), login, 'fail', 'high'],
    ['everything, and nobody knows', cached('/'), {}, 'fail', 'medium'],
    ['everything, and nobody logs in', cached('/'), anonymous, 'pass'],
    ['the whole API', cached('/api/'), login, 'fail', 'high'],
    ['guarded', cached('/', ...both), login, 'pass'],
    [
      'guarded by a map',
      cached(
        '/',
        'map $http_cookie $in { default 0; "~sess" 1; }',
        'proxy_cache_bypass $in;',
        'proxy_no_cache $in;',
      ),
      login,
      'pass',
    ],
    [
      'a key for each user',
      cached('/', 'proxy_cache_key $scheme$host$request_uri$cookie_session;'),
      login,
      'pass',
    ],
    ['passed by, but kept', cached('/', 'proxy_cache_bypass $http_authorization;'), login, 'fail', 'high'],
    [
      'passed by for a purge only',
      cached('/api/products', 'proxy_cache_bypass $http_cache_purge;'),
      login,
      'pass',
    ],
    ['a path that is no secret', cached('/api/products'), login, 'pass'],
    ['a path that looks private', cached('/account/'), {}, 'fail', 'high'],
    ['cookies are ignored', cached('/api/products', 'proxy_ignore_headers Set-Cookie;'), {}, 'fail', 'high'],
    [
      'cookies of assets are ignored, and sent on',
      cached('~* \\.(css|js)$', 'proxy_ignore_headers Set-Cookie;'),
      {},
      'fail',
      'high',
    ],
    [
      'cookies of assets are ignored and hidden',
      cached(
        '~* \\.(css|js)$',
        'proxy_ignore_headers Set-Cookie Cache-Control;',
        'proxy_hide_header Set-Cookie;',
      ),
      {},
      'pass',
    ],
    [
      'Cache-Control is ignored',
      cached('/news', 'proxy_ignore_headers Cache-Control Expires;'),
      {},
      'fail',
      'high',
    ],
    [
      'Cache-Control is ignored, guarded',
      cached('/news', 'proxy_ignore_headers Cache-Control;', ...both),
      {},
      'pass',
    ],
    ['another header is ignored', cached('/news', 'proxy_ignore_headers X-Accel-Expires;'), {}, 'pass'],
    ['assets', cached('/static/'), login, 'pass'],
    [
      'off',
      inHttp('server { location / { proxy_cache off; proxy_pass http://backend; } }'),
      login,
      undefined,
    ],
    ['none', inHttp('server { location / { proxy_pass http://backend; } }'), login, undefined],
  ];

  it.each(cases)('%s', (_, config, options, status, severity) => {
    const verdict = verdictOf(rule, nginxStack(config, options));
    expect(verdict?.status).toBe(status);
    expect(verdict?.severity).toBe(severity);
  });

  it.each(cases.filter(([, , , status]) => status === 'fail'))('is mended: %s', (_, config, options) => {
    const texts = fixed(rule, nginxTexts(config, options));
    const stack = stackOf(texts);
    expect(stack.problems.filter(({ kind }) => kind === 'syntax')).toEqual([]);
    expect(verdictOf(rule, stack)?.status).toBe('pass');
  });

  it('adds to a list that is there', () => {
    const config = cached('/', 'proxy_no_cache $arg_fresh;', 'proxy_cache_bypass $http_authorization;');
    expect(fixed(rule, nginxTexts(config, login)).get('nginx/nginx.conf')).toContain(
      'proxy_no_cache $arg_fresh $http_authorization;',
    );
  });
});
