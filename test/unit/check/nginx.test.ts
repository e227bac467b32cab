import { describe, expect, it } from 'vitest';
import { cacheAnswer, summariseLog } from '../../../src/check/access-log.ts';
import { cacheConfigured, lineReader, usedLogFormats } from '../../../src/check/nginx.ts';
import { agentConfig, agentLine, cachedConfig, logOf } from './healthy.ts';

const combinedLine =
  '172.18.0.1 - - [23/Nov/2026:16:00:00 +0000] "GET / HTTP/1.1" 502 157 "-" "curl/8.0 (\\"x\\")"';

describe('formats', () => {
  it('reads the one that is used, over several lines', () => {
    expect(usedLogFormats(cachedConfig)).toEqual([
      '$remote_addr [$time_local] "$request" $status cs=$upstream_cache_status',
    ]);
  });

  it.each([
    ['http { }', 1],
    ['access_log off;', 1],
    ['access_log /a; access_log /b combined;', 1],
    ['log_format j escape=json \'{"s":"$status"}\'; access_log /a j; access_log /b;', 2],
    ['access_log /a nowhere;', 1],
  ])('%s', (config, count) => {
    const formats = usedLogFormats(config);
    expect(formats).toHaveLength(count);
    for (const format of formats) expect(format).toContain('$status');
  });

  it('reads the built-in format', () => {
    const fields = lineReader(usedLogFormats('')[0] ?? '')(combinedLine);
    expect(fields?.get('status')).toBe('502');
    expect(fields?.get('http_user_agent')).toBe('curl/8.0 (\\"x\\")');
  });

  it.each([
    '',
    'not a log line',
    combinedLine.slice(0, 40),
    '2026/11/23 16:00:00 [error] 7#7: *1 connect() failed',
  ])('gives nothing for: %s', (line) => {
    expect(lineReader(usedLogFormats('')[0] ?? '')(line)).toBeUndefined();
  });
});

it.each([
  ['proxy_cache api;', true],
  ['location / { fastcgi_cache x; }', true],
  ['proxy_cache off;', false],
  ['# proxy_cache api;', false],
  ['proxy_cache_path /x keys_zone=a:1m;', false],
])('cache of %s: %s', (config, expected) => {
  expect(cacheConfigured(config)).toBe(expected);
});

it.each([
  ['HIT', 'hit'],
  ['stale', 'hit'],
  ['UPDATING', 'hit'],
  ['REVALIDATED', 'hit'],
  ['MISS', 'miss'],
  ['EXPIRED', 'miss'],
  ['BYPASS', 'miss'],
  ['-', undefined],
  [undefined, undefined],
])('cache status %s is %s', (status, expected) => {
  expect(cacheAnswer(status)).toBe(expected);
});

it('counts a log and skips what is no request', () => {
  const lines = [...logOf([3, 200, 'HIT'], [2, 502, 'MISS'], [1, 504, '-']), 'error: something', ''];
  expect(summariseLog(lines, cachedConfig)).toEqual({
    requests: 6,
    serverErrors: 3,
    byStatus: { 502: 2, 504: 1 },
    cacheHits: 3,
    cacheMisses: 2,
    cacheLogged: true,
  });
});

describe('requests of ops itself', () => {
  const agents = { 'ops-check': 2, 'ops-probe': 3, curl: 1, 'not-ops-check': 1, 'ops-bench': 1 };
  const lines = Object.entries(agents).flatMap(([agent, count]) =>
    Array.from({ length: count }, () => agentLine(agent, 502, 'HIT')),
  );

  it('are counted apart, by their user agent', () => {
    expect(summariseLog(lines, agentConfig)).toEqual({
      requests: 3,
      serverErrors: 3,
      byStatus: { 502: 3 },
      cacheHits: 3,
      cacheMisses: 0,
      cacheLogged: true,
      own: { requests: 5, cacheHits: 5, cacheMisses: 0 },
    });
  });

  it('are found in the built-in format, too', () => {
    const line = '172.18.0.1 - - [23/Nov/2026:16:00:00 +0000] "GET / HTTP/1.1" 502 157 "-" "ops-check"';
    expect(summariseLog([line], undefined)).toMatchObject({ requests: 0, own: { requests: 1 } });
  });

  it('cannot be told apart where the format does not have the user agent', () => {
    expect(summariseLog(logOf([3, 200, 'HIT']), cachedConfig)).not.toHaveProperty('own');
  });
});

it('a request cannot forge its status', () => {
  const forged = '6.6.6.6 - - [23/Nov/2026:16:00:00 +0000] "GET /\\x22 200 1 HTTP/1.1" 500 1 "-" "x"';
  expect(summariseLog([forged], undefined)).toMatchObject({ requests: 1, serverErrors: 1 });
});
