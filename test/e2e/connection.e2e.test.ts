import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';
import { expectClean, expectUnnoticed, opsFor, serving, underLoad } from '../support/shop-server.ts';

let server: TestSandbox;
let ops: ReturnType<typeof opsFor>;

beforeAll(async () => {
  server = await sandbox({ name: 'e2e-shop' });
  await server.reset('after');
  ops = opsFor(server);
  const first = await ops(['deploy']);
  if (first.code !== 0) throw new Error(first.stderr);
});

afterAll(async () => {
  await server.rest();
});

describe('a connection that is lost while traffic is shared', () => {
  // Killed: both sides know at once. Stopped: the server goes on as if the client were still there.
  for (const signal of ['KILL', 'STOP']) {
    it(`sshd gets ${signal}: connected again, the old release is put back, nobody notices`, async () => {
      const before = await serving(server);
      await server.commit({ 'backend/VERSION': `lost ${signal}\n` }, `lost ${signal}`);
      let cut: Promise<unknown> | undefined;
      const done = await underLoad(
        server,
        async () =>
          await ops(['deploy'], {
            env: { CI: '1', OPS_STABILITY: '60s' },
            onStderr: (text) => {
              if (text.includes('… Watch the new containers'))
                cut ??= server.exec(
                  `for d in /proc/[0-9]*; do case $(tr '\\0' ' ' < $d/cmdline) in 'sshd: deploy@'*|'sshd-session: deploy@'*) kill -${signal} \${d#/proc/} ;; esac; done`,
                  { user: 'root' },
                );
            },
          }),
      );
      await cut;
      expect(cut).toBeDefined();
      expect(done.value.code).toBe(5);
      expectUnnoticed(done);
      expect(await serving(server)).toEqual(before);
      await expectClean(server);
      await server.exec(
        `for d in /proc/[0-9]*; do case $(tr '\\0' ' ' < $d/cmdline) in 'sshd: deploy@'*|'sshd-session: deploy@'*) kill -KILL \${d#/proc/} ;; esac; done`,
        { user: 'root' },
      );
    });
  }
});
