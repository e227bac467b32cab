import { describe, expect, it } from 'vitest';
import { liveStack } from '../../../src/gather/live-stack.ts';
import { backend, database, liveFacts, proxy } from './live-facts.ts';

const { live, machine } = liveStack('web', liveFacts());
const { services } = live;

describe('the running stack', () => {
  it('has every service, running containers first', () => {
    expect(live.host).toBe('web');
    expect(Object.keys(services)).toEqual(['backend', 'db', 'nginx']);
    expect(services['backend']?.containers.map(({ name, running }) => [name, running])).toEqual([
      ['shop-backend-1', true],
      ['shop-backend-9', false],
    ]);
    expect(services['backend']?.containers[0]).toMatchObject({
      memoryLimitBytes: 1024 ** 3,
      cpuLimit: 1.5,
      memoryBytes: 213_000_000,
      oomKills: 2,
      throttledShare: 0,
      logDriver: 'json-file',
      logMaxSize: '10m',
      nofile: 20_000,
      pidsLimit: 0,
    });
  });

  it('lists the processes of the app without those that look at it, with their memory, without secrets', () => {
    expect(services['backend']?.processes).toEqual([
      {
        pid: 12_226,
        parent: 12_201,
        args: ['gunicorn', 'main:app', '--statsd-token', 'redacted'],
        memoryBytes: 26_940 * 1024,
      },
      {
        pid: 12_277,
        parent: 12_226,
        args: ['gunicorn', 'postgresql://shop:redacted@db/shop'],
        memoryBytes: 72_048 * 1024,
      },
    ]);
  });

  it('has PostgreSQL, nginx and the log', () => {
    expect(services['db']?.postgres).toMatchObject({
      majorVersion: 17,
      maxConnections: 100,
      reserved: 3,
      connections: 11,
      settings: { shared_buffers: { value: '16384', unit: '8kB', source: 'command line' } },
    });
    expect(services['db']?.postgres?.cacheHitRatio).toBeCloseTo(0.999, 3);
    expect(services['nginx']?.nginx?.version).toBe('1.26.3');
    expect(services['nginx']?.nginx?.dump).toContain('# configuration file /etc/nginx/nginx.conf:');
    expect(services['nginx']?.access).toMatchObject({ requests: 16, topClientPrivate: true });
    expect(services['backend']?.log).toEqual({
      'worker-timeout': { count: 3, last: 'WORKER TIMEOUT for [address] token=redacted' },
    });
    expect(services['nginx']?.log).toEqual({});
  });

  it('has the machine', () => {
    expect(machine).toMatchObject({ source: 'live', cpus: expect.any(Number) as number });
    expect(machine?.diskFreeBytes).toBeGreaterThan(0);
  });

  it('lists what it could not see', () => {
    expect(live.unknown).toEqual([
      {
        what: 'processes of shop-db-1',
        why: 'neither docker top nor a shell in the container lists them',
        service: 'db',
      },
      { what: 'log of shop-db-1', why: 'the driver does not support reading', service: 'db' },
    ]);
    expect(services['db']?.log).toBeUndefined();
  });
});

describe('what cannot be read is unknown, with its reason', () => {
  const unknown = (change: Parameters<typeof liveFacts>[0]): string[] =>
    (liveStack('web', liveFacts(change)).live.unknown ?? []).map(({ what, why }) => `${what}: ${why}`);

  it('a whole fact', () => {
    const error = { error: '"memory" cannot be read: x.' };
    expect(unknown({ memory: error })).toContain('memory of containers: "memory" cannot be read: x');
    expect(unknown({ system: error })).toContain(
      'CPUs and memory of the machine: "memory" cannot be read: x',
    );
    expect(unknown({ containers: error })).toContain('containers: "memory" cannot be read: x');
  });

  it('a part of one', () => {
    expect(unknown({ memory: { value: {} }, throttling: { value: {} } })).toEqual(
      expect.arrayContaining([
        'memory of shop-backend-1: its cgroup cannot be read',
        'throttling of shop-nginx-1: its cgroup cannot be read',
      ]),
    );
    expect(
      unknown({
        postgres: {
          value: { [database]: { state: 'unreadable', message: 'psql: FATAL: password=CANARY1 is wrong.' } },
        },
      }),
    ).toContain('settings and statistics of PostgreSQL in db: psql: FATAL: password=redacted is wrong');
    expect(
      unknown({
        nginx: {
          value: { [proxy]: { version: '1.27.3', invalid: 'bad', accessLog: { state: 'unreadable' } } },
        },
      }),
    ).toEqual(
      expect.arrayContaining([
        'access log of nginx: neither docker logs nor a file in the container has it',
        'configuration of nginx in nginx: nginx -t says that it is not valid',
      ]),
    );
  });

  it('an access log that is off is known', () => {
    const server = { config: 'x', accessLog: { state: 'off' as const } };
    expect(unknown({ nginx: { value: { [proxy]: server } } }).join()).not.toContain('access log');
  });

  it.each([
    [{ docker: { state: 'missing' }, compose: { state: 'missing' } }, 'the host has no docker command'],
    [
      { docker: { state: 'unreachable', message: 'permission denied' }, compose: { state: 'missing' } },
      'Docker does not answer: permission denied',
    ],
    [
      { docker: { state: 'ok', version: '28' }, compose: { state: 'v1', version: '1.29' } },
      'the host has no Docker Compose of version 2',
    ],
    [
      { docker: { state: 'ok', version: '28' }, compose: { state: 'ok', flavor: 'plugin', version: '2' } },
      'no container of this project exists',
    ],
  ] as const)('no containers: %j', (engine, why) => {
    expect(unknown({ engine: { value: engine }, containers: { value: [] } })).toContain(`containers: ${why}`);
  });

  it('a circle among processes ends', () => {
    const processes = [
      { pid: 1, parent: 2, args: ['a'] },
      { pid: 2, parent: 1, args: ['b'] },
    ];
    const facts = liveFacts({ processes: { value: { [backend]: { env: {}, processes } } } });
    expect(liveStack('web', facts).live.services['backend']?.processes).toEqual([]);
  });
});
