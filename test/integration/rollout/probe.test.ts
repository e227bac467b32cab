import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startProbe } from '../../../src/probe/probe.ts';
import type { ProbeSample } from '../../../src/probe/summary.ts';

it('hands over every request that counts: the failures among them, nothing from before the first answer', async () => {
  let status = 503;
  const server = createServer((_, response) => {
    response.statusCode = status;
    response.end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const samples: ProbeSample[] = [];
  const noTunnel = { forward: () => Promise.reject(new Error('This site is asked by its URL.')) };
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
