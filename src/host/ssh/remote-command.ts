import type { ClientChannel } from 'ssh2';
import type { CommandResult, OnLine, OutputLine } from '../host.ts';
import { LineSplitter, MarkerFilter, TailBuffer } from './output.ts';

export interface RemoteCommandOptions {
  /** First word of the line with which the session tells that our command starts. */
  marker: string;
  maxBytes: number;
  onLine?: OnLine;
  /** How long output may be silent after the command has ended, before it is taken as complete. */
  quietMs: number;
  /** Asks the server for any answer: what it had sent before has arrived then. */
  roundTrip: () => Promise<void>;
}

interface Exit {
  code: number | null;
  signal: string | null;
}

const exits = new WeakMap<ClientChannel, Exit>();

/**
 * Has to be called as soon as there is a channel: the command's end is told by an event, and a short command's can be in
 * the same packet as the news that it has begun. Who listens only after an `await` would take it for lost.
 */
export function rememberExit(channel: ClientChannel): void {
  channel.once('exit', (code: number | null, signal?: string) => {
    exits.set(channel, { code, signal: signal ?? null });
  });
}

/** How a command's channel ended. `lost`: without the command's own end. */
export type Ending =
  | { how: 'exit'; result: CommandResult }
  | { how: 'lost' }
  /** The login shell ended without starting our command. */
  | { how: 'refused'; code: number | null; output: string }
  /** A line callback threw. */
  | { how: 'broken'; error: unknown };

/**
 * Reads one exec channel: separates the command's output from what the login shell printed first, keeps the end of
 * it, hands on whole lines, and knows the id of the remote session. It never rejects and never throws.
 */
export class RemoteCommand {
  /** Settles once, when the command has ended and its output is complete, or the channel is gone. */
  readonly ended: Promise<Ending>;
  /** Id of the remote process, of its group and of its session. Settles with undefined when it never started. */
  readonly started: Promise<number | undefined>;
  readonly channel: ClientChannel;
  readonly #startedAt = performance.now();
  readonly #out: TailBuffer;
  readonly #err: TailBuffer;
  readonly #outFilter: MarkerFilter;
  readonly #errFilter: MarkerFilter;
  readonly #outLines: LineSplitter | undefined;
  readonly #errLines: LineSplitter | undefined;
  readonly #quietMs: number;
  readonly #roundTrip: () => Promise<void>;
  #exit: Exit | undefined;
  #broken: Extract<Ending, { how: 'broken' }> | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #settle!: (ending: Ending) => void;
  #start!: (pid: number | undefined) => void;
  #done = false;
  #held = 0;
  #chunks = 0;

  constructor(
    channel: ClientChannel,
    { marker, maxBytes, onLine, quietMs, roundTrip }: RemoteCommandOptions,
  ) {
    this.channel = channel;
    this.#roundTrip = roundTrip;
    this.#quietMs = quietMs;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    this.started = new Promise((resolve) => (this.#start = resolve));
    this.#out = new TailBuffer(maxBytes);
    this.#err = new TailBuffer(maxBytes);
    if (onLine) {
      const hand = (line: OutputLine): void => {
        const taken = onLine(line);
        if (taken instanceof Promise) void this.#holdUntil(taken);
      };
      this.#outLines = new LineSplitter((text) => hand({ stream: 'stdout', text }));
      this.#errLines = new LineSplitter((text) => hand({ stream: 'stderr', text }));
    }
    this.#outFilter = new MarkerFilter(marker, () => {});
    this.#errFilter = new MarkerFilter(marker, (pid) => {
      this.#start(Number(pid));
      if (this.#broken) this.#end(this.#broken);
    });

