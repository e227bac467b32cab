import {
  allMountedFiles,
  checkoutStep,
  mountedFiles,
  servesWhole,
  settleStep,
  snapshot,
  startedStep,
} from '../deploy/plan-release.ts';
import type { FinishedEntry, StartedEntry } from '../ledger/entry.ts';
import { liveRelease, unfinishedRelease, type Release } from '../ledger/ledger.ts';
import { siteEndpoint } from '../observe/endpoint.ts';
import type { Step } from '../plan/step.ts';
import { startProbe } from '../probe/probe.ts';
import { ifUnfinished } from '../shell/ledger.ts';
import { endRun } from '../shell/release.ts';
import { stepScript } from '../shell/script.ts';
import { inspect } from './inspect.ts';
import { movedOnError } from './release-errors.ts';
import type { ReleaseRun } from './release-run.ts';

/** A look that is older than this is repeated under the lock, milliseconds. */
const staleLookMs = 5_000;

/** Lock, recovery of an unfinished release, probe, record, checkout. Where nothing is to be done, the lock only. */
export async function prepare(run: ReleaseRun): Promise<void> {
  const { session } = run;
  const { lock } = session.facts;
  let unfinished = unfinishedRelease(session.facts.ledger);
  const actions = {
    lock: async () => await takeLock(run),
    look: async () => await inspectAgain(run),
  };
  const steps: Step[] = [{ kind: 'client', id: 'lock', title: 'Take the lock', action: 'lock' }];
  const look: Step = { kind: 'client', id: 'look', title: 'Look again', action: 'look' };
  // Somebody else may have released in the meantime: while we waited, or while a person thought about the question.
  // Who may wait may have to: a lock that was free when we looked can be taken by now.
  const waits = run.rollout.options.lockWaitMs > 0 || lock.state === 'held' || session.age() > staleLookMs;
  // What nobody works on any more is recovered at once, which is followed by a look anyway.
  const isAbandoned = unfinished !== undefined && lock.state === 'free';
  if (waits && !isAbandoned) {
    await run.execute('prepare', [...steps.splice(0), look], actions);
    unfinished = unfinishedRelease(session.facts.ledger);
  }
  // The record of a release may have come to its end without its checkout, by a restore that failed.
  if (!unfinished && leftFiles(run).length > 0) {
    await run.execute('prepare', [...steps.splice(0), ...leftFiles(run), look], actions);
    unfinished = unfinishedRelease(session.facts.ledger);
  }
  while (unfinished) {
    const { id } = unfinished;
    await run.execute(
      'prepare',
      [...steps.splice(0), recoverStep(run, unfinished), ...leftFiles(run), look],
      actions,
    );
    const left = unfinishedRelease(session.facts.ledger);
    if (left?.id === id) {
      takeOver(run, unfinished);
      break;
    }
    // Its end may have come after all, before its client lost the lock; somebody else may have died since.
    unfinished = left;
  }
  if (run.plan.decision.nothingToDo) return;
  run.refuseDowntime(run.plan.decision.changes);
  watchSite(run);
  await run.execute('prepare', [...steps, ...sourceSteps(run, unfinished)], actions);
}

/**
 * What is to be put back if this run fails is what was there before the unfinished release. The ledger says that it
 * has ended only together with the start of this one: until then another run has to know of it.
 */
function takeOver(run: ReleaseRun, unfinished: Release): void {
  run.previous = unfinished.previous;
  run.remark(
    `The ${unfinished.kind} ${unfinished.id} by ${unfinished.by} was not finished; this run recovered from it.`,
  );
}

/** A client died: what it started is ended, unless its release got to its end after all. */
function recoverStep({ script }: ReleaseRun, { id, kind, run }: Release): Step {
  return {
    kind: 'script',
    id: 'recover',
    title: `End what is left of the unfinished ${kind} ${id}`,
    script: stepScript(script, ifUnfinished(id, endRun(run))),
    timeoutMs: 60_000,
  };
}

