import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { startSampling, type Sampling } from '../../../src/bench/sample-server.ts';
import { shHost } from '../../support/sh-host.ts';

const runId = `sample-${process.pid}`;
const host = shHost(process.env['PATH'], { OPS_RUN_ID: runId });

/** Processes that carry our run's id. */
function ours(): number[] {
  return readdirSync('/proc')
    .filter((name) => {
      try {
        return (
          /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').includes(`OPS_RUN_ID=${runId}`)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function noneLeft(): Promise<void> {
  for (let round = 0; round < 50 && ours().length > 0; round += 1) await wait(100);
  expect(ours()).toEqual([]);
}

/** Until two samples are there: machines that run tests are slow now and then. */
async function sampled(sampling: Sampling): Promise<void> {
  await vi.waitUntil(() => sampling.cpuShare() !== undefined, { timeout: 20_000, interval: 50 });
}

it('samples the machine until it is stopped, and leaves nothing behind', async () => {
  const sampling = await startSampling(host, {}, { intervalMs: 100 });
  await sampled(sampling);
  expect(ours()).not.toEqual([]);
  sampling.begin();
  await wait(1_000);
  expect(sampling.cpuShare()).toBeGreaterThanOrEqual(0);
  const figures = await sampling.stop();
  expect(figures).toMatchObject({ host: 'here', services: {} });
  expect(figures?.cpus).toBeGreaterThan(0);
  expect(figures?.samples.length).toBeGreaterThan(0);
  expect(figures?.samples.at(-1)?.second).toBeGreaterThan(0.5);
  await noneLeft();
});

it('keeps what it has when the remote shell is gone', async () => {
  const sampling = await startSampling(host, {}, { intervalMs: 100 });
  await sampled(sampling);
  await wait(1_000);
  for (const pid of ours()) process.kill(pid, 'SIGKILL');
  await noneLeft();
  expect((await sampling.stop())?.samples.length).toBeGreaterThan(0);
});

it('says nothing of a host whose shell ends at once', async () => {
  const gone = {
    ...host,
    start: async () => await host.start('exit 1'),
  };
  const sampling = await startSampling(gone, {}, { intervalMs: 100 });
  expect(await sampling.stop()).toBeUndefined();
});
