import { createServer, connect, type Server, type Socket } from 'node:net';

interface Line {
  client: Socket;
  server: Socket;
}

/**
 * The network between `ops` and sshd, as a TCP proxy on loopback: it can be cut, can swallow all packets, or slow
 * them down. Connections that were frozen stay so until `mend`; new ones are whole again, unless the host is `dead`.
 */
export class Wire {
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  #delayMs = 0;
  #dead = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target port of this machine that the wire leads to */
  static async to(target: number): Promise<Wire> {
    const server = createServer();
    const wire = new Wire(server);
    server.on('connection', (client) => wire.#open(client, connect(target, '127.0.0.1')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Both ends hear at once that the connection is gone. */
  cut(): void {
    for (const line of this.#lines) close(line);
  }

  /** Nothing arrives any more, and neither end is told. */
  freeze(): void {
    for (const { client, server } of this.#lines) {
      client.pause();
      server.pause();
    }
  }

  /** From now on everything takes that much longer, milliseconds each way. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Cuts all, and lets nobody in until `mend`. */
  die(): void {
    this.#dead = true;
    this.cut();
  }

  /** A network as good as new; what was frozen is cut. */
  mend(): void {
    this.#dead = false;
    this.#delayMs = 0;
    for (const line of this.#lines) if (line.client.isPaused() || line.server.isPaused()) close(line);
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #open(client: Socket, server: Socket): void {
    const line = { client, server };
    // A broken end takes the other one along; who reads it learns of it there.
    for (const end of [client, server]) {
      end.setNoDelay(true);
      end.on('error', () => {});
      end.on('close', () => {
        this.#lines.delete(line);
        close(line);
      });
    }
    if (this.#dead) {
      close(line);
      return;
    }
    this.#lines.add(line);
    this.#carry(client, server);
    this.#carry(server, client);
  }

  #carry(from: Socket, to: Socket): void {
    const pass = (work: () => void): void => {
      // Timers of one duration run in the order in which they were set.
      if (this.#delayMs === 0) work();
      else setTimeout(work, this.#delayMs);
    };
    from.on('data', (chunk) => {
      pass(() => {
        if (!to.destroyed) to.write(chunk);
      });
    });
    from.on('end', () => {
      pass(() => {
        to.end();
      });
    });
  }
}

function close({ client, server }: Line): void {
  client.destroy();
  server.destroy();
}