/** Nothing, unless a checkout was ended in its middle. */
function leftFiles({ session, script, target }: ReleaseRun): Step[] {
  const { git, containers } = session.facts;
  if (git.state !== 'ok' || !git.interrupted) return [];
  return [settleStep(script, allMountedFiles(containers, target.appDir))];
}

async function takeLock(run: ReleaseRun): Promise<string | undefined> {
  const { goal, options } = run.rollout;
  await run.takeLock(`${goal.kind} ${run.plan.wanted.commit.slice(0, 7)}`, options.lockWaitMs, run.signal);
  return undefined;
}

async function inspectAgain(run: ReleaseRun): Promise<string | undefined> {
  const { goal, options, context } = run.rollout;
  const { wanted } = run.plan;
  run.plan = await inspect(run.session, goal, options, { held: context.runId, signal: run.signal });
  // Nobody agreed to another commit, and the hosts that went before have this one.
  if (run.plan.wanted.commit !== wanted.commit) throw movedOnError(run.session.name, wanted, run.plan.wanted);
  return undefined;
}

/** Asks the site from now on, where there is one. */
function watchSite(run: ReleaseRun): void {
  const { session, target } = run;
  const { facts, host } = session;
  if (!facts.containers.some(({ state }) => state === 'running')) return;
  const endpoint = siteEndpoint(target, facts.proxy, facts.containers, target.health.path);
  if (!endpoint) return;
  const { onSample } = run.rollout.context;
  run.probe = startProbe(
    host,
    endpoint,
    target.health.path,
    () => performance.now(),
    (sample) => onSample?.(session.name, sample),
  );
}

function sourceSteps(run: ReleaseRun, unfinished: Release | undefined): Step[] {
  const { rollout, session, target, script } = run;
  const { goal, id, by, options, context } = rollout;
  const { facts } = session;
  const { git, wanted, decision, back } = run.plan;
  const compose = facts.compose.state === 'ok' ? facts.compose : undefined;
  // What runs may be what a first deploy left that was not finished.
  const first = unfinished !== undefined && unfinished.previous === undefined;
  if (!first || (compose && servesWhole(facts.containers, compose)))
    run.previous ??= snapshot(liveRelease(facts.ledger), git, facts.containers, compose);
  const entry: StartedEntry = {
    v: 1,
    event: 'started',
    id,
    kind: goal.kind,
    commit: wanted.commit,
    tree: goal.kind === 'rollback' && back ? back.tree : wanted.tree,
    subject: wanted.subject,
    ref: goal.kind === 'deploy' ? (goal.ref ?? target.branch) : (back?.id ?? ''),
    by,
    at: run.now(),
    run: context.runId,
    ...(run.previous ? { previous: run.previous } : {}),
    ...(wanted.undone.length > 0 ? { undone: wanted.undone } : {}),
    ...(wanted.made.length > 0 ? { made: wanted.made } : {}),
  };
  const { checkout } = decision;
  return [
    startedStep(script, entry, git.commit, unfinished && interruptedEntry(unfinished.id, run.now())),
    ...(checkout
      ? [
          checkoutStep(
            script,
            {
              commit: wanted.commit,
              expectedHead: git.commit,
              branch: checkout.branch,
              keepRef: checkout.keepOld ? `refs/ops/kept/${id}` : undefined,
              keepHead: checkout.keepHead ? `refs/ops/kept/${id}-head` : undefined,
              stash: run.stash,
              // A stash touches files that the commits have in common.
              mounted: options.stash
                ? allMountedFiles(facts.containers, target.appDir)
                : mountedFiles(facts.containers, target.appDir, wanted.changed),
            },
            wanted.subject,
          ),
        ]
      : []),
  ];
}

/** @param at ISO 8601 */
function interruptedEntry(id: string, at: string): FinishedEntry {
  return {
    v: 1,
    event: 'finished',
    id,
    outcome: 'interrupted',
    at,
    durationMs: 0,
    detail: 'Its client went away; a later run recovered.',
  };
}
