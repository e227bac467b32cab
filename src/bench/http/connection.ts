import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { failureKind } from './failure.ts';
import { ResponseParser } from './response-parser.ts';

/** A request that is under way, and what is done with its end. */
export interface Exchange {
  /** A HEAD request: its answer has no body. */
  readonly bodiless: boolean;
  /** Called once; `answer` is read before it returns. */
  answered(answer: Pick<ResponseParser, 'status' | 'bytes' | 'cache'>): void;
  /**
   * Called once.
   *
   * @param stale the connection had been used before and was closed before a byte of the answer came
   */
  failed(kind: string, stale: boolean): void;
}

/** A kept connection that carries one request at a time. */
export class Connection {
  readonly #socket: Duplex;
  readonly #parser = new ResponseParser();
  readonly #idle: (connection: Connection) => void;
  readonly #gone: (connection: Connection) => void;
  #exchange: Exchange | undefined;
  #error: Error | undefined;
  #answers = 0;
  #over = false;

  /**
   * @param idle the connection can carry the next request
   * @param gone it cannot any more; called once
   */
  constructor(
    socket: Duplex,
    idle: (connection: Connection) => void,
    gone: (connection: Connection) => void,
  ) {
    this.#socket = socket;
    this.#idle = idle;
    this.#gone = gone;
    socket.on('data', (chunk: Buffer) => {
      this.#data(chunk);
    });
    socket.on('error', (error: Error) => {
      this.#error ??= error;
      this.#close();
    });
    socket.on('end', () => {
      this.#close();
    });
    socket.on('close', () => {
      this.#close();
    });
  }

  send(bytes: Buffer, exchange: Exchange): void {
    this.#exchange = exchange;
    this.#parser.begin(exchange.bodiless);
    this.#socket.write(bytes);
  }

  /** Closes at once; what is under way is told nothing. */
  destroy(): void {
    this.#exchange = undefined;
    this.#close();
  }

  #data(chunk: Buffer): void {
    const exchange = this.#exchange;
    // Bytes that nobody asked for, such as a 408 before the connection is closed.
    if (!exchange) {
      this.#close();
      return;
    }
    const parsed = this.#parser.push(chunk);
    if (parsed === 'more') return;
    this.#exchange = undefined;
    if (parsed === 'broken') {
      this.#close();
      exchange.failed('not HTTP', false);
      return;
    }
    this.#answers += 1;
    // First the connection, then the answer: who sends the next request at once finds it.
    if (this.#parser.reusable) this.#idle(this);
    else this.#close();
    exchange.answered(this.#parser);
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    this.#gone(this);
    const exchange = this.#exchange;
    if (!exchange) return;
    this.#exchange = undefined;
    if (!this.#error && this.#parser.closed()) {
      exchange.answered(this.#parser);
      return;
    }
    const fresh = this.#parser.started ? 'cut off' : 'closed';
    exchange.failed(
      this.#error ? failureKind(this.#error) : fresh,
      this.#answers > 0 && !this.#parser.started,
    );
  }
}
