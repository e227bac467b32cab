import { describe, expect, it } from 'vitest';
import { ConnectionError, InterruptedError, OpsError, RemoteCommandError } from '../../../src/errors.ts';
import type { HostConfig } from '../../../src/config/config.ts';
import type { Host } from '../../../src/host/host.ts';
import { endpointText, siteEndpoint } from '../../../src/observe/endpoint.ts';
import { history } from '../../../src/observe/history.ts';
import {
  failures,
  hostNamed,
  hostPool,
  onEachHost,
  requireSome,
  roundReason,
} from '../../../src/observe/hosts.ts';
import { series } from '../../../src/observe/http.ts';
import { lineFilter } from '../../../src/observe/line-filter.ts';
import { splitLogLine } from '../../../src/observe/logs.ts';
import { hostStatus, rolledBackCommits } from '../../../src/observe/status.ts';
import { watch } from '../../../src/observe/watch.ts';
import type { Release } from '../../../src/ledger/ledger.ts';
import { container, healthy, sample, service } from '../check/healthy.ts';

describe('where the site is asked', () => {
  const port = (host: number, inside: number, address = '0.0.0.0') => ({ host, container: inside, address });
  const services = { stateful: ['db'] };
  const { proxy } = healthy();

  it.each([
    [
      'the port of the proxy',
      [port(8080, 80)],
      { kind: 'tunnel', address: '127.0.0.1', port: 8080, tls: false },
    ],
    [
      'plain HTTP before TLS',
      [port(443, 443), port(80, 80)],
      { kind: 'tunnel', address: '127.0.0.1', port: 80, tls: false },
    ],
    [
      'TLS where there is nothing else',
      [port(443, 443, '::')],
      { kind: 'tunnel', address: '127.0.0.1', port: 443, tls: true },
    ],
    [
      'an address of its own',
      [port(80, 80, '10.0.0.5')],
      { kind: 'tunnel', address: '10.0.0.5', port: 80, tls: false },
    ],
    ['nothing published', [], undefined],
  ])('%s', (_name, ports, expected) => {
    expect(siteEndpoint({ services }, proxy, [container('nginx', { ports })], '/')).toEqual(expected);
  });

  describe('where nginx sends everybody from the plain port to https', () => {
    const both = [port(80, 80), port(443, 443, '::')];
    const plain = 'server { listen 80; server_name shop.example; return 301 https://$host$request_uri; }';
    const dump = (server: string): string =>
      [
        '# configuration file /etc/nginx/nginx.conf:',
        'events {} http { include /etc/nginx/conf.d/*.conf; }',
        '# configuration file /etc/nginx/conf.d/a.conf:',
        `${server} server { listen 443 ssl; server_name shop.example; location / { proxy_pass http://backend; } }`,
      ].join('\n');
    const ask = (config: string | undefined, ports = both) => {
      const { config: _config, ...rest } = proxy as Extract<typeof proxy, { state: 'ok' }>;
      const fact = { ...rest, ...(config === undefined ? {} : { config }) };
      return siteEndpoint({ services }, fact, [container('nginx', { ports })], '/');
    };

    it('is the TLS port, by the name of the site', () => {
      const endpoint = ask(dump(plain));
      expect(endpoint).toEqual({
        kind: 'tunnel',
        address: '127.0.0.1',
        port: 443,
        tls: true,
        name: 'shop.example',
      });
      expect(endpoint && endpointText(endpoint)).toBe(
        'port 443 of the server, through SSH, with TLS for shop.example',
      );
    });

    it.each([
      ['it answers there itself', dump('server { listen 80; location / { proxy_pass http://backend; } }')],
      ['the configuration is not valid', undefined],
    ])('is the plain port where %s', (_title, config) => {
      expect(ask(config)).toEqual({ kind: 'tunnel', address: '127.0.0.1', port: 80, tls: false });
    });

    it('is the plain port where no other is published', () => {
      expect(ask(dump(plain), [port(80, 80)])).toMatchObject({ port: 80, tls: false });
    });
  });

  it('prefers the configured url', () => {
    const endpoint = siteEndpoint({ url: 'https://shop.example', services }, proxy, [], '/');
    expect(endpoint).toEqual({ kind: 'url', url: 'https://shop.example' });
    expect(endpoint && endpointText(endpoint)).toBe('https://shop.example');
  });

  it('without a proxy takes a service that is rolled, never the database', () => {
    const containers = [
      container('db', { ports: [port(5432, 5432)] }),
      container('api', { ports: [port(8000, 8000)] }),
    ];
    expect(siteEndpoint({ services }, { state: 'none' }, containers, '/')).toMatchObject({ port: 8000 });
    expect(
      siteEndpoint({ services: { ...services, roll: ['web'] } }, { state: 'none' }, containers, '/'),
    ).toBeUndefined();
  });
});

