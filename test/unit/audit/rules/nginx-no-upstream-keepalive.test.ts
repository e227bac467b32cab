import { describe, expect, it } from 'vitest';
import { nginxNoUpstreamKeepalive as rule } from '../../../../src/audit/rules/nginx-no-upstream-keepalive.ts';
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

const direct = inServer('location / {', '  proxy_pass http://backend:8000;', '}');

function upstream(block: string, ...location: readonly string[]): string {
  return inHttp(
    `upstream app { server backend:8000; ${block} }`,
    'server {',
    '  location / {',
    ...location.map((line) => `    ${line}`),
    '    proxy_pass http://app;',
    '  }',
    '}',
  );
}

const http11 = 'proxy_http_version 1.1;';
const noClose = 'proxy_set_header Connection "";';

describe('nginx-no-upstream-keepalive', () => {
  const cases: [string, string, NginxStackOptions, string | undefined][] = [
    ['a host, no upstream block', direct, {}, 'fail'],
    ['a host, however new nginx is', direct, { image: 'nginx:1.31.0' }, 'fail'],
    ['all three, old', upstream('keepalive 32;', http11, noClose), {}, 'pass'],
    ['no keepalive, old', upstream('', http11, noClose), {}, 'fail'],
    ['no HTTP/1.1, old', upstream('keepalive 32;', noClose), {}, 'fail'],
    ['no Connection header, old', upstream('keepalive 32;', http11), {}, 'fail'],
    ['an upstream block alone, new', upstream(''), { image: 'nginx:1.29.7-alpine' }, 'pass'],
    ['an upstream block alone, old', upstream(''), { image: 'nginx:1.29.6' }, 'fail'],
    ['an upstream block alone, unknown', upstream(''), { image: 'nginx:latest' }, 'unknown'],
    ['all three, unknown', upstream('keepalive 8;', http11, noClose), { image: 'nginx:stable' }, 'pass'],
    ['keepalive 0, new', upstream('keepalive 0;'), { image: 'nginx:1.30.0' }, 'fail'],
    ['HTTP/1.0 asked for, new', upstream('', 'proxy_http_version 1.0;'), { image: 'nginx:1.30.0' }, 'fail'],
    ['gunicorn sync closes anyway', direct, { command: 'gunicorn main:app' }, 'notApplicable'],
    [
      'gunicorn with uvicorn workers',
      direct,
      { command: 'gunicorn main:app -k uvicorn.workers.UvicornWorker' },
      'fail',
    ],
    ['a socket', inServer('location / {', '  proxy_pass http://unix:/run/a.sock;', '}'), {}, undefined],
    ['nothing is passed on', inServer('location / {', '  root /srv;', '}'), {}, undefined],
    ['FastCGI', inServer('location / {', '  fastcgi_pass backend:9000;', '}'), {}, undefined],
    [
      'a ready-made console beside the app',
      inServer('location / {', '  proxy_pass http://adminer:8080;', '}'),
      { services: ['adminer:', '  image: adminer:4'] },
      undefined,
    ],
    [
      'headers of the location cut off those of the server',
      inHttp(
        'upstream app { server backend:8000; keepalive 32; }',
        'server {',
        `  ${http11}`,
        `  ${noClose}`,
        '  location / {',
        '    proxy_set_header Host $host;',
        '    proxy_pass http://app;',
        '  }',
        '}',
      ),
      {},
      'fail',
    ],
    [
      'headers of the server',
      inHttp(
        'upstream app { server backend:8000; keepalive 32; }',
        'server {',
        `  ${http11}`,
        `  ${noClose}`,
        '  location / { proxy_pass http://app; }',
        '}',
      ),
      {},
      'pass',
    ],
    [
      "the map with '' close",
      inHttp(
        "map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
        'upstream app { server backend:8000; keepalive 32; }',
        'server { location / {',
        `  ${http11}`,
        '  proxy_set_header Upgrade $http_upgrade;',
        '  proxy_set_header Connection $connection_upgrade;',
        '  proxy_pass http://app;',
        '} }',
      ),
      { image: 'nginx:1.30.0' },
      'fail',
    ],
    [
      "the map with '' ''",
      inHttp(
        "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }",
        'upstream app { server backend:8000; keepalive 32; }',
        'server { location / {',
        `  ${http11}`,
        '  proxy_set_header Upgrade $http_upgrade;',
        '  proxy_set_header Connection $connection_upgrade;',
        '  proxy_pass http://app;',
        '} }',
      ),
      {},
      'pass',
    ],
    [
      'a location for websockets only may close',
      inHttp(
        'upstream app { server backend:8000; keepalive 32; }',
        'server {',
        `  location / { ${http11} ${noClose} proxy_pass http://app; }`,
        '  location /ws/ { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection close; proxy_pass http://app; }',
        '}',
      ),
      {},
      'pass',
    ],
  ];

  it.each(cases)('%s', (_, config, options, status) => {
    expect(verdictOf(rule, nginxStack(config, options))?.status).toBe(status);
  });

  it.each(cases.filter(([, , , status]) => status === 'fail'))('is mended: %s', (_, config, options) => {
    const texts = fixed(rule, nginxTexts(config, options));
    expect(verdictOf(rule, stackOf(texts))).toMatchObject({ status: 'pass' });
    expect(stackOf(texts).problems.filter(({ kind }) => kind === 'syntax')).toEqual([]);
  });

  it('keeps every other line', () => {
    const config = inServer(
      '# The site.',
      'location / {',
      '  proxy_set_header Host $host; # as asked',
      '  proxy_pass http://backend:8000;',
      '}',
      'location /api/ { proxy_pass "http://backend:8000/v1/"; proxy_set_header Host $host; }',
    );
    expect(fixed(rule, nginxTexts(config)).get('nginx/nginx.conf')).toBe(
      [
        'events {}',
        'http {',
        '  upstream backend {',
        '    server backend:8000;',
        '    # Idle connections that each worker keeps. The app must keep them longer, so that it is nginx that closes.',
        '    keepalive 32;',
        '    keepalive_timeout 60s;',
        '  }',
        '',
        '  server {',
        '    listen 80;',
        '    # The site.',
        '    location / {',
        '      proxy_set_header Host $host; # as asked',
        '      proxy_http_version 1.1;',
        '      proxy_set_header Connection "";',
        '      proxy_pass http://backend;',
        '    }',
        '    location /api/ { proxy_pass "http://backend/v1/"; proxy_set_header Host $host; proxy_http_version 1.1; proxy_set_header Connection ""; }',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('leaves an nginx alone that knows no keepalive_timeout in an upstream', () => {
    const texts = nginxTexts(direct, { image: 'nginx:1.13.12-alpine' });
    expect(verdictOf(rule, stackOf(texts))?.fix).toMatchObject({
      edits: [],
      manual: expect.stringContaining('Update nginx first: 1.13.12') as string,
    });
  });

  it('keeps the Host that the app saw', () => {
    expect(fixed(rule, nginxTexts(direct)).get('nginx/nginx.conf')).toContain(
      'proxy_set_header Host backend:8000;',
    );
  });

  it('gives the block another name where the host has two ports', () => {
    const config = inServer(
      'location / { proxy_pass http://backend:8000; }',
      'location /b/ { proxy_pass http://backend:9000; }',
    );
    const text = fixed(rule, nginxTexts(config)).get('nginx/nginx.conf') ?? '';
    expect(text).toContain('upstream backend_app {');
    expect(text).toContain('upstream backend_app_2 {');
    expect(text).not.toMatch(/proxy_pass http:\/\/backend[:;]/);
  });

  it('lets nginx close first where the app cannot be told to wait', () => {
    const texts = new Map([
      ...nginxTexts(direct),
      ['backend/Dockerfile', 'FROM python:3.13-slim\nCMD ["fastapi", "run", "main.py"]\n'],
    ]);
    expect(fixed(rule, texts).get('nginx/nginx.conf')).toContain('keepalive_timeout 4s;');
  });

  it.each([
    ['a variable', inServer('set $up backend:8000;', 'location / { proxy_pass http://$up; }')],
    ['https', inServer('location / { proxy_pass https://backend:8443; }')],
  ])('leaves it to a person: %s', (_, config) => {
    const verdict = verdictOf(rule, nginxStack(config));
    expect(verdict).toMatchObject({ status: 'fail', fix: { edits: [] } });
    expect(verdict?.fix?.manual).toContain('upstream');
  });

  it('is unknown without a configuration', () => {
    const stack = nginxStack(direct);
    const services = stack.services.map((service) => {
      const { nginx, ...unread } = service;
      return nginx ? unread : service;
    });
    expect(verdictOf(rule, { ...stack, services })).toMatchObject({ status: 'unknown', subject: 'nginx' });
  });
});
