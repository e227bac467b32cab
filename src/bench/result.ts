import type { Scenario } from './scenario.ts';

/** What a run measured. Durations are milliseconds, rates requests a second. Plain data: saved, compared, reported. */
export interface BenchResult {
  version: 1;
  /** ISO 8601, UTC: when measuring began. */
  at: string;
  tool: string;
  scenario: Scenario;
  /** Of measuring, without the warm-up. */
  durationMs: number;
  total: Figures;
  /** By the request's name. */
  requests: Readonly<Record<string, Figures>>;
  /** One a second. */
  timeline: readonly Second[];
  /** Of a ramp. */
  steps?: readonly RampStep[];
  generator: GeneratorFigures;
  /** Of the server, on a target. */
  server?: ServerFigures;
  /** It ended before its time: too many errors, or Ctrl+C. */
  stopped?: 'errors' | 'interrupted';
  /** Why the figures are not to be trusted; empty: they are. */
  invalid: readonly string[];
  /** What a reader should know: rate limited, stopped early. */
  notes: readonly string[];
}

export interface Figures {
  /** Requests that were begun, and those that were answered without an error. */
  sent: number;
  ok: number;
  /** Answered or failed, a second. */
  rate: number;
  /** Answered without an error, a second: what a site achieved. Absent: the same as `rate`. */
  okRate?: number;
  latency: Latency;
  /** Timed out, refused, reset, cut off, …: by kind. Answers of 4xx and 5xx are in `status`. */
  errors: Readonly<Record<string, number>>;
  /** By status code. */
  status: Readonly<Record<string, number>>;
  /** 0 to 1: everything that is no 2xx or 3xx; 429 is counted apart, in `limited`. */
  errorShare: number;
  limited: number;
  bytes: number;
  /** By the header X-Cache-Status: HIT, MISS, …; empty: no answer has it. */
  cache: Readonly<Record<string, number>>;
}

export interface Latency {
  mean: number;
  min: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
  /** Compressed histogram (HDR, base64, microseconds), so that runs can be added up and compared. */
  histogram: string;
}

export interface Second {
  /** Seconds since measuring began. */
  second: number;
  sent: number;
  ok: number;
  failed: number;
  /** Refused by a rate limit (429); neither `ok` nor `failed`. */
  limited?: number;
  p50: number;
  p95: number;
  p99: number;
  cpu?: number;
  /** Requests under way at the end of the second. */
  open: number;
}

export interface RampStep {
  /** Wanted and reached. */
  rate: number;
  reached: number;
  p95: number;
  errorShare: number;
  /** The site kept up. */
  held: boolean;
}

/** How well the generator itself kept its times. */
export interface GeneratorFigures {
  /** Between the intended and the real time of sending. */
  lagP50: number;
  lagP99: number;
  lagMax: number;
  /** Requests that could not be begun because too many were under way. */
  dropped: number;
  /** CPU of this process, 1 is a whole core. */
  cpu: number;
  /** Connections that were opened, warm-up included. */
  connections?: number;
  /** Sent once more because the kept connection was closed before a byte of the answer came, as browsers do. */
  resent?: number;
}

/** Sampled on the server while the run went on. */
export interface ServerFigures {
  host: string;
  /** CPUs of the machine, and how much of all was used, 0 to 1. */
  cpus: number;
  cpuShare: number;
  /** The host is itself a container: `cpuShare` is that of the machine underneath, with all else that runs on it. */
  shared?: boolean;
  /** By service. */
  services: Readonly<Record<string, ServiceFigures>>;
  databaseConnections?: { mean: number; max: number; limit: number };
  samples: readonly ServerSample[];
  /** What held the site back, in one sentence; undefined: nothing stands out. */
  bottleneck?: string;
}

export interface ServiceFigures {
  /** CPUs that it used on average, of those that it may use. */
  cpu: number;
  cpuLimit?: number;
  /** CPUs that its busiest process used on average: one that has a single thread stops at 1. */
  busiestProcess?: number;
  /** The most that was seen, without page cache that the kernel can drop; of all its containers together. */
  memoryBytes: number;
  memoryLimitBytes?: number;
  /** 0 to 1: of its periods, those in which it was throttled. */
  throttled?: number;
}

export interface ServerSample {
  /** Seconds since measuring began. */
  second: number;
  /** CPUs in use, by service. */
  cpu: Readonly<Record<string, number>>;
}
