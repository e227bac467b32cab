import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/**
 * A forwarded TCP connection with the manners of a socket: `destroy` ends it here and now, `close` always follows, and
 * an error that nobody listens for is no exception.
 *
 * ssh2's own stream, when it is destroyed, only asks the server to close. Where the server says nothing, or the
 * connection is gone, it never closes, and a request on it is never over: not even by its own time limit.
 */
export class Tunnel extends Duplex {
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    this.on('error', () => {});
    channel.on('data', (chunk: Buffer) => {
      // Nobody reads any more, but the channel has to get to its end.
      if (!this.destroyed && !this.push(chunk)) channel.pause();
    });
    channel.on('end', () => {
      if (!this.destroyed) this.push(null);
    });
    // What was written last may never be taken: whoever has read all there is has no more to wait for.
    channel.on('close', () => {
      if (this.readableEnded) this.destroy();
      else this.once('end', () => this.destroy());
    });
    channel.on('error', (error: Error) => this.destroy(error));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#channel.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    try {
      this.#channel.destroy();
      this.#channel.resume();
    } catch {
      // The connection is gone already.
    }
    done(error);
  }

  // What node:http expects of a socket besides a stream's own methods.

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroySoon(): void {
    this.destroy();
  }
}
