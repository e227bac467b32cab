import { describe, expect, it } from 'vitest';
import { bottleneck } from '../../../src/bench/bottleneck.ts';
import type { BenchResult, ServerFigures, ServiceFigures } from '../../../src/bench/result.ts';
import { figuresOf, resultOf } from './sample-result.ts';

const gib = 1024 ** 3;
const calm: ServerFigures = {
  host: 'web-1',
  cpus: 4,
  cpuShare: 0.4,
  services: {
    backend: { cpu: 0.6, cpuLimit: 2, memoryBytes: gib / 4, memoryLimitBytes: gib, throttled: 0.01 },
    db: { cpu: 0.3, memoryBytes: gib / 4 },
  },
  databaseConnections: { mean: 8, max: 10, limit: 97 },
  samples: [],
};
const server = (change: Partial<ServerFigures>): Partial<BenchResult> => ({ server: { ...calm, ...change } });
const backend = (change: Partial<ServiceFigures>): Partial<BenchResult> =>
  server({
    services: { ...calm.services, backend: { cpu: 0.6, memoryBytes: gib / 4, ...change } },
  });

describe('what held a site back', () => {
  it.each<[string, Partial<BenchResult>, string | undefined]>([
    ['nothing', { server: calm }, undefined],
    ['nothing known of the server', {}, undefined],
    [
      'a service at its CPU limit',
      backend({ cpu: 1.96, cpuLimit: 2, throttled: 0.63 }),
      'backend was at its CPU limit: 1.96 CPUs of 2, throttled in 63 % of its periods.',
    ],
    [
      'throttling in bursts',
      backend({ cpu: 0.7, cpuLimit: 1, throttled: 0.24 }),
      'backend was throttled in 24 % of its periods: its CPU limit of 1 held it back in bursts, though it used 0.7 CPUs on average.',
    ],
    [
      'a single process',
      backend({ cpu: 1.02, busiestProcess: 0.99 }),
      'One process of backend used 0.99 CPUs of the 1.02 CPUs of the service: a process that runs one thread at a time cannot use more than one.',
    ],
    ['many busy processes', backend({ cpu: 3, busiestProcess: 0.95 }), undefined],
    ['a process with threads', backend({ cpu: 2.4, busiestProcess: 2.4 }), undefined],
    [
      'the whole machine',
      { ...server({ cpuShare: 0.97, shared: true, services: { backend: { cpu: 3.1, memoryBytes: 1 } } }) },
      'The whole machine: 97 % of its 4 CPUs were in use, 3.1 CPUs of them by backend, together with all else that runs on it, perhaps the generator too.',
    ],
    [
      'connections that ran out',
      server({ databaseConnections: { mean: 88, max: 97, limit: 97 } }),
      'Database connections: up to 97 of 97 were in use (88 on average), so new ones were refused.',
    ],
    [
      'memory',
      backend({ memoryBytes: 0.98 * gib, memoryLimitBytes: gib }),
      'backend was at its memory limit: 1004 MiB of 1.0 GiB; there the kernel reclaims memory all the time, or ends processes.',
    ],
    [
      'a rate limit',
      { total: figuresOf([1, 2, 3, 4], { sent: 4, limited: 2 }) },
      'A rate limit: 50 % of the requests were answered 429, so the rate is that of the limit, not what the site can do.',
    ],
    [
      'the generator',
      { generator: { lagP50: 1, lagP99: 42, lagMax: 90, dropped: 0, cpu: 0.98 } },
      'The generator itself: it used 0.98 CPUs and sent 1 % of the requests 42 ms late or later, so the site may be faster than this.',
    ],
    [
      'a late generator',
      { generator: { lagP50: 1, lagP99: 42, lagMax: 90, dropped: 0, cpu: 0.3 } },
      'The generator was late: 1 % of the requests were sent 42 ms or more after their time.',
    ],
  ])('%s', (_name, change, expected) => {
    expect(bottleneck(resultOf([1, 2, 3], change))).toBe(expected);
  });

  it('puts a limit before the machine that is full because of it, and says no more than two things', () => {
    const text = bottleneck(
      resultOf([1], {
        server: {
          ...calm,
          cpuShare: 0.95,
          services: {
            backend: { cpu: 1.9, cpuLimit: 2, memoryBytes: 1 },
            db: { cpu: 0.98, cpuLimit: 1, memoryBytes: 1 },
            nginx: { cpu: 0.5, cpuLimit: 0.5, memoryBytes: 1 },
          },
        },
      }),
    );
    expect(text).toBe(
      'backend was at its CPU limit: 1.9 CPUs of 2. db was at its CPU limit: 0.98 CPUs of 1.',
    );
  });
});
