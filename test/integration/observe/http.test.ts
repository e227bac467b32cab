import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { siteClient, tunnelRoundTrip } from '../../../src/observe/http.ts';
import { ask } from '../../../src/probe/probe.ts';
import { selfSigned } from '../../support/certificate.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(handler: Handler): Promise<number> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server with TLS whose certificate nobody trusts. */
async function serveTls(handler: Handler): Promise<number> {
  const { key, certificate } = selfSigned('elsewhere.example');
  const server = createTlsServer({ key, cert: certificate }, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Channels of a connection, as real sockets; counts them. */
function tunnels(): Pick<Host, 'forward'> & { opened: number } {
  const host = {
    opened: 0,
    forward: async (address: string, port: number): Promise<Duplex> => {
      host.opened += 1;
      return await new Promise((resolve, reject) => {
        const socket = connect(port, address, () => {
          resolve(socket);
        });
        socket.once('error', reject);
      });
    },
  };
  return host;
}

const now = (): number => performance.now();

describe.each(['tunnel', 'url'] as const)('asking through a %s', (kind) => {
  const endpoint = (port: number) =>
    kind === 'tunnel'
      ? ({ kind, address: '127.0.0.1', port, tls: false } as const)
      : ({ kind, url: `http://127.0.0.1:${port}/shop/` } as const);

  it('measures answers on one connection, with the cache status', async () => {
    const sockets = new Set<unknown>();
    const paths: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      sockets.add(request.socket);
      paths.push(request.url);
      response.setHeader('X-Cache-Status', 'hit');
      setTimeout(() => response.end('x'.repeat(100_000)), 50);
    });
    const client = siteClient(tunnels(), endpoint(port), now);
    const samples = [
      await client.get('/api/products?page=2'),
      await client.get('/api/products'),
      await client.get('x'),
    ];
    client.close();
    expect(sockets.size).toBe(1);
    const base = kind === 'tunnel' ? '' : '/shop';
    expect(paths).toEqual([`${base}/api/products?page=2`, `${base}/api/products`, `${base}/x`]);
    for (const { status, cache, totalMs, firstByteMs, error } of samples) {
      expect({ status, cache, error }).toEqual({ status: 200, cache: 'HIT', error: undefined });
      expect(totalMs).toBeGreaterThanOrEqual(45);
      expect(totalMs).toBeGreaterThanOrEqual(firstByteMs);
    }
  });

  it('gives errors as samples: a status, a cut answer, nobody there', async () => {
    const port = await serve((request, response) => {
      if (request.url?.endsWith('/cut') === true) {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        setTimeout(() => response.socket?.destroy(), 20);
      } else {
        response.statusCode = 503;
        response.end();
      }
    });
    const client = siteClient(tunnels(), endpoint(port), now);
    expect(await client.get('/')).toMatchObject({ status: 503 });
    expect(await client.get('/cut')).toMatchObject({ error: expect.any(String) as string });
    // A connection that was cut is replaced by a new one.
    expect(await client.get('/')).toMatchObject({ status: 503 });
    client.close();
    closers.splice(0).forEach((close) => {
      close();
    });
    const late = siteClient(tunnels(), endpoint(port), now);
    expect(await late.get('/')).toMatchObject({ error: 'connection refused' });
    late.close();
  });

  it('tells a redirect to https from one within the site', async () => {
    const port = await serve((request, response) => {
      response.writeHead(request.url?.endsWith('/moved') === true ? 301 : 302, {
        location: request.url?.endsWith('/moved') === true ? 'https://shop.example/moved' : '/login',
      });
      response.end();
    });
    const client = siteClient(tunnels(), endpoint(port), now);
    expect(await client.get('/moved')).toMatchObject({ status: 301, movedTo: 'https://shop.example' });
    expect(await client.get('/')).not.toHaveProperty('movedTo');
    client.close();
  });

  it('an interrupt is an interrupt, not a sample', async () => {
    const controller = new AbortController();
    const port = await serve(() => {
      controller.abort(new Error('stop'));
    });
    const client = siteClient(tunnels(), endpoint(port), now, controller.signal);
    await expect(client.get('/')).rejects.toThrow('stop');
    client.close();
  });

  it('never asks another host than the configured one', async () => {
    const port = await serve((request, response) => response.end(request.headers.host));
    const client = siteClient(tunnels(), endpoint(port), now);
    expect(await client.get('//evil.example/x')).toMatchObject({ status: 200 });
    expect(await client.get('http://evil.example/')).toMatchObject({ status: 200 });
    client.close();
  });
});

it('the round trip of the tunnel is a median, and absent when nothing listens', async () => {
  const port = await serve((_request, response) => response.end());
  const host = tunnels();
  const endpoint = { kind: 'tunnel', address: '127.0.0.1', port, tls: false } as const;
  expect(await tunnelRoundTrip(host, endpoint, now)).toBeGreaterThan(0);
  expect(host.opened).toBe(3);
  closers.splice(0).forEach((close) => {
    close();
  });
  expect(await tunnelRoundTrip(host, endpoint, now)).toBeUndefined();
});

it('a site behind TLS is asked by its name, whatever its certificate says', async () => {
  const asked: unknown[] = [];
  const port = await serveTls((request, response) => {
    asked.push([(request.socket as TLSSocket).servername, request.headers.host]);
    response.writeHead(502, { location: 'https://elsewhere.example/' });
    response.end();
  });
  const host = tunnels();
  const endpoint = { kind: 'tunnel', address: '127.0.0.1', port, tls: true, name: 'shop.example' } as const;
  const client = siteClient(host, endpoint, now);
  expect(await client.get('/health')).toMatchObject({ status: 502 });
  client.close();
  expect(await ask(host, endpoint, '/health')).toEqual({ status: 502 });
  expect(asked).toEqual([
    ['shop.example', 'shop.example'],
    ['shop.example', 'shop.example'],
  ]);
});

it.each([
  ['to https', 301, 'https://shop.example/health', { movedTo: 'https://shop.example' }],
  ['to plain HTTP', 302, 'http://shop.example/health', {}],
  ['to another page', 302, '/login', {}],
  ['to https, in an answer that is no redirect', 201, 'https://shop.example/1', {}],
])('a redirect %s is told from an answer', async (_where, status, location, more) => {
  const port = await serve((_request, response) => {
    response.writeHead(status, { location });
    response.end();
  });
  const endpoint = { kind: 'tunnel', address: '127.0.0.1', port, tls: false } as const;
  expect(await ask(tunnels(), endpoint, '/health')).toEqual({ status, ...more });
});
