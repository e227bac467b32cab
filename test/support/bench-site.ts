/** A site in a process of its own whose answers take a known time. Prints its port; see `benchSite`. */
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const stallMs = 1_000;
let stalled: Promise<void> | undefined;
const counts = { requests: 0, connections: 0 };
const delays: number[] = [];

async function stall(): Promise<void> {
  await wait(1_000);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://site');
  const answer = (status: number, text: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': text.length, ...headers });
    response.end(text);
  };
  if (url.pathname === '/counts') {
    const sorted = delays.toSorted((a, b) => a - b);
    answer(200, JSON.stringify({ ...counts, delayMs: sorted[sorted.length >> 1] ?? 0 }));
    return;
  }
  counts.requests += 1;
  const number = counts.requests;
  const after = Number(url.searchParams.get('ms') ?? 0);
  const part = (every: string, otherwise: number): boolean =>
    number % Number(url.searchParams.get(every) ?? otherwise) === 0;
  switch (url.pathname) {
    case '/delay': {
      const began = performance.now();
      setTimeout(() => {
        answer(200, 'ok', { 'x-cache-status': part('hit', 1) ? 'HIT' : 'MISS' });
        delays.push(performance.now() - began);
      }, after);
      return;
    }
    case '/stall':
      // The whole site stands still once, a second after its first request.
      stalled ??= stall();
      answer(200, 'ok');
      return;
    case '/status':
      answer(part('every', 1) ? Number(url.searchParams.get('code')) : 200, 'so be it');
      return;
    case '/cut':
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 5);
      return;
    case '/reset':
      request.socket.resetAndDestroy();
      return;
    case '/hang':
      return;
    case '/close':
      answer(200, 'ok', { connection: 'close' });
      return;
    case '/chunked':
      response.writeHead(200);
      response.write('one ');
      setImmediate(() => response.end('two'));
      return;
    case '/last':
      // Closes the connection behind the back of a client that may use it again.
      answer(200, 'ok');
      if (part('every', 3)) response.once('finish', () => request.socket.destroySoon());
      return;
    default:
      answer(200, 'ok');
  }
});
server.on('connection', () => {
  counts.connections += 1;
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? (address?.port ?? '') : ''}\n`);
});
process.on('disconnect', () => process.exit());
