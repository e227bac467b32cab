import type { Duplex } from 'node:stream';
import { InterruptedError } from '../errors.ts';
import type { CommandResult, Host, RunningCommand, RunOptions, UploadOptions } from './host.ts';

/** One thing that a host was asked to do. */
export interface RecordedRequest {
  kind: 'run' | 'script' | 'start' | 'upload' | 'forward';
  /** The command, the script, the path of an upload, or `address:port`. */
  text: string;
  /** Standard input of a command, or the content of an upload. */
  input?: string;
  mode?: number;
}

/** Text is standard output of a success; an error is thrown. */
export type Answer = string | Partial<CommandResult> | Error;

/** A function, or the first pair whose string is in the request's text, or whose pattern matches it. */
export type Answers =
  | ((request: RecordedRequest) => Answer | undefined | Promise<Answer | undefined>)
  | readonly (readonly [string | RegExp, Answer])[];

export interface RecordingHostOptions {
  name?: string;
  answers?: Answers;
  /** What a request without an answer gets: an error (default), or an empty success as in a dry run. */
  unanswered?: 'fail' | 'succeed';
  forward?: (address: string, port: number) => Duplex;
}

const asText = (content: string | Uint8Array) =>
  typeof content === 'string' ? content : new TextDecoder().decode(content);

/** A host that does nothing: it writes down what it is asked, and answers as it was told. */
export class RecordingHost implements Host {
  readonly name: string;
  readonly requests: RecordedRequest[] = [];
  /** The host was closed; it answers nothing any more. */
  closed = false;
  readonly #options: RecordingHostOptions;

  constructor(options: RecordingHostOptions = {}) {
    this.name = options.name ?? 'recorded';
    this.#options = options;
  }

  get roundTrips(): number {
    return this.requests.length;
  }

  get lost(): boolean {
    return this.closed;
  }

  /** The texts of the requests so far, for short comparisons. */
  get texts(): string[] {
    return this.requests.map(({ text }) => text);
  }

  run(command: string, options: RunOptions = {}): Promise<CommandResult> {
    const input = options.stdin === undefined ? {} : { input: asText(options.stdin) };
    return this.#answer({ kind: 'run', text: command, ...input }, options);
  }

  script(script: string, options: Omit<RunOptions, 'stdin'> = {}): Promise<CommandResult> {
    return this.#answer({ kind: 'script', text: script }, options);
  }

  async start(command: string, options: Pick<RunOptions, 'onLine' | 'signal'> = {}): Promise<RunningCommand> {
    const request: RecordedRequest = { kind: 'start', text: command, input: '' };
    const result = await this.#answer(request, options);
    let finish: (result: CommandResult) => void = () => {};
    const ended = new Promise<CommandResult>((resolve) => (finish = resolve));
    return {
      ended,
      write: (text) => {
        request.input += text;
      },
      end: async () => {
        finish(result);
        return result;
      },
    };
  }

  async upload(content: string | Uint8Array, path: string, { mode }: UploadOptions): Promise<void> {
    this.#record({ kind: 'upload', text: path, input: asText(content), mode });
  }

  async forward(address: string, port: number): Promise<Duplex> {
    this.#record({ kind: 'forward', text: `${address}:${port}` });
    if (!this.#options.forward) throw new Error(`${this.name} has no tunnel to ${address}:${port}.`);
    return this.#options.forward(address, port);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #record(request: RecordedRequest): void {
    if (this.closed) throw new Error(`${this.name} was asked after it was closed: ${request.text}`);
    this.requests.push(request);
  }

  async #answer(request: RecordedRequest, { onLine, signal }: RunOptions): Promise<CommandResult> {
    if (signal?.aborted) throw new InterruptedError();
    this.#record(request);
    const answer = (await this.#find(request)) ?? this.#unanswered(request);
    if (answer instanceof Error) throw answer;
    const result: CommandResult = {
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
      truncated: false,
      durationMs: 0,
      ...(typeof answer === 'string' ? { stdout: answer } : answer),
    };
    for (const stream of ['stdout', 'stderr'] as const) {
      for (const text of result[stream].replace(/\n$/, '').split('\n')) {
        if (text !== '') onLine?.({ stream, text });
      }
    }
    return result;
  }

  #find(request: RecordedRequest): Answer | undefined | Promise<Answer | undefined> {
    const { answers = [] } = this.#options;
    if (typeof answers === 'function') return answers(request);
    return answers.find(([key]) =>
      typeof key === 'string' ? request.text.includes(key) : key.test(request.text),
    )?.[1];
  }

  #unanswered(request: RecordedRequest): Answer {
    return this.#options.unanswered === 'succeed'
      ? ''
      : new Error(`${this.name} has no answer for ${request.kind}: ${request.text}`);
  }
}
