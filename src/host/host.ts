import type { Duplex } from 'node:stream';

export interface OutputLine {
  stream: 'stdout' | 'stderr';
  /** Without its line end; control characters are still in it (the view makes them harmless). */
  text: string;
}

/** What it returns is ignored, unless it is a promise. */
export type OnLine = (line: OutputLine) => unknown;

export interface RunOptions {
  /** Written to the command's standard input, which is then closed. */
  stdin?: string | Uint8Array;
  /** After it the remote process group is ended and the call rejects with `COMMAND_TIMEOUT`. */
  timeoutMs?: number;
  /** On abort the remote process group is ended and the call rejects with `InterruptedError`. */
  signal?: AbortSignal;
  /** Called for each whole line as it arrives. A promise holds the command's output back until it settles. */
  onLine?: OnLine;
  /** Bytes kept of each stream; the rest is dropped from the FRONT (the end of a log matters). Default 4 MiB. */
  maxBytes?: number;
}

export interface CommandResult {
  /** null: the command was ended by a signal. */
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Bytes were dropped by `maxBytes`. */
  truncated: boolean;
  durationMs: number;
}

/** A command that goes on until its standard input is closed: the holder of the lock. */
export interface RunningCommand {
  write(text: string): void;
  /** Closes standard input and waits for the end. */
  end(): Promise<CommandResult>;
  /** Resolves when the command ends by itself or the connection is lost; never rejects. */
  readonly ended: Promise<CommandResult>;
}

export interface UploadOptions {
  /** Octal mode, e.g. 0o600. */
  mode: number;
}

/**
 * One host, whatever the transport. Commands are strings that `shell/` has quoted.
 * A command that ends with a code other than 0 is a result, not an error; a lost connection
 * rejects with `ConnectionError`, so a null code is always a signal.
 */
export interface Host {
  readonly name: string;
  /** How many sequential requests have been made, for the benchmark. */
  readonly roundTrips: number;
  /** The connection is gone: whatever is asked of this host from now on fails. */
  readonly lost: boolean;
  run(command: string, options?: RunOptions): Promise<CommandResult>;
  /** Runs a POSIX `sh` script given on standard input, so its text appears in no process list. */
  script(script: string, options?: Omit<RunOptions, 'stdin'>): Promise<CommandResult>;
  /** Starts a command and hands over its standard input. */
  start(command: string, options?: Pick<RunOptions, 'onLine' | 'signal'>): Promise<RunningCommand>;
  /** Writes a file atomically (temporary file beside it, then rename). */
  upload(content: string | Uint8Array, path: string, options: UploadOptions): Promise<void>;
  /** A byte stream to a TCP address as the host sees it. */
  forward(address: string, port: number): Promise<Duplex>;
  close(): Promise<void>;
}

/** Opens a host; the only way to get one. Rejects with `ConnectionError`. */
export type Connect<Address> = (address: Address, signal?: AbortSignal) => Promise<Host>;
