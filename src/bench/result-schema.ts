import { z } from 'zod';
import type { BenchResult } from './result.ts';

const number = z.number();
const counts = z.record(z.string(), number);

const latency = z.looseObject({
  mean: number,
  min: number,
  p50: number,
  p90: number,
  p95: number,
  p99: number,
  p999: number,
  max: number,
  histogram: z.string(),
});

const figures = z.looseObject({
  sent: number,
  ok: number,
  rate: number,
  okRate: number.exactOptional(),
  latency,
  errors: counts,
  status: counts,
  errorShare: number,
  limited: number,
  bytes: number,
  cache: counts,
});

const stop = z.union([z.looseObject({ afterMs: number }), z.looseObject({ requests: number })]);

const scenario = z.looseObject({
  url: z.string(),
  requests: z.array(
    z.looseObject({
      name: z.string(),
      method: z.string(),
      path: z.string(),
      weight: number,
      headers: z.record(z.string(), z.string()),
      body: z.string().exactOptional(),
      random: z.tuple([number, number]).exactOptional(),
    }),
  ),
  load: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('open'), rate: number, stop, most: number }),
    z.looseObject({ kind: z.literal('closed'), connections: number, thinkMs: number, stop }),
    z.looseObject({
      kind: z.literal('ramp'),
      from: number,
      to: number,
      step: number,
      stepMs: number,
      most: number,
    }),
  ]),
  warmUpMs: number,
  timeoutMs: number,
  stopAtErrors: number.exactOptional(),
});

const second = z.looseObject({
  second: number,
  sent: number,
  ok: number,
  failed: number,
  limited: number.exactOptional(),
  p50: number,
  p95: number,
  p99: number,
  cpu: number.exactOptional(),
  open: number,
});

const service = z.looseObject({
  cpu: number,
  cpuLimit: number.exactOptional(),
  busiestProcess: number.exactOptional(),
  memoryBytes: number,
  memoryLimitBytes: number.exactOptional(),
  throttled: number.exactOptional(),
});

const server = z.looseObject({
  host: z.string(),
  cpus: number,
  cpuShare: number,
  shared: z.boolean().exactOptional(),
  services: z.record(z.string(), service),
  databaseConnections: z.looseObject({ mean: number, max: number, limit: number }).exactOptional(),
  samples: z.array(z.looseObject({ second: number, cpu: counts })),
  bottleneck: z.string().exactOptional(),
});

/** A `BenchResult` as JSON; what it does not know is kept. */
export const resultSchema: z.ZodType<BenchResult> = z.looseObject({
  version: z.literal(1),
  at: z.string(),
  stopped: z.enum(['errors', 'interrupted']).exactOptional(),
  tool: z.string(),
  scenario,
  durationMs: number,
  total: figures,
  requests: z.record(z.string(), figures),
  timeline: z.array(second),
  steps: z
    .array(
      z.looseObject({ rate: number, reached: number, p95: number, errorShare: number, held: z.boolean() }),
    )
    .exactOptional(),
  generator: z.looseObject({
    lagP50: number,
    lagP99: number,
    lagMax: number,
    dropped: number,
    cpu: number,
    connections: number.exactOptional(),
    resent: number.exactOptional(),
  }),
  server: server.exactOptional(),
  invalid: z.array(z.string()),
  notes: z.array(z.string()),
});
