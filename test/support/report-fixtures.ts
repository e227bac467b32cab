import type { BenchResult, Figures, Second, ServerFigures } from '../../src/bench/result.ts';
import type { Load } from '../../src/bench/scenario.ts';
import { Durations } from '../../src/bench/histogram.ts';
import type { CheckResult } from '../../src/check/run.ts';
import { summarize } from '../../src/probe/summary.ts';
import type { ChecksPart } from '../../src/report/model.ts';
import type { Timeline, TimelineSample, TimelineStep } from '../../src/report/timeline.ts';
import { seeded } from './random.ts';

/* Results as the commands make them, out of a seed: the same every time. */

export interface BenchShape {
  seed: number;
  seconds: number;
  rate: number;
  /** Of the median, milliseconds; the tail is log-normal. */
  medianMs: number;
  /** Spread of the tail. */
  sigma: number;
  /** 0 to 1. */
  failing: number;
  /** 0 to 1; answers from the cache take a fiftieth of the time. */
  hits: number;
  /** CPUs by service. */
  cpu: Readonly<Record<string, number>>;
  load?: Load;
}

export const slow: BenchShape = {
  seed: 11,
  seconds: 30,
  rate: 9,
  medianMs: 2_050,
  sigma: 0.45,
  failing: 0.012,
  hits: 0,
  cpu: { backend: 0.98, db: 0.61, nginx: 0.03 },
};

export const fast: BenchShape = {
  seed: 12,
  seconds: 30,
  rate: 165,
  medianMs: 170,
  sigma: 0.5,
  failing: 0,
  hits: 0.86,
  cpu: { backend: 0.74, db: 0.22, nginx: 0.17 },
};

/** A load test with this shape. */
export function benchResult(shape: BenchShape): BenchResult {
  const random = seeded(shape.seed);
  const names = ['GET /api/products', 'GET /api/products/{random}', 'POST /api/orders'];
  const all = names.map(() => new Durations());
  const total = new Durations();
  const timeline: Second[] = [];
  let [sent, failed, hits] = [0, 0, 0];
  for (let second = 0; second < shape.seconds; second += 1) {
    const own = new Durations();
    const count = Math.max(1, Math.round(shape.rate * (0.85 + 0.3 * random())));
    let bad = 0;
    for (let index = 0; index < count; index += 1) {
      const kind = Math.floor(random() * names.length);
      const hit = random() < shape.hits;
      const ms = shape.medianMs * Math.exp(shape.sigma * gauss(random)) * (hit ? 0.02 : 1);
      if (random() < shape.failing) bad += 1;
      if (hit) hits += 1;
      for (const durations of [own, total, all[kind]]) durations?.record(ms);
    }
    sent += count;
    failed += bad;
    const { p50, p95, p99 } = own.latency();
    timeline.push({ second, sent: count, ok: count - bad, failed: bad, p50, p95, p99, open: 20 });
  }
  const figures = (durations: Durations, bad: number): Figures => ({
    sent: durations.count,
    ok: durations.count - bad,
    rate: durations.count / shape.seconds,
    latency: durations.latency(),
    errors: bad > 1 ? { timeout: bad - 1 } : {},
    status: { 200: durations.count - bad, ...(bad > 0 ? { 502: 1 } : {}) },
    errorShare: bad / Math.max(1, durations.count),
    limited: 0,
    bytes: durations.count * 2_400,
    cache: shape.hits === 0 ? {} : { HIT: hits, MISS: sent - hits },
  });
  return {
    version: 1,
    at: '2026-11-23T16:00:00.000Z',
    tool: 'ops 1.2.3',
    scenario: {
      url: 'http://127.0.0.1:8080',
      requests: names.map((name) => {
        const [method = '', path = ''] = name.split(' ');
        return { name, method, path, weight: 1, headers: {} };
      }),
      load: shape.load ?? {
        kind: 'closed',
        connections: 20,
        thinkMs: 0,
        stop: { afterMs: shape.seconds * 1000 },
      },
      warmUpMs: 5_000,
      timeoutMs: 30_000,
    },
    durationMs: shape.seconds * 1000,
    total: figures(total, failed),
    requests: Object.fromEntries(
      names.map((name, index) => [name, figures(all[index] ?? new Durations(), 0)]),
    ),
    timeline,
    generator: { lagP50: 0.08, lagP99: 1.4, lagMax: 6.2, dropped: 0, cpu: 0.11 },
    server: serverFigures(shape, random),
    invalid: [],
    notes: [],
  };
}

function serverFigures({ cpu, seconds }: BenchShape, random: () => number): ServerFigures {
  const used = Object.values(cpu).reduce((sum, value) => sum + value, 0);
  return {
    host: 'web-1',
    cpus: 2,
    cpuShare: Math.min(0.99, (used + 0.15) / 2),
    services: Object.fromEntries(
      Object.entries(cpu).map(([name, value]) => [
        name,
        {
          cpu: value,
          memoryBytes: 96 * 1024 ** 2,
          ...(name === 'backend' ? { cpuLimit: 1.5, memoryLimitBytes: 1024 ** 3, throttled: 0.04 } : {}),
        },
      ]),
    ),
    databaseConnections: { mean: 8.2, max: 15, limit: 100 },
    samples: Array.from({ length: seconds }, (_, second) => ({
      second,
      cpu: Object.fromEntries(
        Object.entries(cpu).map(([name, value]) => [name, value * (0.85 + 0.3 * random())]),
      ),
    })),
    bottleneck: 'The CPU of backend: it uses 98 % of one core, and one worker can use no more.',
  };
}

