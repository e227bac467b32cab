import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { ConnectionError, InterruptedError, OpsError, RemoteCommandError } from '../errors.ts';
import type { SessionToken } from '../shell/session.ts';
import {
  argumentSession,
  commandHeader,
  endSessions,
  fitsArgument,
  headerSession,
  receiveFile,
  scriptSession,
  scriptText,
} from '../shell/session.ts';
import type { CommandResult, Host, RunningCommand, RunOptions, UploadOptions } from './host.ts';
import { RemoteCommand, rememberExit } from './ssh/remote-command.ts';
import { Semaphore } from './ssh/semaphore.ts';
import type { SshTimings } from './ssh/timings.ts';
import { Tunnel } from './ssh/tunnel.ts';

const defaultMaxBytes = 4 << 20;

/** sshd lets 10 sessions be open on a connection by default; two stay free for ending commands. */
const maxSessions = 8;

/** An authenticated connection, as `connect.ts` opens it. */
export interface SshConnection {
  name: string;
  client: Client;
  /** Ends this connection and those of its jump hosts; bounded, never rejects. */
  close(): Promise<void>;
}

interface Launch {
  /** What people see in errors; scripts are ours, and their text tells nobody anything. */
  command?: string;
  session: string;
  /** Written to standard input at once. */
  input: (string | Uint8Array)[];
  /** Standard input stays open. */
  keepOpen?: boolean;
}

/** One line, short: an error's place for a command. */
function shorten(command: string): string {
  const line = command.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function placeOf(command: string | undefined): { command?: string } {
  return command === undefined ? {} : { command: shorten(command) };
}

const delay = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined).unref());

/** `Host` over one SSH connection. */
export class SshHost implements Host {
  readonly name: string;
  readonly #connection: SshConnection;
  readonly #token: SessionToken;
  readonly #timings: SshTimings;
  readonly #sessions = new Semaphore(maxSessions);
  /** Called when any session has ended; waited for when the server allows fewer sessions than we thought. */
  readonly #onSessionEnd = new Set<() => void>();
  #running = 0;
  /** Requests for a session that the server has not answered yet. */
  #opening = 0;
  /** Remote sessions to be ended next, and the one request that ends sessions now. */
  #doomed: number[] = [];
  #ending: Promise<void> | undefined;
  #roundTrips = 0;
  #lost: { reason: string } | undefined;
  #closed = false;
  /** Called once when the connection is lost; a set and not a promise, which would keep every listener for ever. */
  readonly #onLoss = new Set<() => void>();

