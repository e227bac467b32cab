/** What is asked of a site. All durations are milliseconds. */
export interface Scenario {
  /** Base URL; paths are joined to it. */
  url: string;
  requests: readonly ScenarioRequest[];
  load: Load;
  /** Requests that are sent before measuring begins, for this long. */
  warmUpMs: number;
  /** Longest wait for one answer. */
  timeoutMs: number;
  /** Stop when this share of the last requests failed, 0 to 1; undefined: go on. */
  stopAtErrors?: number;
}

export interface ScenarioRequest {
  /** In reports: `GET /api/products`. */
  name: string;
  method: string;
  /** May hold `{n}` (a counter) and `{random}` (an integer of `random`). */
  path: string;
  /** Share of all requests, relative to the other weights. */
  weight: number;
  headers: Readonly<Record<string, string>>;
  /** The same placeholders. */
  body?: string;
  /** Range of `{random}`: `[1, 200]`. */
  random?: readonly [number, number];
}

/**
 * `open`: requests begin at a constant rate, whether or not earlier ones are answered, and latency counts from the
 * intended time. `closed`: so many clients, each sends its next request when its last is answered (after `thinkMs`).
 * `ramp`: open, the rate goes up in steps until the site does not keep up.
 */
export type Load =
  | { kind: 'open'; rate: number; stop: Stop; most: number }
  | { kind: 'closed'; connections: number; thinkMs: number; stop: Stop }
  | { kind: 'ramp'; from: number; to: number; step: number; stepMs: number; most: number };

/** A run always ends: after a time, or a number of requests. `most` in `Load`: requests under way at once. */
export type Stop = { afterMs: number } | { requests: number };
