import type { Buffer } from 'node:buffer';
import type { Exchange } from './http/connection.ts';
import type { Pool } from './http/pool.ts';
import { Durations } from './histogram.ts';
import { mix } from './mix.ts';
import { requestBytes } from './request-bytes.ts';
import type { Scenario, ScenarioRequest } from './scenario.ts';
import { outcomeOf, Tally, type End } from './tally.ts';
import type { Timeline } from './timeline.ts';

/** Requests whose share of errors decides on going on, and how many of them must have ended. */
const recentMost = 100;
const recentLeast = 50;

interface Kind {
  readonly request: ScenarioRequest;
  readonly bytes: () => Buffer;
  readonly bodiless: boolean;
  /** Asking twice changes nothing. */
  readonly safe: boolean;
  tally: Tally;
}

export interface SessionOptions {
  scenario: Scenario;
  pool: Pool;
  timeline: Timeline;
  /** Milliseconds of a clock that never jumps. */
  now: () => number;
  random: () => number;
  /** Called once, when measuring begins. */
  begun?: () => void;
  /** Called when too many of the last requests failed. */
  tooManyErrors: (failed: number, of: number) => void;
}

/** Sends requests, follows each to its end, and counts. When they are sent is somebody else's business. */
export class Session {
  dropped = 0;
  resent = 0;
  /** Between the intended and the real time of sending; of a closed loop, how late the heartbeat was. */
  readonly lag = new Durations();

