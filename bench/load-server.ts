/** The simplest HTTP server that there can be, so that the generator is what is measured. Prints its port. */
import { createServer } from 'node:net';

const body = JSON.stringify({ ok: true, text: 'x'.repeat(200) });
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);
const end = Buffer.from('\r\n\r\n');

const server = createServer({ noDelay: true }, (socket) => {
  // Requests are sent one at a time; what comes is a whole one, or its last piece.
  socket.on('data', (chunk: Buffer) => {
    if (chunk.subarray(-end.length).equals(end)) socket.write(answer);
  });
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? (address?.port ?? '') : ''}\n`);
});
process.on('disconnect', () => process.exit());