  constructor(connection: SshConnection, token: SessionToken, timings: SshTimings) {
    this.name = connection.name;
    this.#connection = connection;
    this.#token = token;
    this.#timings = timings;
    // Without an `error` listener a reset connection would be an uncaught exception.
    connection.client.on('error', (error: Error) => this.#onLost(error.message));
    connection.client.on('end', () => this.#onLost('the server closed the connection'));
    connection.client.on('close', () => this.#onLost('the connection was closed'));
  }

  get roundTrips(): number {
    return this.#roundTrips;
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  run(command: string, options: RunOptions = {}): Promise<CommandResult> {
    const token = this.#token;
    const input = options.stdin === undefined ? [] : [options.stdin];
    const launch: Launch = fitsArgument(command)
      ? { command, session: argumentSession(token, command), input }
      : { command, session: headerSession(token), input: [commandHeader(token, command), ...input] };
    return this.#run(launch, options);
  }

  script(script: string, options: Omit<RunOptions, 'stdin'> = {}): Promise<CommandResult> {
    const launch: Launch = {
      session: scriptSession(this.#token),
      input: [scriptText(this.#token, script)],
    };
    return this.#run(launch, options);
  }

  async start(command: string, options: Pick<RunOptions, 'onLine' | 'signal'> = {}): Promise<RunningCommand> {
    const token = this.#token;
    const launch: Launch = fitsArgument(command)
      ? { command, session: argumentSession(token, command), input: [], keepOpen: true }
      : {
          command,
          session: headerSession(token),
          input: [commandHeader(token, command)],
          keepOpen: true,
        };
    const { remote, finished } = await this.#launch(launch, options);
    // The caller may look at `ended` only; the rejection must not go unhandled.
    finished.catch((error: unknown) => (error instanceof OpsError ? undefined : this.#endRemote(remote)));
    const onAbort = () => remote.channel.end();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const ended = finished.catch((): CommandResult => {
      return { code: null, signal: null, stdout: '', stderr: '', truncated: false, durationMs: 0 };
    });
    void ended.then(() => options.signal?.removeEventListener('abort', onAbort));
    return {
      ended,
      write: (text) => {
        if (remote.channel.writable) remote.channel.write(text);
      },
      end: async () => {
        remote.channel.end();
        const result = await Promise.race([finished, delay(this.#timings.endMs)]);
        if (result !== undefined) return result;
        await this.#endRemote(remote);
        throw this.#timedOut(launch, remote, this.#timings.endMs);
      },
    };
  }

  async upload(content: string | Uint8Array, path: string, options: UploadOptions): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const command = receiveFile(path, options.mode, bytes.length);
    const result = await this.run(command, { stdin: bytes });
    if (result.code === 0) return;
    throw new RemoteCommandError('UPLOAD_FAILED', `${path} could not be written on ${this.name}.`, {
      next: ['Check that the directory exists, is writable for this account, and that the disk is not full.'],
      place: { host: this.name, file: path, output: result.stderr.trim().split('\n').slice(-5) },
    });
  }

  async forward(address: string, port: number): Promise<Duplex> {
    const target = `${address}:${port}`;
    const channel = await this.#bounded<ClientChannel>(
      `a tunnel to ${target}`,
      (done) =>
        this.#connection.client.forwardOut('127.0.0.1', 0, address, port, (error, opened) =>
          done(
            error &&
              new ConnectionError(
                'FORWARD_FAILED',
                `${this.name} opened no tunnel to ${target}: ${error.message}.`,
                {
                  next: [
                    'Check that something listens there, and that sshd allows it (AllowTcpForwarding, PermitOpen).',
                  ],
                  place: { host: this.name },
                  cause: error,
                },
              ),
            opened,
          ),
        ),
      (opened) => opened.destroy(),
    );
    const tunnel = new Tunnel(channel);
    const onLoss = () => tunnel.destroy(this.#lostError());
    this.#onLoss.add(onLoss);
    tunnel.once('close', () => this.#onLoss.delete(onLoss));
    if (this.#lost) onLoss();
    return tunnel;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#connection.close();
    this.#onLost('the connection was closed by ops');
  }

  #onLost(reason: string): void {
    if (this.#lost) return;
    this.#lost = { reason };
    for (const listener of this.#onLoss) listener();
    this.#onLoss.clear();
  }

  #lostError(command?: string, remote?: RemoteCommand): ConnectionError {
    const reason = this.#lost?.reason ?? 'the session ended without a result';
    const during = command === undefined ? '' : ` during: ${shorten(command)}`;
    return new ConnectionError(
      'CONNECTION_LOST',
      `The connection to ${this.name} was lost (${reason})${during}.`,
      {
        next: [
          'The command may still be running on the server. Check the network, then run the same command again.',
        ],
        place: {
          host: this.name,
          ...placeOf(command),
          ...(remote === undefined ? {} : { output: remote.lastLines() }),
        },
      },
    );
  }

  #timedOut(launch: Launch, remote: RemoteCommand, ms: number): RemoteCommandError {
    return new RemoteCommandError(
      'COMMAND_TIMEOUT',
      `A command on ${this.name} did not end within ${ms / 1000} s and was stopped.`,
      { place: { host: this.name, ...placeOf(launch.command), output: remote.lastLines() } },
    );
  }

  /**
   * Asks the connection for something, within `openMs` and for as long as it lives.
   *
   * @param discard takes what comes when nobody waits for it any more
   */
  #bounded<T>(
    what: string,
    ask: (done: (error: Error | undefined, value: T | undefined) => void) => void,
    discard: (value: T) => void,
  ): Promise<T> {
    if (this.#lost) return Promise.reject(this.#lostError());
    const { openMs } = this.#timings;
    return new Promise<T>((resolve, reject) => {
      let waiting = true;
      const settle = (error: Error | undefined, value?: T) => {
        if (!waiting) {
          if (value !== undefined) discard(value);
          return;
        }
        waiting = false;
        clearTimeout(timer);
        this.#onLoss.delete(onLoss);
        if (error) reject(error);
        else resolve(value as T);
      };
      const onLoss = () => settle(this.#lostError());
      const timer = setTimeout(() => {
        const message = `${this.name} did not answer within ${openMs / 1000} s (${what}).`;
        const next = ['Check the server and the network, then try again.'];
        settle(new ConnectionError('CONNECTION_STALLED', message, { next, place: { host: this.name } }));
      }, openMs);
      this.#onLoss.add(onLoss);
      try {
        ask((error, value) => settle(error && this.#lost ? this.#lostError() : error, value));
      } catch {
        // ssh2 throws at once when its socket is gone.
        settle(this.#lostError());
      }
    });
  }

  /** Any request that the server has to answer does: this one takes back a forwarding that was never there. */
  readonly #roundTrip = (): Promise<void> =>
    new Promise((resolve) => {
      try {
        this.#connection.client.unforwardIn('127.0.0.1', 1, () => resolve());
      } catch {
        resolve();
      }
    });

  #exec(session: string): Promise<ClientChannel> {
    return this.#bounded<ClientChannel>(
      'opening a session',
      (done) =>
        this.#connection.client.exec(session, (error, channel) => {
          if (channel !== undefined) rememberExit(channel);
          done(error, channel);
        }),
      // Its output would never be read.
      (channel) => channel.close(),
    );
  }

  /** Opens a session; waits for another one to end when the server allows no more of them. */
  async #open(session: string): Promise<ClientChannel> {
    const until = performance.now() + this.#timings.openMs;
    for (;;) {
      try {
        this.#opening++;
        return await this.#exec(session).finally(() => this.#opening--);
      } catch (error) {
        if (error instanceof OpsError) throw error;
        const left = until - performance.now();
        if ((this.#running === 0 && this.#opening === 0) || left <= 0) {
          throw new ConnectionError(
            'SESSION_REFUSED',
            `${this.name} opened no session: ${(error as Error).message}.`,
            {
              next: ['Check MaxSessions and ForceCommand in the sshd_config of the server.'],
              place: { host: this.name },
              cause: error,
            },
          );
        }
        // Asked again now and then even if no session of ours ends: others may have been opening at the same time.
        await Promise.race([delay(Math.min(left, 250)), this.#sessionEnd()]);
      }
    }
  }

  #sessionEnd(): Promise<void> {
    return new Promise((resolve) => this.#onSessionEnd.add(resolve));
  }

  /** Begins a command. `finished` rejects when it was refused, when the connection is lost or a callback threw. */
  async #launch(
    { command, session, input, keepOpen }: Launch,
    { onLine, signal, maxBytes = defaultMaxBytes }: RunOptions,
  ): Promise<{ remote: RemoteCommand; finished: Promise<CommandResult> }> {
    const release = await this.#sessions.acquire(signal).catch(() => {
      throw new InterruptedError();
    });
    let channel: ClientChannel;
    try {
      this.#roundTrips++;
      channel = await this.#open(session);
    } catch (error) {
      release();
      throw this.#lost ? this.#lostError(command) : error;
    }
    this.#running++;
    const remote = new RemoteCommand(channel, {
      marker: this.#token.marker,
      maxBytes,
      quietMs: this.#timings.quietMs,
      roundTrip: this.#roundTrip,
      ...(onLine === undefined ? {} : { onLine }),
    });
    for (const text of input) channel.write(text);
    if (!keepOpen) channel.end();
    const abandon = () => remote.abandon();
    this.#onLoss.add(abandon);
    const finished = this.#finished(command, remote).finally(() => {
      this.#onLoss.delete(abandon);
      this.#running--;
      release();
      for (const notify of this.#onSessionEnd) notify();
      this.#onSessionEnd.clear();
    });
    return { remote, finished };
  }

  async #finished(command: string | undefined, remote: RemoteCommand): Promise<CommandResult> {
    const timer = setTimeout(() => {
      unstarted = true;
      remote.abandon();
    }, this.#timings.startMs);
    let unstarted = false;
    void remote.started.then(() => clearTimeout(timer));
    const ending = await remote.ended;
    switch (ending.how) {
      case 'exit':
        return ending.result;
      case 'broken':
        throw ending.error;
      case 'refused':
        throw new ConnectionError(
          'SHELL_REFUSED',
          `The login shell on ${this.name} ran no command (exit code ${ending.code}).`,
          {
            next: [
              'The account needs a login shell that runs commands: `getent passwd USER` on the server shows it.',
            ],
            place: { host: this.name, output: ending.output.split('\n').slice(-5) },
          },
        );
      case 'lost':
        if (!unstarted) throw this.#lostError(command, remote);
        throw new ConnectionError(
          'CONNECTION_STALLED',
          `The login shell on ${this.name} did not start a command within ${this.#timings.startMs / 1000} s.`,
          {
            next: [
              'Look for something that waits in the start-up files of the shell (~/.bashrc, ~/.zshenv).',
            ],
            place: { host: this.name },
          },
        );
    }
  }

  async #run(launch: Launch, options: RunOptions): Promise<CommandResult> {
    const { timeoutMs, signal } = options;
    if (signal?.aborted) throw new InterruptedError();
    const { remote, finished } = await this.#launch(launch, options);
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const stopped = new Promise<OpsError>((resolve) => {
      if (timeoutMs !== undefined) {
        timer = setTimeout(() => resolve(this.#timedOut(launch, remote, timeoutMs)), timeoutMs);
      }
      onAbort = () =>
        resolve(new InterruptedError(undefined, { place: { host: this.name, ...placeOf(launch.command) } }));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
    try {
      const first = await Promise.race([finished, stopped]);
      if (!(first instanceof OpsError)) return first;
      finished.catch(() => {});
      await this.#endRemote(remote);
      throw first;
    } catch (error) {
      // A callback of the caller threw: what it does not want to hear must not run on.
      if (!(error instanceof OpsError)) await this.#endRemote(remote);
      throw error;
    } finally {
      clearTimeout(timer);
      if (onAbort) signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the remote process tree of a command; bounded, never rejects. */
  async #endRemote(remote: RemoteCommand): Promise<void> {
    const pid = await Promise.race([remote.started, delay(2_000)]);
    if (pid !== undefined && !this.#lost) {
      this.#doomed.push(pid);
      // One session ends all that are to be ended now: the server allows only a few more than our commands hold.
      while (this.#doomed.includes(pid)) {
        this.#ending ??= this.#endDoomed().finally(() => (this.#ending = undefined));
        await this.#ending;
      }
    }
    await this.#settled(remote, 500);
  }

  async #endDoomed(): Promise<void> {
    const { graceMs } = this.#timings;
    // Let everybody who gives up at this moment join.
    await Promise.resolve();
    const script = endSessions(this.#doomed, graceMs / 1000);
    this.#doomed = [];
    try {
      const channel = await this.#open(scriptSession(this.#token));
      const killer = new RemoteCommand(channel, {
        marker: this.#token.marker,
        maxBytes: 4096,
        quietMs: 200,
        roundTrip: this.#roundTrip,
      });
      channel.end(scriptText(this.#token, script));
      await this.#settled(killer, graceMs + 10_000);
    } catch {
      // The connection is gone or stalled: nothing more can be done from here.
    }
  }

  /** Waits for a command's end, at most `ms`, and gives up on its channel then. */
  async #settled(remote: RemoteCommand, ms: number): Promise<void> {
    const abandon = () => remote.abandon();
    const timer = setTimeout(abandon, ms);
    this.#onLoss.add(abandon);
    if (this.#lost) abandon();
    await remote.ended;
    clearTimeout(timer);
    this.#onLoss.delete(abandon);
  }
}
