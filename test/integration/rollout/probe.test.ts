import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startProbe } from '../../../src/probe/probe.ts';
import type { ProbeSample } from '../../../src/probe/summary.ts';

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

it('hands over every request that counts: the failures among them, nothing from before the first answer', async () => {
  let status = 503;
  const server = createServer((_, response) => {
    response.statusCode = status;
    response.end();
  });
  const port = await portOf(server);
  const samples: ProbeSample[] = [];
  const noTunnel = {
    lost: false,
    forward: () => Promise.reject(new Error('This site is asked by its URL.')),
  };
  const endpoint = { kind: 'url' as const, url: `http://127.0.0.1:${port}` };
  const probe = startProbe(
    noTunnel,
    endpoint,
    '/',
    () => performance.now(),
    (sample) => samples.push(sample),
  );
  try {
    await wait(200);
    expect(samples).toEqual([]);
    status = 200;
    await expect.poll(() => samples.some(({ ok }) => ok), { timeout: 10_000 }).toBe(true);
    status = 502;
    await expect.poll(() => samples.some(({ ok }) => !ok), { timeout: 10_000 }).toBe(true);
  } finally {
    const { requests, failed } = await probe.stop();
    server.close();
    expect(samples).toHaveLength(requests);
    expect(samples.filter(({ ok }) => !ok)).toHaveLength(failed);
    expect(samples.find(({ ok }) => !ok)?.error).toBe('502');
  }
});

it('says nothing of the site where the connection was lost: only what failed while it still answered counts', async () => {
  let status = 200;
  const server = createServer((_, response) => {
    response.statusCode = status;
    response.end();
  });
  const port = await portOf(server);
  const host = {
    lost: false,
    forward: async () => {
      if (host.lost) throw new Error('The connection was lost.');
      return await Promise.resolve(connect(port, '127.0.0.1'));
    },
  };
  const endpoint = { kind: 'tunnel' as const, address: '127.0.0.1', port, tls: false };
  const probe = startProbe(host, endpoint, '/', () => performance.now());
  await expect.poll(() => probe.serving, { timeout: 10_000 }).toBe(true);
  status = 502;
  await expect.poll(() => probe.failures(0).length > 0, { timeout: 10_000 }).toBe(true);
  status = 200;
  await wait(300);
  // No packet arrives any more; that it is lost shows only after a while.
  status = 504;
  await wait(300);
  expect(probe.failures(0).some(({ error }) => error === '504')).toBe(true);
  host.lost = true;
  await wait(200);
  const errors = new Set(probe.failures(0).map(({ error }) => error));
  const { failed, requests } = await probe.stop();
  server.close();
  expect(errors).toEqual(new Set(['502']));
  expect(failed).toBeGreaterThan(0);
  expect(requests).toBeGreaterThan(failed);
});
