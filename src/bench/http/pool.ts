import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { Connection, type Exchange } from './connection.ts';
import { failureKind } from './failure.ts';

/** Opens a byte stream to the site; what is written before it is connected is kept. */
export type Open = () => Duplex | Promise<Duplex>;

/** The kept connections of a run: an idle one is used again, the newest first; without one another is opened. */
export class Pool {
  readonly #open: Open;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  #closed = false;
  /** Connections that were opened. */
  opened = 0;

  constructor(open: Open) {
    this.#open = open;
  }

  /** Sends a request; the function it returns gives it up, and tells the exchange nothing. */
  send(bytes: Buffer, exchange: Exchange, fresh = false): () => void {
    const kept = fresh ? undefined : this.#idle.pop();
    if (kept) {
      kept.send(bytes, exchange);
      return () => {
        kept.destroy();
      };
    }
    this.opened += 1;
    const opening = this.#open();
    if (!(opening instanceof Promise)) {
      const connection = this.#adopt(opening);
      connection.send(bytes, exchange);
      return () => {
        connection.destroy();
      };
    }
    let connection: Connection | undefined;
    let wanted = true;
    const opened = async (): Promise<void> => {
      try {
        connection = this.#adopt(await opening);
      } catch (error) {
        if (wanted) exchange.failed(failureKind(toError(error)), false);
        return;
      }
      if (wanted && !this.#closed) connection.send(bytes, exchange);
      else connection.destroy();
    };
    void opened();
    return () => {
      wanted = false;
      connection?.destroy();
    };
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#all) connection.destroy();
  }

  #adopt(socket: Duplex): Connection {
    const connection = new Connection(
      socket,
      (idle) => this.#idle.push(idle),
      (gone) => {
        this.#all.delete(gone);
        const place = this.#idle.indexOf(gone);
        if (place !== -1) this.#idle.splice(place, 1);
      },
    );
    this.#all.add(connection);
    return connection;
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
