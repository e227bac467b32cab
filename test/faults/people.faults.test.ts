import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../support/faults/cell.ts';
import { auditOrders, startLoad } from '../support/load.ts';
import type { CliResult } from '../support/run-cli.ts';
import { hostsOf } from '../support/shop-server.ts';
import { beginOf } from '../support/faults/steps.ts';
import { expectTrue, leftovers, look } from '../support/faults/state.ts';
import { openWorld, type World } from '../support/faults/world.ts';

/** Two people, or several servers: what each of them meets, and that every server is whole afterwards. */
describe('two people, several servers', () => {
  let world: World;
  let all: readonly number[] = [];
  let count = 0;

  beforeAll(async () => {
    world = await openWorld('faults-three', 3);
    all = world.hosts.map((_, index) => index);
    await world.begin();
  });
  afterAll(async () => {
    await world.end();
  });

  const push = async (files: Readonly<Record<string, string>> = {}): Promise<string> => {
    count += 1;
    const version = `three ${count}`;
    await world.push(version, { 'backend/fault.txt': '', ...files });
    return version;
  };

  const expectWhole = async (version: string): Promise<void> => {
    for (const host of all) {
      const seen = await look(world.server, host);
      expect(seen.version).toBe(version);
      expectTrue(seen);
      expect(await leftovers(world.server, host)).toBe('');
    }
  };

  /** Loads the first server, does what is to be done, brings every server to one release, and counts. */
  const cell = async (
    row: Pick<Row, 'fault' | 'at' | 'ended'>,
    strike: () => Promise<CliResult>,
  ): Promise<Row> => {
    const load = startLoad(world.server.url(), { connections: 6 });
    try {
      const { code } = await strike();
      for (const wire of world.wires) wire.mend();
      const version = await push();
      const next = await world.ops(['deploy', '--lock-wait', '90s']);
      expect([next.code, next.code === 0 ? '' : next.stderr]).toEqual([0, '']);
      const report = await load.stop();
      await expectWhole(version);
      expect({ failed: report.failed, reasons: report.reasons }).toEqual({ failed: 0, reasons: {} });
      expect(await auditOrders(world.server.url(), report)).toMatchObject({ lost: 0, doubled: 0 });
      const { requests, failed } = report;
      return { ...row, command: 'ops deploy', code, requests, failed };
    } finally {
      await load.stop();
      for (const wire of world.wires) wire.mend();
    }
  };

  /** Runs a command; does something else as soon as it prints a line, and waits for both. */
  const during = async <Value>(
    says: string,
    work: () => Promise<Value>,
    args: readonly string[] = ['deploy'],
  ): Promise<[CliResult, Value]> => {
    let other: Promise<Value> | undefined;
    const first = await world.ops(args, {
      onStderr: (text) => {
        if (text.includes(says)) other ??= work();
      },
    });
    if (other === undefined) throw new Error(`ops never said "${says}":\n${first.stderr}`);
    return [first, await other];
  };

  it('a second operator while the first deploys: refused, on every server', async ({ task }) => {
    task.meta.row = await cell(
      { fault: 'two operators at once', at: 'build', ended: 'refused' },
      async () => {
        await push();
        const [first, second] = await during(
          beginOf('build'),
          async () => await world.ops(['deploy', '--json']),
        );
        expect(first.code).toBe(0);
        expect(second.stdout).toContain('LOCKED');
        expect(second.code).toBe(7);
        return second;
      },
    );
  });

  it('two operators who both wait: one after the other', async ({ task }) => {
    task.meta.row = await cell({ fault: 'two operators, both wait', at: 'lock', ended: 'live' }, async () => {
      await push();
      const wait = ['deploy', '--lock-wait', '3m'];
      const [first, second] = await Promise.all([world.ops(wait), world.ops(wait)]);
      const failures = [first, second].filter(({ code }) => code !== 0).map(({ stderr }) => stderr);
      expect(failures).toEqual([]);
      return second;
    });
  });

  it('one of three servers dead before: nothing is done on any', async ({ task }) => {
    task.meta.row = await cell(
      { fault: 'one of three servers dead', at: 'before', ended: 'refused' },
      async () => {
        const before = await Promise.all(all.map(async (host) => await look(world.server, host)));
        await push();
        world.wires[2]?.die();
        const done = await world.ops(['deploy']);
        expect(done.code).toBe(3);
        expect(done.stderr).toContain(world.hosts[2]);
        expect(await Promise.all(all.map(async (host) => await look(world.server, host)))).toEqual(before);
        return done;
      },
    );
  });

  it('one of three servers goes away for good while traffic moves: the others are released, the third is named', async ({
    task,
  }) => {
    task.meta.row = await cell(
      { fault: 'one of three servers dead', at: 'share traffic', ended: 'unfinished' },
      async () => {
        const version = await push();
        const third = world.hosts[2] ?? '';
        let died = false;
        const done = await world.ops(['deploy'], {
          onStderr: (text) => {
            if (died || !text.includes(`[${third}] ${beginOf('share traffic')}`)) return;
            died = true;
            world.wires[2]?.die();
          },
        });
        expect([died, done.code]).toEqual([true, 6]);
        expect(done.stdout + done.stderr).toContain(third);
        for (const host of [0, 1]) expect((await look(world.server, host)).version).toBe(version);
        expect((await look(world.server, 2)).version).toBeDefined();
        return done;
      },
    );
  });

  it('a bad release, one server at a time: stops at the first', async ({ task }) => {
    task.meta.row = await cell(
      { fault: 'bad release, one server at a time', at: 'start', ended: 'failed' },
      async () => {
        const before = await Promise.all(all.map(async (host) => await look(world.server, host)));
        await push({ 'backend/fault.txt': 'never-healthy' });
        const done = await world.ops(['deploy', '--json', '--batch', '1'], {
          env: { OPS_HEALTH_TIMEOUT: '6s' },
        });
        expect(done.code).toBe(4);
        expect(hostsOf(done).map(({ outcome }) => outcome)).toEqual(['failed', 'not-started', 'not-started']);
        const after = await Promise.all(all.map(async (host) => await look(world.server, host)));
        expect(after.map(({ version, images }) => ({ version, images }))).toEqual(
          before.map(({ version, images }) => ({ version, images })),
        );
        return done;
      },
    );
  });

  it('the client is killed while three servers move traffic', async ({ task }) => {
    task.meta.row = await cell(
      { fault: 'client of three servers killed (SIGKILL)', at: 'switch', ended: 'unfinished' },
      async () => {
        await push();
        let kill: (() => void) | undefined;
        const done = await world.ops(['deploy'], {
          onStart: (child) => (kill = () => child.kill('SIGKILL')),
          onStderr: (text) => {
            if (text.includes(beginOf('switch'))) kill?.();
          },
        });
        expect(done.code).toBeNull();
        for (const host of all) expect((await look(world.server, host)).version).toBeDefined();
        return done;
      },
    );
  });
});
