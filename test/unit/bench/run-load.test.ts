import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BenchResult } from '../../../src/bench/result.ts';
import { runLoad } from '../../../src/bench/run-load.ts';
import type { Load, Scenario } from '../../../src/bench/scenario.ts';

/** Time stands still but for the timers of the generator and of the site, so that every figure is exact. */
beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Milliseconds from a request to its answer, at a time since the run began. */
type Delay = (at: number) => number;

function site(delay: Delay): () => Promise<Duplex> {
  const began = performance.now();
  return async () => {
    const socket = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => {
        setTimeout(
          () => {
            if (!socket.destroyed) socket.push('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          },
          delay(performance.now() - began),
        );
        done();
      },
    });
    return await Promise.resolve(socket);
  };
}

/** As many workers as `workers`, each busy for `ms` with a request; the others wait in line. */
function workers(count: number, ms: number): Delay {
  const free = Array.from({ length: count }, () => 0);
  return (at) => {
    const next = free.indexOf(Math.min(...free));
    const starts = Math.max(at, free[next] ?? 0);
    free[next] = starts + ms;
    return starts + ms - at;
  };
}

async function run(load: Load, delay: Delay, more: Partial<Scenario> = {}): Promise<BenchResult> {
  const running = runLoad(
    {
      url: 'http://site',
      requests: [{ name: 'GET /', method: 'GET', path: '/', weight: 1, headers: {} }],
      load,
      warmUpMs: 0,
      timeoutMs: 5_000,
      ...more,
    },
    {
      now: () => performance.now(),
      random: () => 0,
      signal: new AbortController().signal,
      at: '2026-01-01T00:00:00.000Z',
      tool: 'ops test',
      createConnection: site(delay),
    },
  );
  const state = { ended: false };
  const result = running.finally(() => {
    state.ended = true;
  });
  while (!state.ended) await vi.advanceTimersByTimeAsync(20);
  return await result;
}

/** A gap of 4 ms: the clock of this test has whole milliseconds. */
function open(afterMs: number, most = 1_000): Load {
  return { kind: 'open', rate: 250, most, stop: { afterMs } };
}

describe('an open loop', () => {
  it('measures what a request took, and keeps its rate', async () => {
    const { total, generator, durationMs, timeline, invalid } = await run(open(1_000), () => 100, {
      warmUpMs: 200,
    });
    expect(total.latency.p50).toBeCloseTo(100, 0);
    expect(total.latency.min).toBeCloseTo(100, 0);
    expect(total.latency.max).toBeCloseTo(100, 0);
    expect(total.sent).toBe(250);
    expect(total.ok).toBe(250);
    expect(total.rate).toBeCloseTo(250, -1);
    expect(durationMs).toBeCloseTo(1_000, 0);
    expect(generator.lagP99).toBeLessThanOrEqual(1);
    expect(timeline).toMatchObject([{ second: 0, sent: 250, ok: 250 }]);
    expect(invalid).toEqual([]);
  });

  it('shows that a site stood still, request by request', async () => {
    // From 300 ms to 700 ms nothing is answered.
    const { total } = await run(open(1_000), (at) => (at >= 300 && at < 700 ? 710 - at : 10));
    expect(total.latency.p50).toBeLessThan(20);
    expect(total.latency.max).toBeCloseTo(410, -1);
    // 40 % of the requests came then, and waited from 0 to 400 ms.
    expect(total.latency.p90).toBeGreaterThan(290);
    expect(total.latency.p90).toBeLessThan(320);
  });

  it('counts what is answered after the end in the latencies, not in the rate', async () => {
    const { total, timeline } = await run(open(1_000), () => 500);
    expect(total.ok).toBe(250);
    expect(total.rate).toBeCloseTo(125, -1);
    expect(timeline.map(({ second, ok }) => [second, ok])).toEqual([[0, 250]]);
  });
});

describe('a closed loop', () => {
  it('sends as fast as the site answers', async () => {
    const { total } = await run(
      { kind: 'closed', connections: 20, thinkMs: 0, stop: { afterMs: 1_000 } },
      workers(5, 50),
    );
    // 5 answers each 50 ms; the last of them come when the time is over.
    expect(total.rate).toBe(95);
    expect(total.latency.p50).toBeCloseTo(200, 0);
  });

  it('hides that a site stood still', async () => {
    const { total } = await run(
      { kind: 'closed', connections: 2, thinkMs: 6, stop: { afterMs: 1_000 } },
      (at) => (at >= 300 && at < 700 ? 710 - at : 4),
    );
    expect(total.latency.max).toBeGreaterThan(390);
    expect(total.latency.p95).toBeLessThan(10);
  });
});

it('gives up requests that have no answer in time', async () => {
  const { total, durationMs } = await run(
    { kind: 'closed', connections: 4, thinkMs: 0, stop: { requests: 4 } },
    () => 10_000,
    { timeoutMs: 500 },
  );
  expect(total.errors).toEqual({ 'timed out': 4 });
  expect(durationMs).toBeGreaterThanOrEqual(500);
  expect(durationMs).toBeLessThan(600);
});

it('goes up until the site does not keep up', async () => {
  // Four workers, 10 ms each: 400 requests/s at the most.
  const load: Load = { kind: 'ramp', from: 250, to: 1_000, step: 250, stepMs: 400, most: 1_000 };
  const { steps, notes, durationMs, total, invalid } = await run(load, workers(4, 10));
  expect(steps?.map(({ rate, held }) => [rate, held])).toEqual([
    [250, true],
    [500, false],
  ]);
  expect(steps?.[0]?.reached).toBeCloseTo(250, -1);
  expect(steps?.[1]?.reached).toBeCloseTo(400, -1);
  expect(notes.join()).toContain('kept up with 250 requests/s');
  expect(durationMs).toBeCloseTo(800, -1);
  expect(total.sent).toBe(300);
  expect(invalid).toEqual([]);
});