/** Box and Muller. */
function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const steps: readonly (readonly [stage: string, id: string, title: string, ms: number])[] = [
  ['prepare', 'lock', 'Take the lock', 180],
  ['prepare', 'record', 'Record the beginning', 90],
  ['prepare', 'checkout', 'Check out 1a2b3c4 “Add a cache”', 240],
  ['build', 'build', 'Build backend', 14_200],
  ['build', 'look', 'Compare with what runs', 620],
  ['release', 'release-command', 'Run the release command: alembic upgrade head', 2_900],
  ['roll', 'start-backend', 'Start 2 new containers of backend and wait until healthy', 6_100],
  ['roll', 'share', 'Send traffic to the old and the new containers', 420],
  ['roll', 'watch', 'Watch the new containers for 5 s', 5_150],
  ['roll', 'served', 'No request failed meanwhile', 20],
  ['roll', 'switch', 'Send traffic to the new containers only', 380],
  ['roll', 'drain', 'Let the proxy’s old workers finish their requests', 1_300],
  ['roll', 'retire', 'Stop and remove 2 old containers', 2_800],
  ['roll', 'unpin', 'Take the addresses out of the proxy again', 350],
  ['verify', 'verify', 'Everything runs as wanted, and the site answers', 940],
  ['finish', 'finish', 'Record the release', 160],
  ['finish', 'unlock', 'Release the lock', 40],
];

/** A rolling deploy; with `failAt` the step of that id fails, and failures of the probe follow. */
export function deployTimeline({ seed = 21, failAt }: { seed?: number; failAt?: string } = {}): Timeline {
  const random = seeded(seed);
  const host = 'web-1';
  const done: TimelineStep[] = [];
  let at = 0;
  for (const [stage, id, title, ms] of steps) {
    const took = ms * (0.9 + 0.2 * random());
    done.push({ host, stage, id, title, startMs: at, endMs: at + took, ok: id !== failAt });
    at += took + 3;
    if (id === failAt) break;
  }
  if (failAt !== undefined) {
    done.push({
      host,
      stage: 'restore',
      id: 'switch',
      title: 'Send traffic to the previous release only',
      startMs: at,
      endMs: at + 510,
      ok: true,
    });
    at += 513;
  }
  const moved = done.filter(({ id }) => id === 'share' || id === 'switch');
  const probe: TimelineSample[] = [];
  const bad = done.find(({ ok }) => !ok);
  for (let atMs = 500; atMs < at; atMs += 50) {
    const near = moved.some(({ endMs }) => Math.abs(endMs - atMs) < 200);
    const ok = bad === undefined || atMs < bad.startMs || atMs > bad.endMs || random() < 0.6;
    const durationMs = (4 + 3 * random()) * (random() < 0.02 ? 6 : 1) * (near ? 2.5 : 1);
    probe.push({ host, atMs, durationMs, ok, ...(ok ? {} : { error: '502' }) });
  }
  const summary = summarize(
    probe.map(({ atMs, ...sample }) => ({ at: atMs, ...sample })),
    true,
  );
  return {
    kind: 'deploy',
    target: 'production',
    startedAt: '2026-11-23T15:50:01.000Z',
    durationMs: Math.round(at),
    outcome: failAt === undefined ? 'ok' : 'rolledBack',
    release: {
      id: '20261123T155001-1a2b3c4',
      commit: '1a2b3c4d5e6f70819203a4b5c6d7e8f901234567',
      subject: 'Add a cache',
    },
    hosts: [
      {
        host,
        outcome: failAt === undefined ? 'live' : 'restored',
        durationMs: Math.round(at),
        probe: summary,
        ...(failAt === undefined ? {} : { error: `"${bad?.title ?? ''}" failed with exit code 1.` }),
      },
    ],
    steps: done,
    moves: moved.map(({ title, endMs }) => ({ host, atMs: endMs, title })),
    probe,
  };
}

const results: readonly CheckResult[] = [
  {
    id: 'response-time',
    title: 'Response time',
    unit: 'ms',
    status: 'pass',
    value: 38.4,
    expected: '< 200 ms',
    message: '/health answered in 38 ms (median of 5).',
  },
  {
    id: 'cpu',
    title: 'CPU',
    unit: '%',
    status: 'warn',
    value: 61,
    expected: '< 40 %',
    message: 'backend uses 61 % of its CPUs.',
    detail: ['backend 61 %', 'db 12 %'],
  },
  {
    id: 'cache-hit-rate',
    title: 'Cache hit rate',
    unit: '%',
    status: 'fail',
    value: 12,
    expected: '> 50 %',
    message: '120 of 1,000 requests of the log were hits.',
  },
  {
    id: 'memory',
    title: 'Memory',
    unit: '%',
    status: 'unknown',
    expected: '< 90 %',
    message: 'docker stats could not be read.',
  },
];

/** A round of checks of two hosts, one of which was not reached. */
export function checksPart(): ChecksPart {
  return {
    target: 'production',
    at: '2026-11-23T15:52:00.000Z',
    hosts: [
      { host: 'web-1', checks: results },
      { host: 'web-2', error: 'Connection refused.' },
    ],
  };
}