describe('a series of requests', () => {
  function fakeClock(msPerRequest: number) {
    let time = 0;
    return {
      now: () => time,
      sleep: async (ms: number) => {
        time += ms;
        await Promise.resolve();
      },
      client: {
        get: async () => {
          time += msPerRequest;
          return await Promise.resolve(sample(msPerRequest));
        },
      },
    };
  }

  it('leaves the warm-up out and makes at most ten requests a second', async () => {
    const { now, sleep, client } = fakeClock(5);
    const { samples, warmUp } = await series(client, '/', 20, now, sleep);
    expect(warmUp.totalMs).toBe(5);
    expect(samples).toHaveLength(20);
    expect(now()).toBe(5 + 19 * 100 + 5);
  });

  it('ends after its budget when the site is slow', async () => {
    const { now, sleep, client } = fakeClock(7_000);
    const { samples } = await series(client, '/', 50, now, sleep);
    expect(samples).toHaveLength(4);
  });
});

describe('hosts', () => {
  const configs: HostConfig[] = [
    { name: 'one', address: '1' },
    { name: 'two', address: '2' },
  ];
  const lost = new ConnectionError('CONNECTION_LOST', 'two went away');

  function connector() {
    const opened: string[] = [];
    const closed: string[] = [];
    const connect = async ({ name }: HostConfig): Promise<Host> => {
      opened.push(name);
      return await Promise.resolve({
        name,
        roundTrips: 7,
        close: async () => {
          closed.push(name);
          await Promise.resolve();
        },
      } as Host);
    };
    return { opened, closed, connect };
  }

  it('one failure does not hide the others, and all are closed', async () => {
    const { connect, closed } = connector();
    const results = await onEachHost(configs, connect, new AbortController().signal, async (host) => {
      if (host.name === 'two') throw lost;
      return await Promise.resolve(host.name.length);
    });
    expect(results).toEqual([
      { host: 'one', value: 3, roundTrips: 0 },
      { host: 'two', error: lost },
    ]);
    expect(failures(results)).toEqual([lost]);
    expect(closed.toSorted()).toEqual(['one', 'two']);
  });

  it('a round ends with the failure that must be known first, whatever the order of the hosts', () => {
    const broken = new OpsError('unchanged', 'FACTS_FAILED', 'one says nothing');
    const [one, two] = [
      { host: 'one', error: broken },
      { host: 'two', error: lost },
    ];
    expect([roundReason([one, two]), roundReason([two, one])]).toEqual(['unchanged', 'unchanged']);
    expect(roundReason([{ host: 'one', value: 1, roundTrips: 0 }])).toBe('ok');
  });

  it('a failure is told while the others still work', async () => {
    const { connect } = connector();
    const told: [string, unknown][] = [];
    let goOn = (): void => {};
    const others = new Promise<void>((resolve) => (goOn = resolve));
    await onEachHost(
      configs,
      connect,
      new AbortController().signal,
      async (host) => {
        if (host.name === 'two') throw lost;
        await others;
      },
      (host, error) => {
        told.push([host, error]);
        goOn();
      },
    );
    expect(told).toEqual([['two', lost]]);
  });

  it('stay open between rounds; a lost one is connected again', async () => {
    const { connect, opened } = connector();
    const pool = hostPool(configs, connect);
    let round = 0;
    const work = async (host: Host): Promise<number> => {
      if (round === 0 && host.name === 'two') throw lost;
      return await Promise.resolve(round);
    };
    await pool.each(work);
    round = 1;
    expect(await pool.each(work)).toEqual([
      { host: 'one', value: 1, roundTrips: 0 },
      { host: 'two', value: 1, roundTrips: 0 },
    ]);
    expect(opened).toEqual(['one', 'two', 'two']);
    await pool.close();
  });

  it('a failed command keeps the connection; a bug is thrown', async () => {
    const { connect, opened } = connector();
    const pool = hostPool(configs.slice(0, 1), connect);
    const failed = new RemoteCommandError('LOGS_FAILED', 'no');
    expect(await pool.each(async () => await Promise.reject(failed))).toEqual([
      { host: 'one', error: failed },
    ]);
    await pool.each(async () => await Promise.resolve(1));
    expect(opened).toEqual(['one']);
    await expect(pool.each(async () => await Promise.reject(new TypeError('bug')))).rejects.toThrow('bug');
  });

  it('an interrupt ends it all', async () => {
    const { connect, closed } = connector();
    const controller = new AbortController();
    const work = onEachHost(configs, connect, controller.signal, async () => {
      controller.abort(new InterruptedError());
      return await Promise.reject(new InterruptedError());
    });
    await expect(work).rejects.toBeInstanceOf(InterruptedError);
    expect(closed).not.toEqual([]);
  });

  it('all lost is an error, some lost is a report', () => {
    const seen = { host: 'one', value: 1, roundTrips: 2 };
    expect(() => requireSome([seen, { host: 'two', error: lost }])).not.toThrow();
    expect(() => requireSome([{ host: 'two', error: lost }])).toThrow(AggregateError);
  });

  it('are found by name, the first one without', () => {
    expect(hostNamed(configs, undefined).name).toBe('one');
    expect(hostNamed(configs, 'two').name).toBe('two');
    expect(() => hostNamed(configs, 'three')).toThrow('no host three');
  });
});

