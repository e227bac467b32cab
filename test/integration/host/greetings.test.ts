import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sshConnector } from '../../../src/host/connect.ts';
import { ConnectionError } from '../../../src/errors.ts';
import { mutated, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';
import { makeKey, privateDir, removePrivateDirs } from '../../support/sshd.ts';

let dir: string;
let key: string;
beforeAll(() => {
  dir = privateDir();
  key = makeKey(dir, 'id', 'ed25519');
});
afterAll(removePrivateDirs);

const greetings = [
  'SSH-2.0-OpenSSH_9.6\r\n',
  'Welcome to a jump host\r\nNo loitering\r\nSSH-2.0-OpenSSH_9.6 Debian-1\r\n',
  'SSH-1.99-Old\r\n',
  'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
  '220 mail.example ESMTP\r\n',
];
const pieces = [...oddPieces, 'SSH-2.0-', 'SSH-', '\r\n\r\n', 'x'.repeat(9000)];

/** Packets of the protocol's form whose lengths and types mean nothing. */
function packets(random: () => number): Buffer {
  const payload = randomBytes(Math.floor(random() * 300));
  const head = Buffer.alloc(6);
  head.writeUInt32BE(random() < 0.2 ? Math.floor(random() * 2 ** 32) : payload.length + 2);
  head[4] = Math.floor(random() * 20);
  head[5] = Math.floor(random() * 100);
  return Buffer.concat([head, payload]);
}

it('120 servers that greet and go on as no SSH server does: each is given up in words, soon', async () => {
  const random = seeded(71);
  const trial = await tryAll(
    120,
    (index) => mutated(greetings[index % greetings.length] ?? '', pieces, random),
    async (greeting) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.write(greeting, 'utf8');
        for (let count = Math.floor(random() * 3); count > 0; count -= 1) socket.write(packets(random));
        if (random() < 0.5) socket.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const connect = sshConnector({
        ssh: { configFile: 'none', knownHostsFile: `${dir}/known_hosts`, connectTimeoutMs: 200 },
        runId: 'test',
        env: { HOME: dir },
      });
      const { port } = server.address() as AddressInfo;
      const began = performance.now();
      const error = await connect({ name: 'web', address: '127.0.0.1', port, user: 'deploy', keyFile: key })
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        .finally(() => server.close());
      expect(error).toBeInstanceOf(ConnectionError);
      expect((error as ConnectionError).place.host).toBe('web');
      expect(performance.now() - began).toBeLessThan(5_000);
    },
  );
  expect(trial).toEqual({ count: 120, broken: [] });
}, 200_000);
