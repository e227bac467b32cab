import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptLogs } from '../../src/deploy/plan-release.ts';
import { startLoad, auditOrders } from '../support/load.ts';
import { beginOf } from '../support/faults/steps.ts';
import {
  download,
  longLivedShop,
  upload,
  webSocket,
  withoutPause,
  type LongEnd,
} from '../support/faults/long-lived.ts';
import { expectTrue, leftovers, look } from '../support/faults/state.ts';
import { openWorld, sharedServer, type World } from '../support/faults/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld(sharedServer);
  await world.begin();
  await world.push('with long-lived pages', longLivedShop);
  const done = await world.ops(['deploy']);
  if (done.code !== 0) throw new Error(done.stderr);
});
afterAll(async () => {
  await world.end();
});

let count = 0;
/** A roll; when its drain began and how long it took, milliseconds. */
async function roll(env: Readonly<Record<string, string>>): Promise<{ drainedMs: number; said: string }> {
  count += 1;
  await world.push(`long ${count}`);
  let began = 0;
  let ended = 0;
  const done = await world.ops(['deploy'], {
    env,
    onStderr: (text) => {
      if (text.includes(beginOf('drain'))) began ||= performance.now();
      if (text.includes('✔ Let the proxy’s old workers')) ended ||= performance.now();
    },
  });
  expect([done.code, done.code === 0 ? '' : done.stderr]).toEqual([0, '']);
  expect(await leftovers(world.server)).toBe('');
  return { drainedMs: ended - began, said: done.stderr };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;

describe('long-lived traffic', () => {
  it('a download and an upload of 60 s each: the roll waits for them, both arrive whole', async ({
    task,
  }) => {
    const { server } = world;
    const both = [download(`${server.url()}/download?seconds=60`), upload(server.url(), 60)];
    await sleep(500);
    const { drainedMs } = await roll({ OPS_DRAIN: '120s' });
    const ends = await Promise.all(both);
    expect(ends.map(({ how, detail }) => [how, detail])).toEqual([
      ['whole', 'HTTP 200'],
      ['whole', 'HTTP 200'],
    ]);
    task.meta.figure = {
      what: 'download and upload of 60 s each, `deploy.drain` 120 s',
      found: `whole, ${ends.map(({ arrived }) => arrived.toLocaleString('en-US')).join(' and ')} bytes; the old workers were waited for ${seconds(drainedMs)}`,
    };
  });

  it('what goes on for ever is given the drain limit and the grace of the container, then closed', async ({
    task,
  }) => {
    const { server } = world;
    const socket = await webSocket(server.url());
    await socket.open;
    const began = performance.now();
    const stream = download(`${server.url()}/events`);
    const { drainedMs, said } = await roll({ OPS_DRAIN: '5s' });
    const rolled = performance.now() - began;
    const ends: LongEnd[] = await Promise.all([socket.ended, stream]);
    const [ws, events] = ends;
    if (!ws || !events) throw new Error('Both have ended.');
    // Not cut at the switch: only once the limit was over.
    expect(drainedMs).toBeGreaterThan(4_500);
    expect(said).toMatch(/still \d+ old workers? with open connections after 5 s/);
    for (const { lastedMs } of ends) expect(lastedMs).toBeGreaterThan(5_000);
    expect(ws.unanswered).toBeLessThanOrEqual(1);
    const again = await webSocket(server.url());
    await expect(again.open).resolves.toBeUndefined();
    task.meta.figure = {
      what: 'WebSocket and server-sent events, `deploy.drain` 5 s',
      found: `both lived through the switch; closed ${seconds(ws.lastedMs)} (WebSocket, ${ws.detail}, ${ws.unanswered} message unanswered) and ${seconds(events.lastedMs)} (events, ${events.detail}) after their begin, in a roll of ${seconds(rolled)}; a new WebSocket opens at once`,
    };
  });

  it.for([
    { protocol: '1.1', what: 'keep-alive clients that never pause (8 of them)' },
    { protocol: '1.0', what: 'HTTP/1.0 clients, a connection a request (8 of them)' },
  ] as const)('$what', async ({ protocol, what }, { task }) => {
    const { server } = world;
    const ending = new AbortController();
    const port = server.state.hosts[0]?.httpPort ?? 0;
    const clients = Array.from({ length: 8 }, async () => await withoutPause(port, protocol, ending.signal));
    await sleep(300);
    await roll({}).finally(() => ending.abort());
    const ended = await Promise.all(clients);
    const sum = (key: 'answered' | 'failed' | 'again' | 'connections'): number =>
      ended.reduce((total, client) => total + client[key], 0);
    expect(sum('failed')).toBe(0);
    expect(sum('answered')).toBeGreaterThan(500);
    // Each reload closes each connection that is in use, once; a roll has two.
    expect(sum('again')).toBeLessThanOrEqual(2 * clients.length);
    const [answered, again, connections] = [sum('answered'), sum('again'), sum('connections')].map((sum) =>
      sum.toLocaleString('en-US'),
    );
    const met =
      protocol === '1.0'
        ? ''
        : `; ${again} met a connection that an old worker of nginx had just closed, and were sent again over a new one (two reloads)`;
    task.meta.figure = {
      what,
      found: `0 of ${answered} requests failed, over ${connections} connections${met}`,
    };
  });
});

const deploys = 50;
const rollbacks = 10;

describe('many releases in a row', () => {
  it(`${deploys} deploys and ${rollbacks} rollbacks under load: nobody notices, and nothing piles up`, async ({
    task,
  }) => {
    const { server } = world;
    const leak = async (): Promise<Record<string, number>> => {
      const text = await server.sh(
        [
          'cd /srv/app',
          'echo "containers $(docker ps --all --quiet | wc -l)"',
          'echo "images $(docker image ls --all --quiet | sort -u | wc -l)"',
          'echo "networks $(docker network ls --quiet | wc -l)"',
          'echo "volumes $(docker volume ls --quiet | wc -l)"',
          'echo "logs $(ls .ops/logs | wc -l)"',
          'echo "files $(find .ops -not -path "*/logs/*" | wc -l)"',
          'echo "temporary $(ls -A /tmp | wc -l)"',
          'echo "sessions $(pgrep -c -f "[s]shd-session: deploy@" || :)"',
          'echo "workers $(docker top shop-nginx-1 | grep -c "worker process")"',
        ].join('\n'),
        { user: 'root' },
      );
      return Object.fromEntries(
        text
          .trim()
          .split('\n')
          .map((line) => line.split(' '))
          .map(([name = '', value]) => [name, Number(value)]),
      );
    };
    const memory: number[] = [];
    const trips: number[] = [];
    const report = `process.on("exit",()=>process.stderr.write("\\n@memory "+process.resourceUsage().maxRSS+"\\n"))`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` };
    const release = async (words: readonly string[]): Promise<void> => {
      const done = await world.ops([...words, '--json'], { env });
      expect([done.code, done.code === 0 ? '' : done.stdout]).toEqual([0, '']);
      memory.push(Number(/@memory (\d+)/.exec(done.stderr)?.[1]) / 1024);
      const { hosts } = done.json() as { hosts: { roundTrips: number }[] };
      trips.push(hosts[0]?.roundTrips ?? 0);
    };
    let requests = 0;
    let began: Record<string, number> | undefined;
    // A load of its own for each few releases: it ends by itself after five minutes.
    const under = async (work: () => Promise<void>): Promise<void> => {
      const load = startLoad(server.url(), { connections: 6 });
      try {
        await work();
      } finally {
        const result = await load.stop();
        requests += result.requests;
        expect({ failed: result.failed, reasons: result.reasons }).toEqual({ failed: 0, reasons: {} });
        expect(await auditOrders(server.url(), result)).toMatchObject({ lost: 0, doubled: 0 });
      }
    };
    for (let first = 0; first < deploys; first += deploys / rollbacks) {
      await under(async () => {
        for (let one = first; one < first + deploys / rollbacks; one += 1) {
          await world.push(`in a row ${one}`);
          await release(['deploy']);
        }
        await release(['rollback']);
      });
      // By then every image that is to be kept is there.
      if (first >= 5) began ??= await leak();
    }
    const ended = await leak();
    expect(ended).toMatchObject({
      containers: began?.['containers'],
      networks: began?.['networks'],
      volumes: began?.['volumes'],
      temporary: began?.['temporary'],
      sessions: 0,
    });
    expect(ended['images']).toBeLessThanOrEqual((began?.['images'] ?? 0) + 2);
    expect(ended['logs']).toBeLessThanOrEqual(keptLogs);
    expect(ended['files']).toBeLessThanOrEqual((began?.['files'] ?? 0) + 1);
    expectTrue(await look(server));
    const most = Math.max(...memory);
    expect(most).toBeLessThan(150);
    task.meta.figure = {
      what: `${deploys} deploys and ${rollbacks} rollbacks in turn`,
      found: `0 of ${requests.toLocaleString('en-US')} requests failed; ${ended['containers']} containers, ${ended['images']} images, ${ended['networks']} networks, ${ended['logs']} logs at the end (${began?.['containers']}, ${began?.['images']}, ${began?.['networks']}, ${began?.['logs']} after the first twelve); ${Math.max(...trips)} requests over SSH at most; the client's memory peaked at ${Math.round(Math.min(...memory))} to ${Math.round(most)} MiB`,
    };
  }, 3_000_000);
});
