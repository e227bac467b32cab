import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchResult, Second } from '../../../src/bench/result.ts';
import { runLoad, type LoadIo } from '../../../src/bench/run-load.ts';
import type { Load, Scenario, ScenarioRequest } from '../../../src/bench/scenario.ts';
import { startSite, type Site } from '../../support/run-site.ts';

let site: Site;
beforeEach(async () => {
  site = await startSite();
});
afterEach(async () => {
  await site.stop();
});

function get(path: string, more: Partial<ScenarioRequest> = {}): ScenarioRequest {
  return { name: `GET ${path}`, method: 'GET', path, weight: 1, headers: {}, ...more };
}

function open(rate: number, afterMs: number, most = 500): Load {
  return { kind: 'open', rate, most, stop: { afterMs } };
}

async function run(
  load: Load,
  requests: readonly ScenarioRequest[],
  { io = {}, ...more }: Partial<Scenario> & { io?: Partial<LoadIo> } = {},
): Promise<BenchResult> {
  const scenario = { url: site.url, requests, load, warmUpMs: 0, timeoutMs: 5_000, ...more };
  return await runLoad(scenario, {
    now: () => performance.now(),
    random: () => Math.random(),
    signal: new AbortController().signal,
    at: '2026-01-01T00:00:00.000Z',
    tool: 'ops test',
    ...io,
  });
}

describe('an open loop', () => {
  it('finds the median of a known delay within 2 %, when it was not late itself', async () => {
    let result: BenchResult;
    let tries = 0;
    do {
      await site.stop();
      site = await startSite();
      result = await run(open(20, 4_000), [get('/delay?ms=1000')]);
      tries += 1;
    } while (result.generator.lagP99 > 10 && tries < 3);
    // Timers of a busy machine fire late: the site measures how long each answer really took.
    const { delayMs } = await site.counts();
    expect(delayMs).toBeGreaterThanOrEqual(999);
    const { lagP99 } = result.generator;
    // A machine that is busy all the time: the generator says by how much its figures may be too high.
    const late = lagP99 > 10 ? lagP99 : 0;
    expect(Math.abs(result.total.latency.p50 - delayMs)).toBeLessThan(delayMs * 0.02 + late);
    expect(result.total.ok).toBe(80);
  });

  it('sends at the rate that was asked for', async () => {
    const result = await run(open(50, 4_000), [get('/delay?ms=100')], { warmUpMs: 500 });
    expect(result.total.sent).toBe(200);
    expect(result.total.ok).toBe(200);
    expect(result.total.rate).toBeGreaterThan(49);
    expect(result.total.rate).toBeLessThan(51);
    expect(result.total.errorShare).toBe(0);
    expect(result.durationMs).toBeCloseTo(4_000, 0);
    expect(result.timeline.map(({ second }) => second)).toEqual([0, 1, 2, 3]);
    expect(result.timeline.reduce((sum, { sent }) => sum + sent, 0)).toBe(200);
    expect(result.timeline.reduce((sum, { ok }) => sum + ok, 0)).toBe(200);
  });

  it('shows a stall of one second, which a closed loop hides', async () => {
    const stalled = await run(open(50, 3_000), [get('/stall')]);
    expect(stalled.total.latency.p99).toBeGreaterThan(900);
    // Half a second of requests came to a standing site for at least half a second.
    expect(stalled.total.latency.p90).toBeGreaterThan(400);
    await site.stop();
    site = await startSite();
    const hidden = await run({ kind: 'closed', connections: 1, thinkMs: 19, stop: { afterMs: 3_000 } }, [
      get('/stall'),
    ]);
    expect(hidden.total.latency.max).toBeGreaterThan(900);
    expect(hidden.total.latency.p95).toBeLessThan(100);
  });

  it('keeps connections, and opens more only when all are busy', async () => {
    const result = await run(open(100, 1_500), [get('/delay?ms=20')]);
    const { requests, connections } = await site.counts();
    expect(requests).toBe(150);
    expect(connections - 1).toBe(result.generator.connections);
    expect(connections).toBeLessThan(30);
  });

  it('counts a warm-up for nothing', async () => {
    const result = await run({ kind: 'open', rate: 100, most: 100, stop: { requests: 30 } }, [get('/')], {
      warmUpMs: 500,
    });
    expect(result.total.sent).toBe(30);
    expect(result.total.ok).toBe(30);
    expect((await site.counts()).requests).toBe(80);
  });

  it('does not send more than may be under way, and says that the figures are not to be trusted', async () => {
    const result = await run(open(100, 1_000, 5), [get('/delay?ms=500')]);
    expect(result.generator.dropped).toBeGreaterThan(80);
    expect(result.total.sent).toBeLessThan(20);
    expect(result.invalid.join()).toContain('5 were under way');
  });
});

