import { describe, expect, it } from 'vitest';
import { accessSummary } from '../../../src/gather/access-summary.ts';
import { isPrivateAddress } from '../../../src/gather/address.ts';
import { plainLine } from '../../../src/gather/plain-line.ts';

const config = `http {
  log_format timed '$remote_addr "$request" $status rt=$request_time cs=$upstream_cache_status';
  access_log /dev/stdout timed;
}`;
const line = (address: string, status: number, time: string, cache: string): string =>
  `${address} "GET /?token=abc HTTP/1.1" ${status} rt=${time} cs=${cache}`;

describe('accessSummary', () => {
  it('counts, and keeps no address', () => {
    const summary = accessSummary(
      [
        ...Array.from({ length: 6 }, () => line('203.0.113.7', 200, '0.010', 'HIT')),
        line('198.51.100.2', 502, '1.000', '-'),
        line('198.51.100.2', 429, '0.000', '-'),
        line('198.51.100.3', 200, '0.200', 'MISS'),
        line('198.51.100.4', 200, '0.100', 'MISS'),
        'a line of the error log',
      ],
      config,
    );
    expect(summary).toEqual({
      requests: 10,
      status5xx: 1,
      limited: 1,
      topClientShare: 0.6,
      topClientPrivate: false,
      cacheHitRatio: 0.75,
      p50Seconds: 0.01,
      p95Seconds: 1,
    });
    expect(JSON.stringify(summary)).not.toContain('203.0');
  });

  it('tells a gateway from a client', () => {
    const lines = ['172.18.0.1', '172.18.0.1', '203.0.113.7'].map((address) => line(address, 200, '-', '-'));
    expect(accessSummary(lines, config)).toMatchObject({ topClientPrivate: true });
  });

  it('counts the user agents behind the address that asks most', () => {
    const lines = ['curl', 'Firefox', 'curl', 'Safari'].map(
      (agent) => `172.18.0.1 - - [23/Nov/2026:22:38:53 +0000] "GET / HTTP/1.1" 200 31 "-" "${agent}"`,
    );
    expect(accessSummary(lines, undefined)).toMatchObject({ topClientShare: 1, topClientAgents: 3 });
  });

  it('without a time or a cache in the format it does not say', () => {
    const combined = '203.0.113.7 - - [23/Nov/2026:22:38:53 +0000] "GET / HTTP/1.1" 200 31 "-" "-"';
    expect(accessSummary([combined], undefined)).toEqual({
      requests: 1,
      status5xx: 0,
      limited: 0,
      topClientShare: 1,
      topClientPrivate: false,
      topClientAgents: 1,
    });
    expect(accessSummary([], config)).toEqual({ requests: 0, status5xx: 0, limited: 0 });
  });
});

describe('addresses', () => {
  it.each([
    '10.1.2.3',
    '127.0.0.1',
    '172.16.0.1',
    '172.31.255.1',
    '192.168.1.1',
    '100.64.0.9',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    'unix:',
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });
  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:db8::1', '', 'example'])('%s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});

describe('plainLine', () => {
  it.each([
    [
      '2026/11/23 22:38:53 [error] 31#31: *5 upstream timed out (110: Connection timed out), client: 203.0.113.7, server: _, request: "GET /api?token=abc&q=me@example.com HTTP/1.1", upstream: "http://172.18.0.3:8000/api?token=abc", host: "shop.example"',
      '2026/11/23 22:38:53 [error] 31#31: *5 upstream timed out (110: Connection timed out), client: [address], server: _, request: "GET /api?… HTTP/1.1", upstream: "http://172.18.0.3:8000/api?…", host: "shop.example"',
    ],
    [
      '[12] [CRITICAL] WORKER TIMEOUT (pid:12) at 12:34:56, perhaps out of memory?',
      '[12] [CRITICAL] WORKER TIMEOUT (pid:12) at 12:34:56, perhaps out of memory?',
    ],
    [
      '\u001B[31mred\u001B[0m for 2001:db8::17 password=hunter2',
      '[31mred [0m for [address] password=redacted',
    ],
  ])('%s', (text, expected) => {
    expect(plainLine(text)).toBe(expected);
  });
});