    channel.on('data', (chunk: Buffer) => this.#read(chunk, this.#outFilter, this.#out, this.#outLines));
    channel.stderr.on('data', (chunk: Buffer) =>
      this.#read(chunk, this.#errFilter, this.#err, this.#errLines),
    );
    channel.on('exit', (code: number | null, signal?: string) => {
      this.#exit = { code, signal: signal ?? null };
      this.#armQuiet();
    });
    this.#exit = exits.get(channel);
    if (this.#exit) this.#armQuiet();
    // Each stream closes by itself; one that was held back may still have something to say.
    let streams = 2;
    const onClose = () => {
      if (--streams === 0) this.#finish();
    };
    channel.on('close', onClose);
    channel.stderr.on('close', onClose);
    // Writing to a command that has gone away is not worth an uncaught exception.
    channel.on('error', () => {});
  }

  /** The last lines of output, oldest first, for an error's text. */
  lastLines(count = 10): string[] {
    const text = `${this.#out.toString()}\n${this.#err.toString()}`;
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count);
  }

  /** Gives up on the channel: it is closed, and `ended` settles now. */
  abandon(): void {
    this.#finish();
  }

  #read(chunk: Buffer, filter: MarkerFilter, tail: TailBuffer, lines: LineSplitter | undefined): void {
    if (this.#done) return;
    this.#chunks += 1;
    const own = filter.push(chunk);
    if (own === undefined) return;
    tail.push(own);
    this.#guard(() => lines?.push(own));
  }

  /** Calls back; after an error never again. The command can be ended only once its process id is known. */
  #guard(action: () => void): void {
    if (this.#broken) return;
    try {
      action();
    } catch (error) {
      this.#break(error);
    }
  }

  #break(error: unknown): void {
    this.#broken ??= { how: 'broken', error };
    if (this.#errFilter.started) this.#end(this.#broken);
  }

  /** Reads nothing until a slow taker of lines is ready; SSH's flow control then stops the command itself. */
  async #holdUntil(taken: Promise<unknown>): Promise<void> {
    this.#held += 1;
    this.channel.pause();
    // Until it has told that the command has started, standard error is none of the command's output.
    if (this.#errFilter.started) this.channel.stderr.pause();
    clearTimeout(this.#quiet);
    try {
      await taken;
    } catch (error) {
      this.#break(error);
    }
    this.#held -= 1;
    if (this.#held > 0) return;
    this.channel.resume();
    this.channel.stderr.resume();
    if (this.#exit) this.#armQuiet();
  }

  #armQuiet(): void {
    clearTimeout(this.#quiet);
    // What is held back is not complete, however long it is silent.
    if (this.#held > 0) return;
    const before = this.#chunks;
    this.#quiet = setTimeout(() => void this.#finishIfQuiet(before), this.#quietMs);
  }

  /**
   * The command has ended, and something that it left behind keeps its output open; or the network is slow, and the
   * rest of the output is on its way.
   */
  async #finishIfQuiet(before: number): Promise<void> {
    if (this.#chunks === before) await this.#roundTrip();
    if (this.#chunks === before && this.#held === 0) this.#finish();
    else if (!this.#done) this.#armQuiet();
  }

  #finish(): void {
    if (this.#done) return;
    this.#guard(() => {
      this.#outLines?.end();
      this.#errLines?.end();
    });
    if (this.#broken) return this.#end(this.#broken);
    if (!this.#exit) return this.#end({ how: 'lost' });
    if (!this.#errFilter.started || !this.#outFilter.started) {
      const output = `${this.#outFilter.noise}\n${this.#errFilter.noise}`.trim();
      return this.#end({ how: 'refused', code: this.#exit.code, output });
    }
    return this.#end({
      how: 'exit',
      result: {
        ...this.#exit,
        stdout: this.#out.toString(),
        stderr: this.#err.toString(),
        truncated: this.#out.truncated || this.#err.truncated,
        durationMs: performance.now() - this.#startedAt,
      },
    });
  }

  #end(ending: Ending): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#quiet);
    this.#start(undefined);
    this.#settle(ending);
    try {
      this.channel.close();
    } catch {
      // The connection is gone already.
    }
  }
}
