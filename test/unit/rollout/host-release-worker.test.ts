import { describe, expect, it } from 'vitest';
import { OpsError } from '../../../src/errors.ts';
import type { HostFacts } from '../../../src/facts/index.ts';
import { releaseOnHost } from '../../../src/rollout/host-release.ts';
import type { HostResult, Rollout } from '../../../src/rollout/release-run.ts';
import type { HostPlan } from '../../../src/rollout/inspect.ts';
import { ReleaseGate } from '../../../src/rollout/release-gate.ts';
import type { HostSession } from '../../../src/rollout/session.ts';
import { compose, container, facts, git, script, service, target, wanted } from '../deploy/stack.ts';
import { ended, obeyingHost } from './obeying-host.ts';

const image = 'queue:2';
const before = facts({
  compose: compose({ worker: service('worker', { builds: false, image }) }),
  images: { [image]: 'sha256:old' },
  containers: [container('worker', { image: 'sha256:old' })],
  proxy: { state: 'none' },
});

/**
 * A release of a stack that is one worker, in which one step fails; a full look finds what ran before.
 *
 * @param looks what the first looks end with instead
 */
async function releaseThatFailsAt(
  step: string,
  looks: readonly OpsError[] = [],
): Promise<{ result: HostResult; ledger: string }> {
  let current = '';
  let ledger = '';
  const host = obeyingHost((text) => {
    if (text.includes('"event":"finished"')) ledger += text;
    return current === step ? { ...ended, code: 1 } : ended;
  });
  const failing = [...looks];
  let seen: HostFacts = { ...before, images: { [image]: 'sha256:new' } };
  const session = {
    name: 'web1',
    target: target(),
    host,
    roundTrips: 0,
    get facts() {
      return seen;
    },
    age: () => 0,
    look: async () => {
      const error = failing.shift();
      if (error) throw error;
      return await Promise.resolve((seen = before));
    },
    lookAtStack: async () => await Promise.resolve(seen),
    lookAtWhatRuns: async () => await Promise.resolve(seen),
    script: () => ({ appDir: script.appDir, compose: script.compose }),
  } as unknown as HostSession;
  const plan: HostPlan = {
    session,
    git: git(),
    wanted: wanted(),
    decision: {
      nothingToDo: false,
      changes: [],
      certain: true,
      build: false,
      carried: new Set(),
      reload: false,
      downtime: [],
      notes: [],
    },
    notes: [],
  };
  const result = await releaseOnHost(plan, {
    context: {
      runId: 'run1',
      clock: () => 0,
      signal: new AbortController().signal,
      progress: (event: { type: string; id?: string }) => {
        if (event.type === 'stepStarted') current = event.id ?? '';
      },
    },
    goal: { kind: 'deploy' },
    options: { force: false, rebuild: false, stash: false, allowDowntime: false, lockWaitMs: 0 },
    id: 'R',
    by: 'ann',
    gate: new ReleaseGate(undefined),
  } as unknown as Rollout);
  return { result, ledger };
}

describe('a service that the proxy sends nothing', () => {
  it.each([
    { step: 'watch', when: 'while the old container works', outcome: 'failed', reason: 'unchanged' },
    { step: 'retire', when: 'while the old container goes', outcome: 'restored', reason: 'rolledBack' },
    { step: 'verify', when: 'when the old container is gone', outcome: 'restored', reason: 'rolledBack' },
  ])('a failure $when: $outcome', async ({ step, outcome, reason }) => {
    const { result, ledger } = await releaseThatFailsAt(step);
    expect(result).toMatchObject({ outcome, error: { reason, place: { host: 'web1' } } });
    expect(ledger).toContain(`"outcome":"${outcome}"`);
  });
});

describe('before the previous release is put back', () => {
  const failed = (code: string) => new OpsError('unchanged', code, `${code}.`);

  it('an engine that starts while it is looked at is waited for', async () => {
    const { result } = await releaseThatFailsAt('retire', [failed('FACTS_FAILED')]);
    expect(result).toMatchObject({ outcome: 'restored', error: { reason: 'rolledBack' } });
  });

  it('nothing else is', async () => {
    const { result } = await releaseThatFailsAt('retire', [failed('OTHER')]);
    expect(result).toMatchObject({
      outcome: 'needs-human',
      error: { reason: 'needsHuman', message: expect.stringContaining('OTHER.') as string },
    });
  });
});
