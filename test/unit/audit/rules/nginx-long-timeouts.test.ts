import { describe, expect, it } from 'vitest';
import { nginxLongTimeouts as rule } from '../../../../src/audit/rules/nginx-long-timeouts.ts';
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

describe('nginx-long-timeouts', () => {
  const cases: [string, string, NginxStackOptions, string | undefined, string?][] = [
    ['long for everything', inServer(`location / { proxy_read_timeout 300s; ${pass} }`), {}, 'fail'],
    ['long at the server', inServer('proxy_send_timeout 5m;', `location / { ${pass} }`), {}, 'fail'],
    ['long at http', inHttp('proxy_read_timeout 600;', `server { location /x/ { ${pass} } }`), {}, 'fail'],
    ['connecting for long', inServer(`location / { proxy_connect_timeout 75s; ${pass} }`), {}, 'fail', 'low'],
    ['FastCGI', inServer('location / { fastcgi_read_timeout 300; fastcgi_pass backend:9000; }'), {}, 'fail'],
    ['the default', inServer(`location / { ${pass} }`), {}, 'pass'],
    [
      'just short enough',
      inServer(`location / { proxy_read_timeout 1m; proxy_connect_timeout 30s; ${pass} }`),
      {},
      'pass',
    ],
    [
      'a location of its own',
      inServer(`location /reports/ { proxy_read_timeout 1h; ${pass} }`, `location / { ${pass} }`),
      {},
      'pass',
    ],
    [
      'long for answers that are not buffered',
      inServer(`location /v1 { proxy_buffering off; proxy_read_timeout 1h; ${pass} }`),
      {},
      'fail',
      'info',
    ],
    ['an exact location', inServer(`location = /api/import { proxy_read_timeout 10m; ${pass} }`), {}, 'pass'],
    ['the whole API', inServer(`location /api/ { proxy_read_timeout 10m; ${pass} }`), {}, 'fail'],
    [
      'websockets for the whole site',
      inServer(`location / { proxy_read_timeout 1h; proxy_set_header Upgrade $http_upgrade; ${pass} }`),
      {},
      'pass',
    ],
    [
      'a stream',
      inServer(`location /events { proxy_read_timeout 1h; proxy_buffering off; ${pass} }`),
      {},
      'pass',
    ],
    ['gRPC', inServer('location / { grpc_read_timeout 1h; grpc_pass grpc://backend:50051; }'), {}, 'pass'],
    ['no proxy', inHttp('proxy_read_timeout 300s;', 'server { root /srv; }'), {}, undefined],
    [
      'the app streams: only a hint',
      inServer(`location / { proxy_read_timeout 300s; ${pass} }`),
      { python: 'from sse_starlette import EventSourceResponse\n' },
      'fail',
      'info',
    ],
  ];

  it.each(cases)('%s', (_, config, options, status, severity) => {
    const verdict = verdictOf(rule, nginxStack(config, options));
    expect(verdict?.status).toBe(status);
    expect(verdict?.severity ?? 'medium').toBe(severity ?? 'medium');
  });

  it.each(cases.filter(([, , , status, severity]) => status === 'fail' && severity !== 'info'))(
    'is mended: %s',
    (_, config, options) => {
      const texts = fixed(rule, nginxTexts(config, options));
      expect(verdictOf(rule, stackOf(texts))?.status).toBe('pass');
    },
  );

  it('says what it found', () => {
    const config = inServer(`location / { proxy_connect_timeout 75s; proxy_read_timeout 300s; ${pass} }`);
    const verdict = verdictOf(rule, nginxStack(config, { command: 'gunicorn main:app --timeout 40' }));
    expect(verdict).toMatchObject({
      message:
        'nginx waits 300 s for data and 75 s for a connection for location /: when the app hangs, that long every client waits and holds its connections. gunicorn itself gives up after 40 s.',
      expected: 'proxy_read_timeout 45s; proxy_connect_timeout 5s;',
    });
  });

  it('knows that asynchronous workers have no limit for a request', () => {
    const config = inServer(`location / { proxy_read_timeout 300s; ${pass} }`);
    const command = 'gunicorn main:app --timeout 40 -k uvicorn.workers.UvicornWorker';
    expect(verdictOf(rule, nginxStack(config, { command }))).toMatchObject({
      expected: 'proxy_read_timeout 60s;',
    });
  });

  it('a file that several locations include is changed once', () => {
    const config = inServer(
      `location /api { ${pass} include proxy.conf; }`,
      `location / { ${pass} include proxy.conf; }`,
    );
    const texts = new Map([
      ...nginxTexts(config, { nginx: ["configs: [{source: a, target: '/x'}]"] }),
      ['nginx/proxy.conf', 'proxy_read_timeout 3600s;\nproxy_send_timeout 3600s;\n'],
    ]);
    const compose = texts.get('docker-compose.yml') ?? '';
    texts.set('docker-compose.yml', compose.replace(/\.\/nginx\/nginx\.conf:\S+'/, "./nginx:/etc/nginx:ro'"));
    expect(verdictOf(rule, stackOf(texts))?.evidence).toHaveLength(2);
    expect(fixed(rule, texts).get('nginx/proxy.conf')).toBe(
      'proxy_read_timeout 60s;\nproxy_send_timeout 60s;\n',
    );
  });
});