  readonly #options: SessionOptions;
  readonly #kinds: readonly Kind[];
  readonly #next: () => number;
  /** Oldest first: all have the same time-out. */
  readonly #open = new Set<Flight>();
  readonly #recent: boolean[] = [];
  #recentFailed = 0;
  #recentAt = 0;
  #drained: (() => void) | undefined;
  /** Second 0; undefined: still in the warm-up. */
  #began: number | undefined;
  /** What ends until then counts for the rate. */
  #until = Number.POSITIVE_INFINITY;
  #lastEnd = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { scenario, random } = options;
    const base = new URL(scenario.url);
    this.#kinds = scenario.requests.map((request) => ({
      request,
      bytes: requestBytes(request, base, random),
      bodiless: request.method === 'HEAD',
      safe: request.method === 'GET' || request.method === 'HEAD',
      tally: new Tally(),
    }));
    this.#next = mix(scenario.requests.map(({ weight }) => weight));
  }

  /** Requests under way. */
  get open(): number {
    return this.#open.size;
  }

  /** Measuring has begun. */
  get measuring(): boolean {
    return this.#began !== undefined;
  }

  /** When the last request ended. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** Measuring begins, or goes on after a pause; what ends before `until` counts for the rate. */
  measure(at: number, until: number): void {
    this.#until = until;
    if (this.#began !== undefined) return;
    this.#began = at;
    this.#options.begun?.();
  }

  /** Nothing more is sent. What is under way may end, and counts for the rate before `until`. */
  close(until: number): void {
    this.#until = until;
  }

  /**
   * Sends the next request of the mix.
   *
   * @param intended when it should be sent; its duration counts from there
   * @param measured it is not of the warm-up
   * @param done called when it ended; `answered`: with whatever status
   * @returns false: too many are under way
   */
  begin(intended: number, measured: boolean, most: number, done?: (answered: boolean) => void): boolean {
    const { now, pool, timeline, scenario } = this.#options;
    const begun = now();
    this.#advance(begun);
    if (this.#open.size >= most) {
      if (measured) this.dropped += 1;
      return false;
    }
    const kind = this.#kinds[this.#next()];
    if (!kind) return false;
    const flight = new Flight(this, kind, { intended, begun, measured, done });
    this.#open.add(flight);
    if (measured) {
      kind.tally.sent += 1;
      timeline.sent();
      if (scenario.load.kind !== 'closed') this.lag.record(begun - intended);
    }
    flight.giveUp = pool.send(kind.bytes(), flight);
    return true;
  }

  /** Gives up what has been under way for too long; to be called often. */
  sweep(): void {
    const at = this.#options.now();
    this.#advance(at);
    for (const flight of this.#open) {
      if (at - flight.begun < this.#options.scenario.timeoutMs) break;
      flight.giveUp();
      this.end(flight, { failed: 'timed out' });
    }
  }

  /** Gives up all that is under way, uncounted. */
  abandon(): void {
    for (const flight of this.#open) flight.giveUp();
    this.#open.clear();
    this.#drained?.();
  }

  /** Resolves when nothing is under way any more. */
  async drained(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#drained = undefined;
  }

  failed(flight: Flight, failed: string, stale: boolean): void {
    if (stale && flight.kind.safe && !flight.resent) {
      flight.resent = true;
      this.resent += 1;
      flight.giveUp = this.#options.pool.send(flight.kind.bytes(), flight, true);
      return;
    }
    this.end(flight, { failed });
  }

  end(flight: Flight, end: End): void {
    const at = this.#options.now();
    this.#open.delete(flight);
    const { kind, measured, intended, done } = flight;
    const outcome = outcomeOf(end);
    const ms = at - intended;
    this.#lastEnd = at;
    this.#advance(at);
    if (this.#began !== undefined && at >= this.#began && at < this.#until) {
      kind.tally.ended += 1;
      if (outcome === 'ok') kind.tally.endedOk += 1;
    }
    if (measured) {
      kind.tally.count(end, outcome, ms);
      this.#options.timeline.ended(outcome, ms);
    }
    this.#remember(outcome === 'failed');
    done?.('status' in end);
    if (this.#open.size === 0) this.#drained?.();
  }

  /** By the request's name; names that occur twice are counted together. */
  tallies(): Map<string, Tally> {
    const result = new Map<string, Tally>();
    for (const { request, tally } of this.#kinds) {
      const known = result.get(request.name) ?? new Tally();
      known.add(tally);
      result.set(request.name, known);
    }
    return result;
  }

  /** All that was counted since the last call; the next begins at nothing. For the steps of a ramp. */
  take(): Map<string, Tally> {
    const taken = this.tallies();
    for (const kind of this.#kinds) kind.tally = new Tally();
    return taken;
  }

  /** Answers that come within a second of the end belong to the last second, so that the timeline has no stub. */
  #advance(at: number): void {
    if (this.#began === undefined) return;
    const late = at >= this.#until && at < this.#until + 1000;
    if (!late) this.#options.timeline.advance(at - this.#began, this.#open.size);
  }

  #remember(failed: boolean): void {
    const { stopAtErrors } = this.#options.scenario;
    if (stopAtErrors === undefined) return;
    if (this.#recent[this.#recentAt] === true) this.#recentFailed -= 1;
    this.#recent[this.#recentAt] = failed;
    if (failed) this.#recentFailed += 1;
    this.#recentAt = (this.#recentAt + 1) % recentMost;
    const count = this.#recent.length;
    if (failed && count >= recentLeast && this.#recentFailed / count > stopAtErrors)
      this.#options.tooManyErrors(this.#recentFailed, count);
  }
}

interface FlightTimes {
  intended: number;
  begun: number;
  measured: boolean;
  done: ((answered: boolean) => void) | undefined;
}

/** One request under way. */
class Flight implements Exchange {
  readonly kind: Kind;
  readonly intended: number;
  readonly begun: number;
  readonly measured: boolean;
  readonly done: FlightTimes['done'];
  readonly bodiless: boolean;
  resent = false;
  giveUp!: () => void;
  readonly #session: Session;

  constructor(session: Session, kind: Kind, { intended, begun, measured, done }: FlightTimes) {
    this.#session = session;
    this.kind = kind;
    this.bodiless = kind.bodiless;
    this.intended = intended;
    this.begun = begun;
    this.measured = measured;
    this.done = done;
  }

  answered({ status, bytes, cache }: { status: number; bytes: number; cache: string | undefined }): void {
    this.#session.end(this, { status, bytes, cache });
  }

  failed(kind: string, stale: boolean): void {
    this.#session.failed(this, kind, stale);
  }
}
