import { describe, expect, it } from 'vitest';
import { nginxBufferingOff } from '../../../../src/audit/rules/nginx-buffering-off.ts';
import { nginxLogWithoutTimes } from '../../../../src/audit/rules/nginx-log-without-times.ts';
import { nginxNoGzip } from '../../../../src/audit/rules/nginx-no-gzip.ts';
import { nginxStaleDns } from '../../../../src/audit/rules/nginx-stale-dns.ts';
import { nginxStaticFromApp } from '../../../../src/audit/rules/nginx-static-from-app.ts';
import { nginxWorkerConnections } from '../../../../src/audit/rules/nginx-worker-connections.ts';
import type { Rule } from '../../../../src/audit/rule.ts';
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
const proxied = inServer(`location / { ${pass} }`);
const traefik: NginxStackOptions = {
  published: false,
  services: ['traefik:', '  image: traefik:v3.2', "  ports: ['80:80']"],
};

interface Case {
  title: string;
  config: string;
  options?: NginxStackOptions;
  status: string | undefined;
  severity?: string;
  /** Its fix is left to a person. */
  manual?: boolean;
}

function table(rule: Rule, cases: readonly Case[]): void {
  it.each(cases)('$title', ({ config, options = {}, status, severity }) => {
    const verdict = verdictOf(rule, nginxStack(config, options));
    expect(verdict?.status).toBe(status);
    expect(verdict?.severity).toBe(severity);
  });

  const mended = cases.filter(
    ({ status, severity, manual }) => status === 'fail' && severity !== 'info' && !manual,
  );
  it.each(mended)('is mended: $title', ({ config, options = {} }) => {
    const texts = fixed(rule, nginxTexts(config, options));
    const stack = stackOf(texts);
    expect(stack.problems.filter(({ kind }) => kind === 'syntax')).toEqual([]);
    expect(verdictOf(rule, stack)?.status).toBe('pass');
  });

  it.each(cases.filter(({ manual }) => manual))('takes a person: $title', ({ config, options = {} }) => {
    const fix = verdictOf(rule, nginxStack(config, options))?.fix;
    expect(fix?.edits).toEqual([]);
    expect(fix?.manual).not.toBe('');
  });
}

describe('nginx-worker-connections', () => {
  table(nginxWorkerConnections, [
    { title: 'nothing is known', config: proxied, status: undefined },
    {
      title: 'the limit is below the connections',
      config: `worker_rlimit_nofile 512;\n${events(1024)}`,
      status: 'fail',
    },
    {
      title: 'just one file a connection',
      config: `worker_rlimit_nofile 1024;\n${events(1024)}`,
      status: 'fail',
      severity: 'info',
    },
    {
      title: 'two files a connection',
      config: `worker_rlimit_nofile 2048;\n${events(1024)}`,
      status: 'pass',
    },
    {
      title: "the container's limit is too low",
      config: events(4096),
      options: { nginx: ['ulimits:', '  nofile: 1024'] },
      status: 'fail',
      manual: true,
    },
    {
      title: "the container's soft limit is too low",
      config: events(4096),
      options: { nginx: ['ulimits:', '  nofile: { soft: 1024, hard: 65535 }'] },
      status: 'fail',
    },
    {
      title: "the container's limit is enough",
      config: events(1024),
      options: { nginx: ['ulimits:', '  nofile: 65535'] },
      status: 'pass',
    },
  ]);
});

function events(connections: number): string {
  return `events {\n  worker_connections ${connections};\n}\nhttp {\n  server { location / { ${pass} } }\n}\n`;
}

describe('nginx-buffering-off', () => {
  table(nginxBufferingOff, [
    { title: 'on', config: proxied, status: 'pass' },
    {
      title: 'off, and the source is not known',
      config: inServer('proxy_buffering off;', `location / { ${pass} }`),
      status: 'fail',
      severity: 'low',
      manual: true,
    },
    {
      title: 'off for sync workers',
      config: inServer(`location / { proxy_buffering off; ${pass} }`),
      options: { command: 'gunicorn main:app', python: 'x = 1\n' },
      status: 'fail',
      severity: 'medium',
    },
    {
      title: 'off, and the app has streams',
      config: inServer(`location / { proxy_buffering off; ${pass} }`),
      options: { python: 'media_type = "text/event-stream"\n' },
      status: 'fail',
      severity: 'info',
    },
    {
      title: 'off for a stream',
      config: inServer(`location /events { proxy_buffering off; ${pass} }`),
      status: 'pass',
    },
    {
      title: 'off for a part',
      config: inServer(`location /progress/ { proxy_buffering off; ${pass} }`),
      status: 'pass',
    },
    { title: 'no proxy', config: inServer('proxy_buffering off;'), status: undefined },
  ]);
});