describe('a closed loop', () => {
  it('has so many requests under way, and not one more', async () => {
    const result = await run({ kind: 'closed', connections: 20, thinkMs: 0, stop: { afterMs: 2_000 } }, [
      get('/delay?ms=100'),
    ]);
    expect(result.generator.connections).toBe(20);
  });

  it('ends after so many requests, each with its share of the mix', async () => {
    const result = await run({ kind: 'closed', connections: 4, thinkMs: 0, stop: { requests: 100 } }, [
      get('/a', { weight: 3 }),
      get('/b'),
    ]);
    expect(result.total.sent).toBe(100);
    expect(result.total.ok).toBe(100);
    expect(result.requests['GET /a']?.ok).toBe(75);
    expect(result.requests['GET /b']?.ok).toBe(25);
    expect((await site.counts()).requests).toBe(100);
  });

  it('lets a client think', async () => {
    const result = await run({ kind: 'closed', connections: 2, thinkMs: 100, stop: { afterMs: 1_050 } }, [
      get('/'),
    ]);
    expect(result.total.sent).toBeGreaterThan(14);
    expect(result.total.sent).toBeLessThan(23);
  });
});

describe('what goes wrong', () => {
  it('is counted by its kind', async () => {
    const result = await run(
      { kind: 'closed', connections: 6, thinkMs: 10, stop: { requests: 60 } },
      [
        get('/status?code=503'),
        get('/status?code=404'),
        get('/cut'),
        get('/reset'),
        get('/hang'),
        get('/chunked'),
      ],
      { timeoutMs: 1_500 },
    );
    const { total, requests } = result;
    expect(total.errors).toEqual({ 'cut off': 10, reset: 10, 'timed out': 10 });
    expect(total.status).toEqual({ 200: 10, 404: 10, 503: 10 });
    expect(total.errorShare).toBeCloseTo(5 / 6, 5);
    expect(total.ok).toBe(10);
    expect(requests['GET /chunked']?.errorShare).toBe(0);
    expect(result.notes.join()).toContain('10 requests had no answer within 1,500 ms');
  });

  it('counts no latency but that of good answers', async () => {
    const result = await run({ kind: 'closed', connections: 1, thinkMs: 0, stop: { requests: 10 } }, [
      get('/delay?ms=60'),
      get('/status?code=500'),
    ]);
    expect(result.total.latency.min).toBeGreaterThan(50);
  });

  it('says that nobody listens', async () => {
    await site.stop();
    const result = await run(open(20, 500), [get('/')]);
    expect(result.total.errors).toEqual({ refused: 10 });
    expect(result.invalid.join()).toContain('Not one request');
  });

  it('stops when too many fail', async () => {
    const result = await run(open(200, 10_000), [get('/status?code=500&every=5')], { stopAtErrors: 0.05 });
    expect(result.stopped).toBe('errors');
    expect(result.total.sent).toBeLessThan(70);
    expect(result.notes.join()).toMatch(/Stopped early: \d+ of the last 5\d requests failed, more than 5 %/);
  });

  it('goes on when told so', async () => {
    const result = await run(open(200, 600), [get('/status?code=500')]);
    expect(result.stopped).toBeUndefined();
    expect(result.total.status).toEqual({ 500: 120 });
  });

  it('tells a rate limit from errors and from speed', async () => {
    const result = await run(open(100, 1_000), [get('/status?code=429&every=2')], { stopAtErrors: 0.05 });
    expect(result.stopped).toBeUndefined();
    expect(result.total.limited).toBe(50);
    expect(result.total.errorShare).toBe(0);
    expect(result.total.okRate).toBeLessThan(52);
    expect(result.timeline.reduce((sum, { limited = 0 }) => sum + limited, 0)).toBe(50);
    expect(result.notes.join()).toContain('50 × 429');
  });

  it('sends a GET again, once, when a kept connection turns out to be closed, and never a POST', async () => {
    const load: Load = { kind: 'closed', connections: 1, thinkMs: 0, stop: { requests: 60 } };
    const safe = await run(load, [get('/last')]);
    expect(safe.total.ok).toBe(60);
    expect(safe.total.errors).toEqual({});
    const resent = safe.generator.resent ?? 0;
    const unsafe = await run(load, [get('/last', { method: 'POST' })]);
    expect(unsafe.generator.resent).toBe(0);
    expect(unsafe.total.ok + Object.values(unsafe.total.errors).reduce((sum, count) => sum + count, 0)).toBe(
      60,
    );
    expect((await site.counts()).requests).toBeGreaterThanOrEqual(120 - resent);
  });

  it('opens a connection for each request where the site closes them', async () => {
    const result = await run({ kind: 'closed', connections: 2, thinkMs: 0, stop: { requests: 20 } }, [
      get('/close'),
    ]);
    expect(result.total.ok).toBe(20);
    expect(result.generator.connections).toBe(20);
  });

  it('ends at once when interrupted, with what there is', async () => {
    const controller = new AbortController();
    const began = performance.now();
    setTimeout(() => controller.abort(), 700);
    const seconds: Second[] = [];
    const result = await run(open(50, 60_000), [get('/'), get('/hang')], {
      io: { signal: controller.signal, onSecond: (second) => seconds.push(second) },
    });
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(result.stopped).toBe('interrupted');
    expect(result.total.ok).toBeGreaterThan(10);
    expect(result.durationMs).toBeLessThan(900);
    expect(seconds).toEqual(result.timeline);
    const closed = await run(
      { kind: 'closed', connections: 3, thinkMs: 0, stop: { afterMs: 5_000 } },
      [get('/')],
      {
        io: { signal: controller.signal },
      },
    );
    expect(closed.total.sent).toBe(0);
    expect(closed.invalid).not.toEqual([]);
  });
});

