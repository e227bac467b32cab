import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@oclif/core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../../src/cli/context.ts';
import type { Outcome } from '../../../src/cli/outcome.ts';
import { RolloutCommand } from '../../../src/cli/rollout-command.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { target } from '../deploy/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'ops-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

vi.mock(import('../../../src/rollout/rollout.ts'), async (original) => ({
  ...(await original()),
  prepare: async () => await Promise.resolve({ plans: [], batches: [], close: async () => {} }),
  rollout: async () =>
    await Promise.resolve({
      id: 'R',
      commit: '1a2b3c4d',
      subject: 'Faster',
      reason: 'ok' as const,
      hosts: [{ host: 'web1', outcome: 'live' as const, durationMs: 1, roundTrips: 1, notes: [] }],
    }),
}));

/** A rollback that went live, with what is left to do afterwards. */
class LiveRollback extends RolloutCommand<typeof LiveRollback> {
  after: () => Promise<readonly string[]> = async () => await Promise.resolve([]);

  set report(file: string) {
    this.flags = { report: file } as unknown as typeof this.flags;
  }

  override async execute(): Promise<Outcome> {
    return await this.rollOut(
      { config: { target: { ...target({}), hosts: [] } }, progress: () => {} } as unknown as Context,
      { kind: 'deploy' },
      { force: false, rebuild: false, stash: false, allowDowntime: false },
      this.after,
    );
  }
}

describe('what is left to do after a rollout that is live', () => {
  it.each([
    { title: 'is told', after: async () => await Promise.resolve(['Pushed.']), remarks: ['Pushed.'] },
    {
      title: 'is interrupted',
      after: async () => await Promise.reject(new InterruptedError('Interrupted while pushing.')),
      reason: 'interrupted',
      error: 'Interrupted while pushing.',
    },
    {
      title: 'fails as it should not',
      after: async () => await Promise.reject(new TypeError('x')),
      reason: 'internal',
      error: 'x',
    },
  ])('$title: the result and the report are there', async ({ after, reason, error, remarks = [] }) => {
    const report = join(folder, 'report.json');
    const command = Object.assign(new LiveRollback([], { version: '1.2.3' } as Config), { after, report });
    const outcome = await command.execute();
    // oxlint-disable-next-line promise/valid-params -- a command's own, which lets go of the signals
    await command.finally();
    expect(outcome.reason).toBe(reason ?? 'ok');
    expect(outcome.errors?.map(({ message }) => message)).toEqual(error === undefined ? [] : [error]);
    expect(outcome.data).toMatchObject({ release: 'R', hosts: [{ host: 'web1', outcome: 'live' }], remarks });
    expect(outcome.text?.()).toContain('web1: live');
    expect(readFileSync(report, 'utf8')).toContain('"outcome": "live"');
  });
});
