import { createServer, type Server } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BenchResult } from '../../../src/bench/result.ts';
import { runLoad } from '../../../src/bench/run-load.ts';
import { selfSigned } from '../../support/certificate.ts';

let server: Server;
let certificate: string;
let connections = 0;

beforeAll(async () => {
  const made = selfSigned('localhost', 'DNS:localhost,IP:127.0.0.1');
  ({ certificate } = made);
  server = createServer({ key: made.key, cert: certificate }, (_request, response) => {
    response.end('x'.repeat(100_000));
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function run(host: string, ca?: string): Promise<BenchResult> {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return await runLoad(
    {
      url: `https://${host}:${port}`,
      requests: [{ name: 'GET /', method: 'GET', path: '/', weight: 1, headers: {} }],
      load: { kind: 'closed', connections: 2, thinkMs: 0, stop: { requests: 20 } },
      warmUpMs: 0,
      timeoutMs: 5_000,
    },
    {
      now: () => performance.now(),
      random: () => 0,
      signal: new AbortController().signal,
      at: '2026-01-01T00:00:00.000Z',
      tool: 'ops test',
      ...(ca === undefined ? {} : { ca }),
    },
  );
}

it('refuses a certificate that nobody vouches for, and says what to do', async () => {
  const result = await run('127.0.0.1');
  expect(result.total.errors).toEqual({ certificate: 20 });
  expect(result.notes.join()).toContain('--ca');
});

it('accepts it with its authority, and keeps the connections', async () => {
  connections = 0;
  const result = await run('127.0.0.1', certificate);
  expect(result.total.errors).toEqual({});
  expect(result.total.ok).toBe(20);
  expect(result.total.bytes).toBeGreaterThan(2_000_000);
  expect(connections).toBe(2);
});