describe('watch', () => {
  it('repeats until the signal, and gives the last whole round', async () => {
    const controller = new AbortController();
    const shown: number[] = [];
    const slept: number[] = [];
    let time = 0;
    let count = 0;
    const last = await watch(
      async () => {
        time += 300;
        count += 1;
        if (count === 4) {
          controller.abort();
          throw new InterruptedError();
        }
        return await Promise.resolve(count);
      },
      async (result) => {
        shown.push(result);
        await Promise.resolve();
      },
      {
        intervalMs: 1_000,
        now: () => time,
        sleep: async (ms) => {
          slept.push(ms);
          await Promise.resolve();
        },
        signal: controller.signal,
      },
    );
    expect({ last, shown, slept }).toEqual({ last: 3, shown: [1, 2, 3], slept: [700, 700, 700] });
  });

  it('a failure that is no interrupt is thrown', async () => {
    const options = {
      intervalMs: 1,
      now: () => 0,
      sleep: async () => {},
      signal: new AbortController().signal,
    };
    const round = async (): Promise<number> => await Promise.reject(new Error('broken'));
    await expect(watch(round, async () => {}, options)).rejects.toThrow('broken');
  });
});

describe('logs', () => {
  it.each([
    ['backend-1  | hello | there', { container: 'backend-1', text: 'hello | there' }],
    ['shop-db-2 |   indented', { container: 'shop-db-2', text: '  indented' }],
    ['backend-1  | ', { container: 'backend-1', text: '' }],
    ['\u001B[2Kweb-1  | \u001B[2Ktext', { container: 'web-1', text: '\u001B[2Ktext' }],
    ['no bar at all', { container: '', text: 'no bar at all' }],
    ['two words | x', { container: '', text: 'two words | x' }],
    ['', { container: '', text: '' }],
  ])('%j', (line, expected) => {
    expect(splitLogLine('web', line)).toEqual({ host: 'web', ...expected });
  });
});

