import { describe, expect, it } from 'vitest';
import { requestBytes } from '../../../src/bench/request-bytes.ts';
import type { ScenarioRequest } from '../../../src/bench/scenario.ts';

const request: ScenarioRequest = { name: 'x', method: 'GET', path: '/', weight: 1, headers: {} };
const base = new URL('https://shop.example.com:8443/app/');

describe('requestBytes', () => {
  it('writes a request below the path of the site, once where it is always the same', () => {
    const bytes = requestBytes({ ...request, path: '/a?b=c' }, base, () => 0);
    expect(bytes().toString()).toBe(
      'GET /app/a?b=c HTTP/1.1\r\nhost: shop.example.com:8443\r\nuser-agent: ops-bench\r\naccept: */*\r\n\r\n',
    );
    expect(bytes()).toBe(bytes());
  });

  it("lets the scenario's own headers win", () => {
    const bytes = requestBytes({ ...request, headers: { Host: 'a.test', 'X-One': '1' } }, base, () => 0);
    expect(bytes().toString()).toBe(
      'GET /app/ HTTP/1.1\r\nuser-agent: ops-bench\r\naccept: */*\r\nHost: a.test\r\nX-One: 1\r\n\r\n',
    );
  });

  it('fills in placeholders, and counts the bytes of what they became', () => {
    const random = [0, 0.5, 0.999_999];
    const bytes = requestBytes(
      {
        ...request,
        method: 'POST',
        path: '/orders/{random}?n={n}',
        body: '{"id":"ü{n}-{random}"}',
        random: [9, 11],
      },
      new URL('http://a.test'),
      () => random.shift() ?? 0,
    );
    const texts = [bytes(), bytes(), bytes()].map(String);
    expect(texts.map((text) => /^POST (\S+)/.exec(text)?.[1])).toEqual([
      '/orders/9?n=1',
      '/orders/10?n=2',
      '/orders/11?n=3',
    ]);
    expect(texts[2]).toContain('content-length: 15\r\n\r\n{"id":"ü3-11"}');
    expect(texts[0]).toContain('content-length: 14\r\n\r\n{"id":"ü1-9"}');
  });

  it('says that a POST without a body has none', () => {
    expect(String(requestBytes({ ...request, method: 'POST' }, base, () => 0)())).toContain(
      'content-length: 0\r\n',
    );
  });
});
