/** Every wait of a connection, in milliseconds; nothing waits without a bound. */
export interface SshTimings {
  /** Sign of life asked for on an idle connection, and how many may go unanswered. */
  keepaliveMs: number;
  keepaliveCount: number;
  /** For `ssh -G`: a `Match exec` may run anything. */
  configMs: number;
  /** Until the server has opened a channel. */
  openMs: number;
  /** Until the login shell has started our command. */
  startMs: number;
  /** Between TERM and KILL for a command that is ended. */
  graceMs: number;
  /** A command has ended but something in the background keeps its output open: wait this long for more of it. */
  quietMs: number;
  /** For a started command to end once its input is closed. */
  endMs: number;
}

export const defaultTimings: SshTimings = {
  keepaliveMs: 10_000,
  keepaliveCount: 3,
  configMs: 10_000,
  openMs: 15_000,
  startMs: 30_000,
  graceMs: 3_000,
  quietMs: 3_000,
  endMs: 30_000,
};

/** A deadline that stands still while a person is asked something. */
export class Deadline {
  readonly #onExpire: () => void;
  #leftMs: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onExpire: () => void) {
    this.#leftMs = ms;
    this.#onExpire = onExpire;
    this.resume();
  }

  pause(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - this.#since));
  }

  resume(): void {
    if (this.#timer !== undefined) return;
    this.#since = performance.now();
    this.#timer = setTimeout(this.#onExpire, this.#leftMs);
  }
}
