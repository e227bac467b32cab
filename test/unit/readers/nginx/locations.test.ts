import { describe, expect, it } from 'vitest';
import { effective, effectiveAll, named } from '../../../../src/readers/nginx/effective.ts';
import { isBroad, locationName, proxiedLocations } from '../../../../src/readers/nginx/locations.ts';
import { parseNginx } from '../../../../src/readers/nginx/parse.ts';

function located(text: string) {
  const config = { ...parseNginx(text, 'x'), paths: ['x'] };
  return { config, locations: proxiedLocations(config) };
}

describe('values in force', () => {
  const { directives } = parseNginx(
    `http { proxy_read_timeout 60s; proxy_set_header A 1; server { proxy_set_header B 2; proxy_set_header C 3;
      location / { proxy_read_timeout 5s; location /in/ { proxy_set_header D 4; } } } }`,
    'x',
  );
  const [outer, inner] = named(directives, 'location');

  it('inherits a single value', () => {
    expect(outer && effective(outer, 'proxy_read_timeout')?.args[0]?.value).toBe('5s');
    expect(inner && effective(inner, 'proxy_read_timeout')?.args[0]?.value).toBe('5s');
    expect(inner && effective(inner, 'gzip')).toBeUndefined();
  });

  it('inherits a list only where there is none', () => {
    const names = (of: typeof outer) =>
      of && effectiveAll(of, 'proxy_set_header').map(({ args }) => args[0]?.value);
    expect(names(outer)).toEqual(['B', 'C']);
    expect(names(inner)).toEqual(['D']);
  });
});

describe('proxiedLocations', () => {
  it.each([
    ['proxy_pass http://app:8000;', { authority: 'app:8000', uri: '', hosts: ['app'], protocol: 'http' }],
    ['proxy_pass https://app/x/;', { authority: 'app', uri: '/x/', hosts: ['app'], protocol: 'https' }],
    [
      'proxy_pass http://unix:/run/app.sock:/x;',
      { authority: 'unix:/run/app.sock', uri: ':/x', hosts: ['unix:/run/app.sock'] },
    ],
    ['proxy_pass http://[::1]:80/;', { authority: '[::1]:80', uri: '/', hosts: ['[::1]'] }],
    ['set $up app:1; proxy_pass http://$up;', { authority: 'app:1', hosts: ['app'], dynamic: true }],
    [
      'set $up http://app:1; proxy_pass $up$request_uri;',
      { authority: 'app:1$request_uri', hosts: [], dynamic: true },
    ],
    ['proxy_pass http://$unknown;', { authority: '$unknown', hosts: [], dynamic: true }],
    ['fastcgi_pass php:9000;', { authority: 'php:9000', hosts: ['php'], protocol: 'fastcgi' }],
    ['grpc_pass grpc://g:50051;', { authority: 'g:50051', hosts: ['g'], protocol: 'grpc' }],
    ['if ($a) { proxy_pass http://app; }', { authority: 'app', hosts: ['app'] }],
  ])('%s', (text, expected) => {
    const [location] = located(`server { location / { ${text} } }`).locations;
    expect({ ...location, hosts: location?.targets.map(({ host }) => host) }).toMatchObject(expected);
  });

  it('finds the upstream block, wherever it stands', () => {
    const [location] = located(
      'server { location /a { proxy_pass http://app; } } upstream app { server one:1; server two:2 backup; }',
    ).locations;
    expect(location?.upstream?.name).toBe('upstream');
    expect(location?.targets.map(({ host, port }) => [host, port])).toEqual([
      ['one', '1'],
      ['two', '2'],
    ]);
  });

  it('leaves out streams of TCP and empty text', () => {
    expect(located('stream { server { proxy_pass db:5432; } }').locations).toEqual([]);
    expect(located('').locations).toEqual([]);
  });

  it.each([
    ['/ws/', '', true, false],
    ['/socket.io/', '', true, false],
    ['/', 'proxy_set_header Upgrade $http_upgrade;', true, false],
    ['/events', '', false, true],
    ['/progress/', 'proxy_buffering off;', false, true],
    ['/', 'proxy_buffering off;', false, false],
    ['/news', '', false, false],
  ])('%s %s: websocket %s, stream %s', (path, more, websocket, stream) => {
    const [location] = located(`server { location ${path} { ${more} proxy_pass http://a; } }`).locations;
    expect(location).toMatchObject({ websocket, stream });
  });

  it.each([
    ['location / {', 'location /', true],
    ['location =/x {', 'location = /x', false],
    ['location ~* \\.php$ {', 'location ~* \\.php$', false],
    ['location ^~ /api/ {', 'location ^~ /api/', true],
    ['location @app {', 'location @app', true],
    ['location ~ ^/(.*)$ {', 'location ~ ^/(.*)$', true],
    ['location ~ . {', 'location ~ .', true],
    ['location /reports/ {', 'location /reports/', false],
    ['location /api/v1/ {', 'location /api/v1/', true],
    ['location /api/export {', 'location /api/export', false],
  ])('%s is called %s; broad: %s', (text, name, broad) => {
    const [location] = located(`server { ${text} proxy_pass http://a; } }`).locations;
    expect(location && locationName(location)).toBe(name);
    expect(location && isBroad(location.modifier, location.path)).toBe(broad);
  });
});
