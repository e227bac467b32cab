import { Buffer } from 'node:buffer';
import type { ScenarioRequest } from './scenario.ts';

const placeholder = /\{n\}|\{random\}/;

/**
 * What is written to a connection for a request: made once where it is always the same, else anew for each
 * (`{n}` counts from 1; `{random}` is one number within a request).
 *
 * @param base URL of the site; its path stands before the request's
 * @param random a number from 0 up to, not including, 1
 */
export function requestBytes(request: ScenarioRequest, base: URL, random: () => number): () => Buffer {
  const { method, body } = request;
  const prefix = base.pathname.replace(/\/$/, '');
  const given = Object.entries(request.headers);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const usual = [
    ['host', base.host],
    ['user-agent', 'ops-bench'],
    ['accept', '*/*'],
  ].filter(([name = '']) => !names.has(name));
  const headers = [...usual, ...given].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const sendsBody = body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  const write = (path: string, content: string): Buffer => {
    const length = sendsBody ? `content-length: ${Buffer.byteLength(content)}\r\n` : '';
    return Buffer.from(`${method} ${prefix}${path} HTTP/1.1\r\n${headers}${length}\r\n${content}`);
  };
  if (!placeholder.test(request.path) && !placeholder.test(body ?? '')) {
    const always = write(request.path, body ?? '');
    return () => always;
  }
  const [from, to] = request.random ?? [1, 1_000_000];
  let count = 0;
  return () => {
    count += 1;
    const drawn = String(from + Math.floor(random() * (to - from + 1)));
    const fill = (text: string): string =>
      text.replaceAll('{n}', String(count)).replaceAll('{random}', drawn);
    return write(fill(request.path), fill(body ?? ''));
  };
}
