import { describe, expect, it } from 'vitest';
import { nginxCacheLeak } from '../../../../src/audit/rules/nginx-cache-leak.ts';
import { nginxNoCache as rule } from '../../../../src/audit/rules/nginx-no-cache.ts';
import { proxiedLocations } from '../../../../src/readers/nginx/locations.ts';
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
const everything = inServer('location / {', `  ${pass}`, '}');
const shop = [
  'from fastapi import FastAPI',
  'app = FastAPI()',
  '@app.get("/api/products")',
  'def products():',
  '    return []',
  '@app.get("/api/products/{product_id}")',
  'def product(product_id: int):',
  '    return {}',
  '@app.get("/api/orders/count")',
  'def count():',
  '    return 1',
  '',
].join('\n');

describe('nginx-no-cache', () => {
  const cases: [string, string, NginxStackOptions, string | undefined, string?][] = [
    ['public routes', everything, { python: shop }, 'opportunity'],
    ['routes that cannot be seen', everything, {}, 'opportunity', 'info'],
    [
      'an app that serves its own files',
      everything,
      { python: 'app.mount("/static", StaticFiles())\n' },
      'opportunity',
      'low',
    ],
    [
      'a cache',
      inServer(`location / { ${pass} }`, `location /api/ { proxy_cache a; ${pass} }`),
      { python: shop },
      'pass',
    ],
    [
      'a cache that is off',
      inServer(`location / { proxy_cache off; ${pass} }`),
      { python: shop },
      'opportunity',
      'info',
    ],
    [
      'a zone that nobody uses',
      inHttp('proxy_cache_path /c keys_zone=a:1m;', `server { location / { ${pass} } }`),
      { python: shop },
      'opportunity',
    ],
    [
      'a password for everything',
      inServer('auth_basic x;', `location / { ${pass} }`),
      { python: shop },
      'notApplicable',
    ],
    ['accounts only', inServer(`location /account/ { ${pass} }`), { python: shop }, undefined],
    ['websockets only', inServer(`location /ws/ { ${pass} }`), { python: shop }, undefined],
    ['no proxy', inServer('root /srv;'), {}, undefined],
  ];

  it.each(cases)('%s', (_, config, options, status, severity) => {
    const verdict = verdictOf(rule, nginxStack(config, options));
    expect(verdict?.status).toBe(status);
    expect(verdict?.severity).toBe(severity);
  });

  it.each(cases.filter(([, , , status, severity]) => status === 'opportunity' && severity !== 'info'))(
    'is mended without a leak: %s',
    (_, config, options) => {
      const texts = fixed(rule, nginxTexts(config, options));
      const stack = stackOf(texts);
      expect(stack.problems.filter(({ kind }) => kind === 'syntax')).toEqual([]);
      expect(verdictOf(rule, stack)?.status).toBe('pass');
      expect(verdictOf(nginxCacheLeak, stack)?.status).toBe('pass');
    },
  );

  it('keeps public routes only, with all guards', () => {
    const config = inServer(
      'add_header X-Frame-Options DENY;',
      'location / {',
      `  ${pass}`,
      '  proxy_set_header Host $host;',
      '}',
    );
    const text = fixed(rule, nginxTexts(config, { python: shop })).get('nginx/nginx.conf') ?? '';
    expect(text.slice(text.indexOf('    location / {'))).toBe(
      [
        '    location / {',
        '      proxy_pass http://backend:8000;',
        '      proxy_set_header Host $host;',
        '',
        "      # The same for everybody, by the app's code.",
        '      location ~ ^/api/products(?:/[0-9]+)?$ {',
        '        proxy_cache app_cache;',
        '        proxy_cache_key $scheme$host$request_uri;',
        '        proxy_cache_valid 200 10s;',
        '        # Who may be logged in neither gets a kept answer nor has one kept.',
        '        proxy_cache_bypass $http_authorization $has_session_cookie;',
        '        proxy_no_cache $http_authorization $has_session_cookie;',
        '        # One request fills an entry while the others wait; an old answer is better than an error.',
        '        proxy_cache_lock on;',
        '        proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;',
        '        proxy_cache_background_update on;',
        '        add_header X-Frame-Options DENY;',
        '        add_header X-Cache-Status $upstream_cache_status;',
        '        proxy_pass http://backend:8000;',
        '      }',
        '    }',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('never keeps the whole site', () => {
    for (const [, config, options] of cases) {
      const { services } = stackOf(fixed(rule, nginxTexts(config, options)));
      const nginx = services.find(({ name }) => name === 'nginx')?.nginx;
      const kept =
        nginx &&
        proxiedLocations(nginx).filter(({ block }) =>
          block.children?.some(({ name }) => name === 'proxy_cache_key'),
        );
      expect(kept?.filter(({ path }) => path === '/')).toEqual([]);
    }
  });

  it('tells asking sites apart where answers name them', () => {
    const python = `${shop}from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware)\n`;
    expect(fixed(rule, nginxTexts(everything, { python })).get('nginx/nginx.conf')).toContain(
      'proxy_cache_key $scheme$host$request_uri$http_origin;',
    );
  });

  it.each([
    ['a rewrite would be lost', inServer('location / {', '  rewrite ^/x /y;', `  ${pass}`, '}')],
    ['the address is changed', inServer('location / { proxy_pass http://backend:8000/; }')],
    [
      'an expression takes the route',
      inServer('location ~ ^/api/ { return 403; }', `location / { ${pass} }`),
    ],
    [
      'a longer prefix takes the route',
      inServer('location /api/products { return 403; }', `location / { ${pass} }`),
    ],
    ['buffering is off', inServer(`location / { proxy_buffering off; ${pass} }`)],
  ])('proposes nothing where %s', (_, config) => {
    expect(verdictOf(rule, nginxStack(config, { python: shop }))).toMatchObject({
      severity: 'info',
      fix: { edits: [] },
    });
  });

  it('does not write to a container that cannot be written to', () => {
    expect(
      verdictOf(rule, nginxStack(everything, { python: shop, nginx: ['read_only: true'] }))?.fix?.edits,
    ).toEqual([]);
  });
});