describe('nginx-no-gzip', () => {
  table(nginxNoGzip, [
    { title: 'not set', config: proxied, status: 'fail' },
    { title: 'on', config: inHttp('gzip on;', `server { location / { ${pass} } }`), status: 'pass' },
    {
      title: 'off',
      config: inHttp('gzip off;', `server { location / { ${pass} } }`),
      status: 'fail',
      manual: true,
    },
    { title: 'brotli', config: inHttp('brotli on;', `server { location / { ${pass} } }`), status: 'pass' },
    {
      title: 'the app compresses',
      config: proxied,
      options: { python: 'app.add_middleware(GZipMiddleware)\n' },
      status: 'pass',
    },
    { title: 'Traefik in front may compress', config: proxied, options: traefik, status: undefined },
    {
      title: 'a file is not there',
      config: inHttp('include gzip.conf;', `server { location / { ${pass} } }`),
      status: 'unknown',
    },
    {
      title: 'types are there',
      config: inHttp('gzip_types text/css;', `server { location / { ${pass} } }`),
      status: 'fail',
    },
  ]);
});

describe('nginx-log-without-times', () => {
  table(nginxLogWithoutTimes, [
    { title: 'combined, by default', config: proxied, status: 'fail', manual: true },
    {
      title: 'combined, by name',
      config: inHttp('access_log /var/log/nginx/a.log combined;', `server { location / { ${pass} } }`),
      status: 'fail',
    },
    {
      title: 'combined, of a server',
      config: inServer('access_log /dev/stdout;', `location / { ${pass} }`),
      status: 'fail',
    },
    {
      title: 'a format without',
      config: inHttp(
        "log_format main '$remote_addr $status';",
        'access_log /a main;',
        `server { location / { ${pass} } }`,
      ),
      status: 'fail',
    },
    {
      title: 'a format with',
      config: inHttp(
        "log_format t '$status $request_time';",
        'access_log /a t;',
        `server { location / { ${pass} } }`,
      ),
      status: 'pass',
    },
    {
      title: 'JSON without',
      config: inHttp(
        'log_format j escape=json \'{"s":"$status"}\';',
        'access_log /a j;',
        `server { location / { ${pass} } }`,
      ),
      status: 'fail',
      manual: true,
    },
    {
      title: 'off',
      config: inHttp('access_log off;', `server { location / { ${pass} } }`),
      status: 'fail',
      severity: 'info',
    },
    { title: 'no proxy', config: inServer('root /srv;'), status: undefined },
  ]);
});

describe('nginx-stale-dns', () => {
  table(nginxStaleDns, [
    { title: 'a host', config: proxied, status: 'fail', manual: true },
    {
      title: 'an upstream',
      config: inHttp('upstream a { server backend:8000; }', 'server { location / { proxy_pass http://a; } }'),
      status: 'fail',
      manual: true,
    },
    {
      title: 'resolve',
      config: inHttp(
        'upstream a { zone a 64k; server backend:8000 resolve; }',
        'server { location / { proxy_pass http://a; } }',
      ),
      status: 'pass',
    },
    {
      title: 'a variable',
      config: inServer('set $up backend:8000;', 'location / { proxy_pass http://$up; }'),
      status: 'pass',
    },
    {
      title: 'a host outside',
      config: inServer('location / { proxy_pass http://api.example.com; }'),
      status: undefined,
    },
  ]);
});

const files = { python: 'app.mount("/static", StaticFiles(directory="static"))\n' };
describe('nginx-static-from-app', () => {
  table(nginxStaticFromApp, [
    { title: 'the app serves them', config: proxied, options: files, status: 'opportunity', manual: true },
    {
      title: 'whitenoise',
      config: proxied,
      options: { python: 'MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]\n' },
      status: 'opportunity',
      severity: 'info',
    },
    {
      title: 'in a comment',
      config: proxied,
      options: { python: '# app.mount("/static", StaticFiles())\n' },
      status: undefined,
    },
    {
      title: 'nginx serves them',
      config: inServer('location /static/ { alias /srv/static/; }', `location / { ${pass} }`),
      options: files,
      status: 'pass',
    },
    {
      title: 'nginx keeps them',
      config: inServer(`location / { proxy_cache a; ${pass} }`),
      options: files,
      status: 'pass',
    },
    { title: 'there are none', config: proxied, options: { python: 'x = 1\n' }, status: undefined },
  ]);
});