it('reads cache answers, and sends what a scenario says', async () => {
  const result = await run({ kind: 'closed', connections: 1, thinkMs: 0, stop: { requests: 20 } }, [
    get('/delay?hit=4', { headers: { 'x-mine': '1' } }),
  ]);
  expect(result.total.cache).toEqual({ HIT: 5, MISS: 15 });
  expect(result.total.bytes).toBeGreaterThan(20 * 50);
});

it('asks through streams that somebody else opens, and counts those that cannot be opened', async () => {
  const port = Number(new URL(site.url).port);
  let opened = 0;
  const load: Load = { kind: 'closed', connections: 3, thinkMs: 0, stop: { requests: 30 } };
  const result = await run(load, [get('/')], {
    url: 'http://localhost',
    io: {
      createConnection: async () => {
        opened += 1;
        const first = opened === 1;
        await wait(5);
        if (first) throw new Error('no channel left');
        return connect(port, '127.0.0.1');
      },
    },
  });
  expect(result.total.errors).toEqual({ 'no channel left': 1 });
  expect(result.total.ok).toBe(29);
  expect(result.generator.connections).toBe(opened);
  expect(opened).toBeLessThan(6);
});

it('says when measuring begins', async () => {
  const times: number[] = [];
  const began = performance.now();
  await run({ kind: 'open', rate: 50, most: 10, stop: { requests: 5 } }, [get('/')], {
    warmUpMs: 400,
    io: { onBegin: () => times.push(performance.now() - began) },
  });
  expect(times).toHaveLength(1);
  expect(times[0]).toBeGreaterThanOrEqual(399);
});
