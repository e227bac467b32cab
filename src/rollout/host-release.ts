import { buildKey, configHash, keptTag } from '../deploy/naming.ts';
import { finishStep, planBuild, planReleaseCommand, superfluousTags } from '../deploy/plan-release.ts';
import { planRoll, startMissed } from '../deploy/plan-roll.ts';
import { withTag } from '../facts/images.ts';
import type { FinishedEntry } from '../ledger/entry.ts';
import type { Step } from '../plan/step.ts';
import type { HostPlan } from './inspect.ts';
import { prepare } from './prepare-release.ts';
import { putBack } from './put-back.ts';
import { refuseInvalidProxy } from './release-errors.ts';
import { ReleaseRun, type HostResult, type Rollout } from './release-run.ts';
import { assertLive, assertServed } from './verify.ts';

/**
 * Makes one release on one host: lock, checkout, build, release command, roll, verify, record.
 * Whatever happens, the host serves afterwards, the lock is released, and the ledger tells the truth; never rejects.
 */
export async function releaseOnHost(plan: HostPlan, rollout: Rollout): Promise<HostResult> {
  const run = new ReleaseRun(plan, rollout);
  try {
    await prepare(run);
    if (run.plan.decision.nothingToDo) {
      await run.lock?.release();
      rollout.gate.passed(run.session.name);
      return run.result('nothing-to-do');
    }
    await build(run);
    await releaseCommand(run);
    await roll(run);
    await verify(run);
    await finish(run);
    return run.result('live');
  } catch (error) {
    return await putBack(run, error);
  } finally {
    await run.probe?.stop();
  }
}

async function build(run: ReleaseRun): Promise<void> {
  const { session, signal, target } = run;
  const { decision, wanted } = run.plan;
  if (!decision.certain) await session.lookAtStack(signal);
  const { steps } = planBuild({
    host: session.name,
    script: run.script,
    compose: wanted.compose ?? run.compose(),
    images: session.facts.images,
    target,
    release: run.rollout.id,
    kept: decision.kept,
    carried: decision.carried,
  });
  if (steps.length === 0) {
    await session.lookAtStack(signal);
    return;
  }
  await run.execute(
    'build',
    [...steps, { kind: 'client', id: 'look', title: 'Compare with what runs', action: 'look' }],
    {
      look: async () => {
        await session.lookAtStack(signal);
        const changed = run.changes().filter(({ action }) => action !== 'keep');
        return changed.length === 0
          ? 'nothing changed'
          : changed.map(({ service, why }) => `${service.name}: ${why}`).join(', ');
      },
    },
  );
}

async function releaseCommand(run: ReleaseRun): Promise<void> {
  const { session, signal } = run;
  const { gate, goal } = run.rollout;
  if (goal.kind === 'rollback') return;
  if (!gate.runsOn(session.name)) {
    await gate.wait(session.name, signal);
    return;
  }
  const { containers } = session.facts;
  const { steps } = planReleaseCommand(session.name, run.script, run.compose(), containers, run.target);
  await run.execute('release', steps);
  if (steps.length > 1) await session.lookAtWhatRuns(signal);
  gate.passed(session.name);
}

async function roll(run: ReleaseRun): Promise<void> {
  await startMissedServices(run);
  const { milestones, probe } = run;
  const input = run.rollInput();
  refuseInvalidProxy(input.host, input.proxy);
  run.refuseDowntime(input.changes);
  const { steps } = planRoll(input);
  const watched = steps.findIndex(({ id }) => id === 'watch');
  const probed: Step = {
    kind: 'client',
    id: 'served',
    title: 'No request failed meanwhile',
    action: 'verify',
  };
  const all =
    watched === -1 || !probe ? steps : [...steps.slice(0, watched + 1), probed, ...steps.slice(watched + 1)];
  milestones.countFailures();
  await run.execute('roll', all, {
    verify: async () =>
      await Promise.resolve(
        milestones.servedBefore === false
          ? 'the site did not answer before'
          : assertServed(probe, milestones.movedAt, milestones.failuresCount, run.target.health.path),
      ),
  });
}

/** One after another, for nginx names the first that it misses. */
async function startMissedServices(run: ReleaseRun): Promise<void> {
  for (let most = run.changes().length; most > 0; most -= 1) {
    const steps = startMissed(run.rollInput());
    if (steps.length === 0) return;
    await run.execute('roll', steps);
    await run.session.lookAtWhatRuns(run.signal);
  }
}

async function verify(run: ReleaseRun): Promise<void> {
  await run.execute(
    'verify',
    [
      {
        kind: 'client',
        id: 'verify',
        title: 'Everything runs as wanted, and the site answers',
        action: 'verify',
      },
    ],
    {
      verify: async () => {
        const { text, movedTo } = await assertLive(run.session, () => run.changes(), run.signal);
        if (movedTo !== undefined)
          run.note(
            'warn',
            `${run.target.health.path} only redirects to ${movedTo}, and that was not asked: nothing here says that the app answers. Set \`url\` (OPS_URL) to the address of the site.`,
          );
        return text;
      },
    },
  );
}

async function finish(run: ReleaseRun): Promise<void> {
  const { target, rollout } = run;
  const { facts } = run.session;
  const compose = run.compose();
  await run.stopProbe();
  const built = Object.values(compose.services).filter(({ builds }) => builds);
  const images = Object.fromEntries(
    built.flatMap(({ name, image }) => {
      const content = facts.images[withTag(image)];
      return content === undefined ? [] : [[name, { id: content, tag: keptTag(image, rollout.id) }]];
    }),
  );
  const entry: FinishedEntry = {
    ...run.finishedEntry('live'),
    images,
    buildKey: buildKey(compose, target.build.args),
    ...(facts.proxy.state === 'ok' && facts.proxy.config !== undefined
      ? { proxyConfig: configHash(facts.proxy.config) }
      : {}),
  };
  const superfluous = superfluousTags(facts.ledger, facts.images, compose, target.deploy.keep, rollout.id);
  await run.execute(
    'finish',
    [
      finishStep(run.script, entry, superfluous),
      { kind: 'client', id: 'unlock', title: 'Release the lock', action: 'unlock' },
    ],
    {
      unlock: async () => {
        // The release serves and is recorded: a lock that its connection took along is no failure of it.
        await run.lock?.release().catch(() => undefined);
        return undefined;
      },
    },
    // Everything is verified: stopping between the record and the lock would take back a finished release.
    'to-the-end',
  );
}
