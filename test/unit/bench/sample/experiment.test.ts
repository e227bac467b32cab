import { describe, expect, it } from 'vitest';
import type { BenchResult, Figures } from '../../../../src/bench/result.ts';
import { runExperiment, type SampleRig } from '../../../../src/bench/sample/experiment.ts';
import { experimentPage } from '../../../../src/bench/sample/markdown.ts';
import { sampleScenario } from '../../../../src/bench/sample/scenario.ts';
import { beforeAfter, cpuPerRequest, hitShare } from '../../../../src/bench/sample/tables.ts';
import { variantDirectory } from '../../../../src/sandbox/app.ts';
import { readTree } from '../../../../src/sandbox/files.ts';

function result(rate: number, { hits = 0, cpu = 1, p95 = 1000 / rate } = {}): BenchResult {
  const latency = {
    mean: p95 / 2,
    min: 1,
    p50: p95 / 2,
    p90: p95,
    p95,
    p99: p95,
    p999: p95,
    max: p95,
    histogram: '',
  };
  const total: Figures = {
    sent: rate * 10,
    ok: rate * 10,
    rate,
    latency,
    errors: {},
    status: {},
    errorShare: 0,
    limited: 0,
    bytes: 0,
    cache: { HIT: rate * 10 * hits },
  };
  return {
    version: 1,
    at: '2026-11-23T12:00:00Z',
    tool: '0.1.0',
    scenario: sampleScenario('http://127.0.0.1:1', 10_000, 'x'),
    durationMs: 10_000,
    total,
    requests: {},
    timeline: [],
    generator: { lagP50: 0, lagP99: 0, lagMax: 0, dropped: 0, cpu: 0 },
    server: {
      host: 'x',
      cpus: 2,
      cpuShare: 0.5,
      services: { backend: { cpu, memoryBytes: 1 } },
      samples: [],
    },
    invalid: [],
    notes: [],
  };
}

const before = result(8, { cpu: 2, p95: 5000 });
const after = result(160, { hits: 0.9, cpu: 0.5, p95: 200 });

/** Rates by the name of the run; `before` and `after` where none is given. */
function rig(rates: Readonly<Record<string, number>>): SampleRig & { ran: string[] } {
  const ran: string[] = [];
  return {
    ran,
    files: (variant) =>
      new Map(
        readTree(variantDirectory(variant)).flatMap(({ path, content }) =>
          content === undefined ? [] : [[path, Buffer.from(content).toString('utf8')]],
        ),
      ),
    run: async (_, name) => void ran.push(name),
    measure: async (name) => result(rates[name] ?? (name.startsWith('before') ? 8 : 160)),
  };
}

describe('the table of before and after', () => {
  it('has the changes, and says whether they are what was claimed', () => {
    const rows = beforeAfter(before, after);
    expect(rows.map(({ name, change, reached }) => [name, change, reached])).toEqual([
      ['Average response', '− 96 %', true],
      ['95th percentile', '− 96 %', true],
      ['Requests a second', '× 20.0', true],
      ['Cache hit rate', '+ 90 points', true],
      ['CPU per request', '− 98.8 %', true],
      ['Failed requests', '', undefined],
    ]);
    expect(beforeAfter(before, result(100, { hits: 0.5, cpu: 1 })).map(({ reached }) => reached)).toEqual([
      true,
      true,
      false,
      false,
      true,
      undefined,
    ]);
  });

  it('takes CPU of all services, and hits of all answers', () => {
    expect(cpuPerRequest(before)).toBe(250);
    expect(hitShare(after)).toBeCloseTo(0.9);
  });
});

describe('one at a time', () => {
  it('measures each cause alone, both ways, and the variants again', async () => {
    const server = rig({ 'before, with 2 mended': 80, 'after, with 2 back': 20, 'before again': 9 });
    const { effects, noise } = await runExperiment(server, { oneAtATime: true });
    expect(server.ran).toHaveLength(20);
    expect(noise).toBeCloseTo(1.125);
    expect(effects.filter(({ clear }) => clear).map(({ cause, base }) => [cause.number, base])).toEqual([
      [2, 'before'],
      [2, 'after'],
    ]);
    expect(effects[1]).toMatchObject({ rateRatio: 10 });
  });

  it('can be left out', async () => {
    const server = rig({});
    expect((await runExperiment(server, { oneAtATime: false })).effects).toEqual([]);
    expect(server.ran).toEqual(['before', 'after']);
  });

  it('the page says where nothing shows', async () => {
    const experiment = await runExperiment(rig({ 'before, with 1 mended': 16 }), { oneAtATime: true });
    const page = experimentPage({ experiment, command: 'ops bench --before-after', where: 'Somewhere.' });
    expect(page).toContain('| 1. a single worker | 16.0 /s | × 2.00 |');
    expect(page).toContain('no clear effect');
    expect(page).toMatch(/No clear effect by itself under this load: no cache, no rate limit/);
  });
});
