import { setTimeout as sleep } from 'node:timers/promises';
import { removeAddedSteps, restoreSourceSteps, stopStartedStep } from '../deploy/plan-restore.ts';
import { planRoll } from '../deploy/plan-roll.ts';
import { InterruptedError, OpsError, RemoteCommandError } from '../errors.ts';
import type { Snapshot } from '../ledger/entry.ts';
import { appendLedger } from '../shell/ledger.ts';
import { releaseLock } from '../shell/lock.ts';
import { endRun } from '../shell/release.ts';
import { stepScript } from '../shell/script.ts';
import { bugError } from './release-errors.ts';
import type { HostResult, ReleaseRun } from './release-run.ts';
import { assertLive, assertPutBack } from './verify.ts';

/** How long a Docker engine may take to start again before a release is put back, milliseconds. */
const engineMs = 60_000;

/** Puts back what the failed release changed, from the host's state as it is now; then tells how it ended. */
export async function putBack(run: ReleaseRun, thrown: unknown): Promise<HostResult> {
  const interrupted = run.signal.aborted;
  const { milestones } = run;
  // As it is before the restore, which moves traffic itself.
  const { moved } = milestones;
  if (run.probe?.serving === true) milestones.servedBefore ??= true;
  const error = thrown instanceof OpsError ? thrown : interrupted ? new InterruptedError() : bugError(thrown);
  run.rollout.gate.failed(run.session.name);
  if (!milestones.recorded) {
    await run.lock?.release().catch(() => undefined);
    return run.result(interrupted ? 'interrupted' : 'failed', error);
  }
  try {
    run.note(
      'info',
      interrupted
        ? 'Interrupted: putting the previous release back.'
        : 'Failed: putting the previous release back.',
    );
    if (lost(run, error)) await comeBack(run);
    try {
      await restore(run);
    } catch (restoring) {
      // It may have been lost before, and show only now: after Ctrl+C while nothing came through, for one.
      if (!lost(run, restoring)) throw restoring;
      await comeBack(run);
      await restore(run);
    }
    await run.stopProbe();
    // Where nothing served before, there is nothing that serves again.
    const restored = moved && run.previous !== undefined;
    const outcome = interrupted ? 'interrupted' : restored ? 'restored' : 'failed';
    await run.execute(
      'restore',
      [
        {
          kind: 'script',
          id: 'record-end',
          title: 'Record how it ended',
          script: stepScript(run.script, appendLedger(run.finishedEntry(outcome, error.message))),
          timeoutMs: 60_000,
        },
      ],
      {},
      'to-the-end',
    );
    await run.lock?.release();
    return run.result(outcome, error);
  } catch (restoring) {
    await run.lock?.release().catch(() => undefined);
    return run.result('needs-human', notPutBack(run, error, restoring));
  }
}

function notPutBack(run: ReleaseRun, error: OpsError, restoring: unknown): OpsError {
  const why = restoring instanceof Error ? restoring.message : String(restoring);
  const place = restoring instanceof OpsError ? restoring.place : {};
  return new OpsError(
    'needsHuman',
    'RESTORE_FAILED',
    `${error.message} Then the previous release could not be put back: ${why}`,
    {
      place: { step: 'restore', ...place, host: run.session.name },
      next: [
        'Look at it: `ops status`, `ops logs`.',
        'Running the same command again recovers from the unfinished one.',
      ],
      cause: error,
    },
  );
}

/** By its reason: the executor adds host and step, and the class is lost on the way. */
function lost({ session }: ReleaseRun, error: unknown): boolean {
  return (error instanceof OpsError && error.reason === 'connection') || session.host.lost;
}

async function comeBack(run: ReleaseRun): Promise<void> {
  // It asked through the lost connection: what failed since says nothing about the site.
  await run.stopProbe();
  run.probe = undefined;
  await run.session.reconnect();
  await endLostSession(run);
  await run.takeLock(`${run.rollout.goal.kind}: putting back`);
}

/**
 * The host may not know yet that the connection is lost: the failed step would go on beside the restore, and the old
 * holder of the lock would take the new lock, which has the same token, along when it ends.
 */
async function endLostSession({ session, target, rollout }: ReleaseRun): Promise<void> {
  const { runId } = rollout.context;
  const script = stepScript(session.script(), ...endRun(runId), releaseLock(target.appDir, runId));
  const { code, stderr } = await session.host.script(script, { timeoutMs: 60_000 });
  if (code === 0) return;
  throw new RemoteCommandError('STEP_FAILED', 'What the lost connection left running could not be ended.', {
    place: { host: session.name, step: 'reconnect', output: stderr.trim().split('\n').slice(-10) },
  });
}

/**
 * An engine that is starting again knows no image and no container: what is to be put back would be taken for gone.
 *
 * @throws OpsError `DOCKER_UNREACHABLE` when it does not come back
 */
async function lookWithEngine({ session }: ReleaseRun): Promise<void> {
  const end = performance.now() + engineMs;
  for (;;) {
    const late = performance.now() > end;
    const answers = await session.look().then(
      ({ engine }) => engine.docker.state === 'ok',
      (error: unknown) => {
        // It may stop or start between two things that it is asked.
        if (!late && error instanceof OpsError && error.code === 'FACTS_FAILED') return false;
        throw error;
      },
    );
    if (answers) return;
    if (late)
      throw new OpsError('needsHuman', 'DOCKER_UNREACHABLE', 'The Docker engine does not answer.', {
        place: { step: 'look' },
      });
    await sleep(1_000);
  }
}

/** The previous snapshot again: tree, images, containers; by the same roll as any other release. */
async function restore(run: ReleaseRun): Promise<void> {
  const { session, target, previous } = run;
  await lookWithEngine(run);
  if (session.facts.git.state !== 'ok')
    throw new OpsError('needsHuman', 'GIT_GONE', `${target.appDir} is no git clone any more.`);
  const input = {
    script: run.script,
    facts: session.facts,
    target,
    previous,
    checkedOut: run.plan.git,
    stash: run.stash,
  };
  const steps = restoreSourceSteps(input);
  if (!previous) {
    await run.execute('restore', [...steps, stopStartedStep(input)], {}, 'to-the-end');
    return;
  }
  await run.execute(
    'restore',
    [...steps, { kind: 'client', id: 'look', title: 'Look at what runs', action: 'look' }],
    {
      look: async () => {
        await session.lookAtStack();
        return undefined;
      },
    },
    'to-the-end',
  );
  await rollBack(run, previous);
}

async function rollBack(run: ReleaseRun, previous: Snapshot): Promise<void> {
  const { session, target, plan } = run;
  const { steps } = planRoll({
    ...run.rollInput(),
    target: { ...target, deploy: { ...target.deploy, stabilityMs: 0, strategy: 'rolling' } },
    reload: plan.decision.checkout !== undefined,
    back: true,
  });
  await run.execute(
    'restore',
    [
      ...steps,
      ...removeAddedSteps({ script: run.script, facts: session.facts, target, previous }),
      { kind: 'client', id: 'verify', title: 'The previous release serves', action: 'verify' },
    ],
    {
      verify: async () => {
        const served = run.milestones.servedBefore ?? run.probe?.serving ?? true;
        const site = served ? 'answers' : 'did-not-answer';
        const { text } = await assertLive(session, () => run.changes(), undefined, site);
        assertPutBack(previous.images, session.facts.containers);
        return text;
      },
    },
    'to-the-end',
  );
}