describe('the line filter', () => {
  it.each([
    ['ERROR|Traceback', 'an ERROR here', true],
    ['ERROR|Traceback', 'all well', false],
    [String.raw`" 5\d\d `, '"GET / HTTP/1.1" 502 157', true],
    [String.raw`^\S+ done$`, 'task done', true],
    ['größe', 'die größe', true],
  ])('%s on %s: %s', (pattern, line, expected) => {
    expect(lineFilter(pattern)(line)).toBe(expected);
  });

  it('cannot be hung by a line', () => {
    const began = performance.now();
    expect(lineFilter('(a+)+$')(`${'a'.repeat(100_000)}!`)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each([
    ['(', /no regular expression/],
    [String.raw`(a)\1`, /needs backtracking/],
    ['(?=a)', /needs backtracking/],
  ])('refuses %s', (pattern, message) => {
    expect(() => lineFilter(pattern)).toThrow(message);
  });
});

describe('history and status', () => {
  const facts = healthy();
  const [live] = facts.ledger.releases;
  const release = (change: Partial<Release>): Release => ({ ...(live as Release), ...change });

  it('lists the newest first, and what never ended', () => {
    const { finished: _finished, ...begun } = live as Release;
    const list = history({ unreadable: 0, releases: [release({}), { ...begun, id: 'b' }] }, 5);
    expect(list.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['b', 'unfinished'],
      ['20261123T100000-1a2b3c4', 'live'],
    ]);
    expect(list[0]).not.toHaveProperty('durationMs');
    expect(list[1]?.durationMs).toBe(60_000);
    expect(
      history({ unreadable: 0, releases: [release({}), release({ id: 'c' })] }, 1).map(({ id }) => id),
    ).toEqual(['c']);
  });

  it('a rolled-back commit is marked until it is deployed again', () => {
    const rollback = release({ id: 'r', kind: 'rollback', commit: 'old', undone: ['bad', 'worse'] });
    const failed = release({
      id: 'f',
      commit: 'bad',
      finished: { outcome: 'failed', at: '', durationMs: 1 },
    });
    const again = release({ id: 'a', commit: 'bad' });
    expect(rolledBackCommits({ unreadable: 0, releases: [rollback, failed] })).toEqual(['bad', 'worse']);
    expect(rolledBackCommits({ unreadable: 0, releases: [rollback, again] })).toEqual(['worse']);
  });

  it('shows what runs', () => {
    const status = hostStatus(facts);
    expect(status).toMatchObject({
      docker: '26.1.5',
      compose: '2.26.1',
      checkout: { branch: 'main', changes: 0 },
      problems: [],
      release: { id: '20261123T100000-1a2b3c4', outcome: 'live' },
      rolledBack: [],
      pins: 0,
    });
    expect(
      status.services.map(({ service, proxy, running, wanted, ok }) => [service, proxy, running, wanted, ok]),
    ).toEqual([
      ['nginx', true, 1, 1, true],
      ['backend', false, 1, 1, true],
      ['db', false, 1, 1, true],
    ]);
    expect(status.services[0]?.upSeconds).toBe(
      Math.round(facts.system.now - Date.parse('2026-11-23T10:00:00Z') / 1000),
    );
  });

  it.each([
    ['healthy', []],
    ['unhealthy', [container('x'), container('x', { health: 'unhealthy' })]],
    ['starting', [container('x', { health: 'starting' })]],
    ['running', [container('x', { health: 'none' })]],
    ['restarting', [container('x', { state: 'restarting' })]],
    ['exited (137), out of memory', [container('x', { state: 'exited', exitCode: 137, oomKilled: true })]],
    ['paused', [container('x', { state: 'paused' })]],
  ] as const)('state %s', (state, containers) => {
    const own = containers.length > 0 ? containers : [container('x')];
    const compose = { state: 'ok', project: 'shop', services: { x: service('x') } } as const;
    expect(hostStatus({ ...facts, compose, containers: own }).services[0]?.state).toBe(state);
  });

  it('shows what is missing, and what the files do not know', () => {
    const compose = { state: 'ok', project: 'shop', services: { api: service('api') } } as const;
    const { services } = hostStatus({ ...facts, compose, containers: [container('old')] });
    expect(services.map(({ service, state, ok }) => [service, state, ok])).toEqual([
      ['api', 'no container', false],
      ['old', 'healthy, not in the Compose files', false],
    ]);
  });

  it.each([
    ['a one-time service that has ended well', 'x', { healthcheck: false }, 'no', true],
    [
      'a service that Docker should have started again',
      'x',
      { healthcheck: false, restart: 'always' },
      'always',
      false,
    ],
    ['a server that was stopped: it has a health check', 'x', {}, 'no', false],
    [
      'a server that was stopped: it publishes a port',
      'x',
      { healthcheck: false, published: ['80'] },
      'no',
      false,
    ],
    ['a server that was stopped: nginx sends to it', 'backend', { healthcheck: false }, 'no', false],
  ])('%s', (_name, name, change, restartPolicy, ok) => {
    const compose = {
      state: 'ok',
      project: 'shop',
      services: { [name]: service(name, change) },
    } as const;
    const containers = [container(name, { state: 'exited', restartPolicy })];
    expect(hostStatus({ ...facts, compose, containers }).services[0]).toMatchObject({
      state: 'exited (0)',
      ok,
    });
  });

  it('containers that cannot be listed are not none', () => {
    const status = hostStatus({ ...facts, containers: [] }, '"containers" cannot be read: why.');
    expect(status.problems).toEqual(['"containers" cannot be read: why.']);
    expect(status.services.map(({ service, state, ok }) => [service, state, ok])).toEqual([
      ['nginx', 'unknown', false],
      ['backend', 'unknown', false],
      ['db', 'unknown', false],
    ]);
  });

  it('names what keeps it from looking', () => {
    const status = hostStatus({
      ...facts,
      git: { state: 'not-owner' },
      compose: { state: 'invalid', message: 'bad file' },
    });
    expect(status.problems).toEqual([
      expect.stringContaining('belongs to another user'),
      'Compose: bad file',
    ]);
    expect(status.checkout).toBeUndefined();
  });
});
