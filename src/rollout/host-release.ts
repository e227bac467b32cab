import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../config/config.ts';
import { serviceChanges, type ServiceChange } from '../deploy/changes.ts';
import { configHash, buildKey, keptTag } from '../deploy/naming.ts';
import {
  allMountedFiles,
  checkoutStep,
  finishStep,
  mountedFiles,
  planBuild,
  planReleaseCommand,
  servesWhole,
  snapshot,
  startedStep,
  superfluousTags,
} from '../deploy/plan-release.ts';
import { restoreSourceSteps, stopStartedStep } from '../deploy/plan-restore.ts';
import { downtimeReasons, goingBack, planRoll, startMissed, type RollInput } from '../deploy/plan-roll.ts';
import { InterruptedError, OpsError, RemoteCommandError } from '../errors.ts';
import { withTag } from '../facts/images.ts';
import type { FinishedEntry, ProbeSummary, Snapshot, StartedEntry } from '../ledger/entry.ts';
import { liveRelease, unfinishedRelease, type Release } from '../ledger/ledger.ts';
import { siteEndpoint } from '../observe/endpoint.ts';
import { execute, type ClientActions, type StepOutputs } from '../plan/execute.ts';
import type { ProgressEvent } from '../plan/progress.ts';
import type { Plan, StageName, Step } from '../plan/step.ts';
import { startProbe, type Probe } from '../probe/probe.ts';
import { appendLedger, ifUnfinished } from '../shell/ledger.ts';
import { releaseLock } from '../shell/lock.ts';
import { endRun } from '../shell/release.ts';
import { stepScript } from '../shell/script.ts';
import { acquireLock, type HeldLock } from './held-lock.ts';
import { inspect, type Goal, type HostPlan, type RolloutOptions } from './inspect.ts';
import type { ReleaseGate } from './release-gate.ts';
import { reach } from './reach.ts';
import type { HostSession, RolloutContext } from './session.ts';
import { bugError, downtimeError, movedOnError, refuseInvalidProxy, withReason } from './release-errors.ts';
import { assertLive, assertPutBack, assertServed } from './verify.ts';

/** How a release ended on one host. */
export interface HostResult {
  host: string;
  outcome: 'live' | 'nothing-to-do' | 'failed' | 'restored' | 'interrupted' | 'needs-human' | 'not-started';
  /** Id, commit and subject of the release. */
  release?: { id: string; commit: string; subject: string };
  durationMs: number;
  /** Requests over SSH, one after another or at once. */
  roundTrips: number;
  probe?: ProbeSummary;
  notes: readonly string[];
  error?: OpsError;
}

/** What all hosts of one rollout share. */
export interface Rollout {
  context: RolloutContext;
  goal: Goal;
  options: RolloutOptions;
  /** Release id, the same on every host. */
  id: string;
  by: string;
  /** Which host runs the release command, and whether the others may go on. */
  gate: ReleaseGate;
}

/** A look that is older than this is repeated under the lock, milliseconds. */
const staleLookMs = 5_000;
/** How long a Docker engine may take to start again before a release is put back, milliseconds. */
const engineMs = 60_000;

/**
 * Makes one release on one host: lock, checkout, build, release command, roll, verify, record.
 * Whatever happens, the host serves afterwards, the lock is released, and the ledger tells the truth; never rejects.
 */
export async function releaseOnHost(first: HostPlan, rollout: Rollout): Promise<HostResult> {
  return await new HostRelease(first, rollout).run();
}

class HostRelease {
  readonly #rollout: Rollout;
  readonly #session: HostSession;
  readonly #target: Target;
  readonly #began: number;
  readonly #notes: string[];
  #plan: HostPlan;
  #lock: HeldLock | undefined;
  #probe: Probe | undefined;
  #probed: ProbeSummary | undefined;
  #previous: Snapshot | undefined;
  /** Of a client that died: this run takes its place. */
  #unfinished: Release | undefined;
  /** What runs was left by a first deploy that was not finished. */
  #first = false;
  #recorded = false;
  #moved = false;
  /** When traffic began to move, and from when on failed requests count against the new release. */
  #movedAt = 0;
  #failuresCount = 0;
  /** The site answered its health path before traffic moved; undefined: nobody knows. */
  #servedBefore: boolean | undefined;

  constructor(plan: HostPlan, rollout: Rollout) {
    this.#plan = plan;
    this.#rollout = rollout;
    this.#session = plan.session;
    this.#target = plan.session.target;
    this.#notes = [...plan.notes];
    this.#began = performance.now();
  }

  async run(): Promise<HostResult> {
    try {
      await this.#prepare();
      if (this.#plan.decision.nothingToDo) {
        await this.#lock?.release();
        this.#rollout.gate.passed(this.#session.name);
        return this.#result('nothing-to-do');
      }
      await this.#build();
      await this.#releaseCommand();
      await this.#roll();
      await this.#verify();
      await this.#finish();
      return this.#result('live');
    } catch (error) {
      return await this.#fail(error);
    } finally {
      await this.#probe?.stop();
    }
  }

  get #script() {
    return { ...this.#session.script(), run: this.#rollout.context.runId };
  }

  /** Message of the stash that local changes go to. */
  get #stash(): string | undefined {
    return this.#rollout.options.stash ? `ops ${this.#rollout.id}` : undefined;
  }

  get #signal(): AbortSignal {
    return this.#rollout.context.signal;
  }

  async #execute(
    stage: StageName,
    steps: readonly Step[],
    actions: ClientActions = {},
    stoppable: 'stoppable' | 'to-the-end' = 'stoppable',
  ): Promise<StepOutputs> {
    const { context } = this.#rollout;
    const plan: Plan = { host: this.#session.name, stage, steps, downtime: [], notes: [] };
    return await execute(plan, {
      host: this.#session.host,
      actions,
      progress: (event) => {
        this.#observe(event);
        return context.progress(event);
      },
      clock: () => performance.now(),
      signal: stoppable === 'stoppable' ? this.#signal : undefined,
      sleep: async (milliseconds) => await sleep(milliseconds),
      reach,
    });
  }

  /** What has been done so far decides what a failure means. */
  #observe(event: ProgressEvent): void {
    if (event.type === 'stepDone' && event.id === 'record') this.#recorded = true;
    // A failure from here on means that the old release must take traffic back. From the start of the step: one that
    // fails may have moved some of it.
    if (event.type === 'stepStarted' && movesTraffic(event.id) && !this.#moved) {
      this.#moved = true;
      this.#servedBefore ??= this.#probe?.serving;
      this.#movedAt = performance.now();
      this.#failuresCount = this.#movedAt;
    }
    // Downtime that was agreed to says nothing about the new release.
    if (event.type === 'stepDone' && interrupts(event.id)) this.#failuresCount = performance.now();
  }

  /** Lock, recovery of an unfinished release, probe, record, hooks, checkout. */
  async #prepare(): Promise<void> {
    // Somebody else may have released in the meantime: while we waited, or while a person thought about the question.
    // Who may wait may have to: a lock that was free when we looked can be taken by now.
    const waits =
      this.#rollout.options.lockWaitMs > 0 ||
      this.#session.facts.lock.state === 'held' ||
      this.#session.age() > staleLookMs;
    const actions = {
      lock: async () => await this.#takeLock(),
      look: async () => await this.#inspectAgain(),
    };
    const steps: Step[] = [{ kind: 'client', id: 'lock', title: 'Take the lock', action: 'lock' }];
    const look: Step = { kind: 'client', id: 'look', title: 'Look again', action: 'look' };
    if (waits) await this.#execute('prepare', [...steps.splice(0), look], actions);
    const unfinished = unfinishedRelease(this.#session.facts.ledger);
    if (unfinished) {
      await this.#execute('prepare', [...steps.splice(0), this.#recoverStep(unfinished), look], actions);
      // Its end may have come after all, before its client lost the lock.
      if (unfinishedRelease(this.#session.facts.ledger)?.id === unfinished.id) this.#takeOver(unfinished);
    }
    if (this.#plan.decision.nothingToDo) return;
    this.#refuseDowntime(this.#plan.decision.changes);
    this.#startProbe();
    await this.#execute('prepare', [...steps, ...this.#sourceSteps()], actions);
  }

  /**
   * What is to be put back if this run fails is what was there before the unfinished release. The ledger says that it
   * has ended only together with the start of this one: until then another run has to know of it.
   */
  #takeOver(unfinished: Release): void {
    this.#unfinished = unfinished;
    this.#previous = unfinished.previous;
    this.#first = unfinished.previous === undefined;
    this.#notes.push(
      `The ${unfinished.kind} ${unfinished.id} by ${unfinished.by} was not finished; this run recovered from it.`,
    );
  }

  /** A client died: what it started is ended, unless its release got to its end after all. */
  #recoverStep({ id, kind, run }: Release): Step {
    return {
      kind: 'script',
      id: 'recover',
      title: `End what is left of the unfinished ${kind} ${id}`,
      script: stepScript(this.#script, ifUnfinished(id, endRun(run))),
      timeoutMs: 60_000,
    };
  }

  async #takeLock(): Promise<string | undefined> {
    const { context, by, goal, options } = this.#rollout;
    const { wanted } = this.#plan;
    this.#lock = await acquireLock(this.#session.host, {
      appDir: this.#target.appDir,
      owner: {
        run: context.runId,
        by,
        at: new Date(context.clock()).toISOString(),
        what: `${goal.kind} ${wanted.commit.slice(0, 7)}`,
      },
      waitMs: options.lockWaitMs,
      clock: () => performance.now(),
      sleep: async (milliseconds) => await sleep(milliseconds, undefined, { signal: this.#signal }),
      onWait: (text) =>
        context.progress({
          type: 'note',
          host: this.#session.name,
          level: 'info',
          text: `Waiting for the lock: ${text}`,
        }),
      signal: this.#signal,
    });
    return undefined;
  }

  async #inspectAgain(): Promise<string | undefined> {
    const { goal, options, context } = this.#rollout;
    const { wanted } = this.#plan;
    this.#plan = await inspect(this.#session, goal, options, { held: context.runId, signal: this.#signal });
    // Nobody agreed to another commit, and the hosts that went before have this one.
    if (this.#plan.wanted.commit !== wanted.commit)
      throw movedOnError(this.#session.name, wanted, this.#plan.wanted);
    return undefined;
  }

  #refuseDowntime(changes: readonly ServiceChange[]): void {
    const reasons = this.#target.deploy.strategy === 'recreate' ? [] : downtimeReasons(changes);
    if (reasons.length === 0 || this.#rollout.options.allowDowntime) return;
    throw downtimeError(this.#session.name, reasons);
  }

  #startProbe(): void {
    const { facts, host } = this.#session;
    const serving = facts.containers.some(({ state }) => state === 'running');
    const endpoint = serving
      ? siteEndpoint(this.#target, facts.proxy, facts.containers, this.#target.health.path)
      : undefined;
    if (!endpoint) return;
    const { onSample } = this.#rollout.context;
    this.#probe = startProbe(
      host,
      endpoint,
      this.#target.health.path,
      () => performance.now(),
      (sample) => onSample?.(this.#session.name, sample),
    );
  }

  #sourceSteps(): Step[] {
    const { context, goal, id, by, options } = this.#rollout;
    const { facts } = this.#session;
    const { git, wanted, decision, back } = this.#plan;
    const compose = facts.compose.state === 'ok' ? facts.compose : undefined;
    if (!this.#first || (compose && servesWhole(facts.containers, compose)))
      this.#previous ??= snapshot(liveRelease(facts.ledger), git, facts.containers, compose);
    const entry: StartedEntry = {
      v: 1,
      event: 'started',
      id,
      kind: goal.kind,
      commit: wanted.commit,
      tree: goal.kind === 'rollback' && back ? back.tree : wanted.tree,
      subject: wanted.subject,
      ref: goal.kind === 'deploy' ? (goal.ref ?? this.#target.branch) : (back?.id ?? ''),
      by,
      at: new Date(context.clock()).toISOString(),
      run: context.runId,
      ...(this.#previous ? { previous: this.#previous } : {}),
      ...(wanted.undone.length > 0 ? { undone: wanted.undone } : {}),
      ...(wanted.made.length > 0 ? { made: wanted.made } : {}),
    };
    const script = this.#script;
    const { checkout } = decision;
    return [
      startedStep(script, entry, git.commit, this.#unfinished && this.#interruptedEntry(this.#unfinished.id)),
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
                stash: this.#stash,
                // A stash touches files that the commits have in common.
                mounted: options.stash
                  ? allMountedFiles(facts.containers, this.#target.appDir)
                  : mountedFiles(facts.containers, this.#target.appDir, wanted.changed),
              },
              wanted.subject,
            ),
          ]
        : []),
    ];
  }

  async #build(): Promise<void> {
    if (!this.#plan.decision.certain) await this.#session.lookAtStack(this.#signal);
    const { facts, name } = this.#session;
    const compose = this.#plan.wanted.compose ?? this.#compose();
    const { steps } = planBuild({
      host: name,
      script: this.#script,
      compose,
      images: facts.images,
      target: this.#target,
      release: this.#rollout.id,
      kept: this.#plan.decision.kept,
      carried: this.#plan.decision.carried,
    });
    if (steps.length === 0) {
      await this.#session.lookAtStack(this.#signal);
      return;
    }
    await this.#execute(
      'build',
      [...steps, { kind: 'client', id: 'look', title: 'Compare with what runs', action: 'look' }],
      {
        look: async () => {
          await this.#session.lookAtStack(this.#signal);
          const changed = this.#changes().filter(({ action }) => action !== 'keep');
          return changed.length === 0
            ? 'nothing changed'
            : changed.map(({ service, why }) => `${service.name}: ${why}`).join(', ');
        },
      },
    );
  }

  #compose() {
    const { compose } = this.#session.facts;
    if (compose.state === 'ok') return compose;
    throw new OpsError('unchanged', 'COMPOSE_INVALID', 'Compose refuses the files of the wanted commit.', {
      place: {
        host: this.#session.name,
        step: 'compose config',
        output: compose.message.split('\n').slice(-10),
      },
    });
  }

  #changes(): ServiceChange[] {
    const { images, containers, proxy } = this.#session.facts;
    return serviceChanges({ compose: this.#compose(), images, containers, proxy, target: this.#target });
  }

  async #releaseCommand(): Promise<void> {
    const { name, facts } = this.#session;
    const { gate, goal } = this.#rollout;
    if (goal.kind === 'rollback') return;
    if (!gate.runsOn(name)) {
      await gate.wait(name, this.#signal);
      return;
    }
    const { steps } = planReleaseCommand(name, this.#script, this.#compose(), facts.containers, this.#target);
    await this.#execute('release', steps);
    if (steps.length > 1) await this.#session.lookAtStack(this.#signal);
    gate.passed(name);
  }

  async #roll(): Promise<void> {
    await this.#startMissed();
    const input = this.#rollInput();
    refuseInvalidProxy(input.host, input.proxy);
    this.#refuseDowntime(input.changes);
    const { steps } = planRoll(input);
    const watched = steps.findIndex(({ id }) => id === 'watch');
    const probed: Step = {
      kind: 'client',
      id: 'served',
      title: 'No request failed meanwhile',
      action: 'verify',
    };
    const all =
      watched === -1 || !this.#probe
        ? steps
        : [...steps.slice(0, watched + 1), probed, ...steps.slice(watched + 1)];
    this.#movedAt = performance.now();
    this.#failuresCount = this.#movedAt;
    await this.#execute('roll', all, {
      verify: async () =>
        await Promise.resolve(
          this.#servedBefore === false
            ? 'the site did not answer before'
            : assertServed(this.#probe, this.#movedAt, this.#failuresCount, this.#target.health.path),
        ),
    });
  }

  #rollInput(): RollInput {
    const { facts, name } = this.#session;
    return {
      host: name,
      script: this.#script,
      project: this.#compose().project,
      changes: this.#changes(),
      proxy: facts.proxy,
      target: this.#rollout.goal.kind === 'rollback' ? goingBack(this.#target) : this.#target,
      reload: this.#plan.decision.reload || this.#plan.decision.checkout !== undefined,
    };
  }

  /** One after another, for nginx names the first that it misses. */
  async #startMissed(): Promise<void> {
    for (let most = this.#changes().length; most > 0; most -= 1) {
      const steps = startMissed(this.#rollInput());
      if (steps.length === 0) return;
      await this.#execute('roll', steps);
      await this.#session.lookAtStack(this.#signal);
    }
  }

  async #verify(): Promise<void> {
    await this.#execute(
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
          const { text, movedTo } = await assertLive(this.#session, () => this.#changes(), this.#signal);
          if (movedTo !== undefined)
            this.#note(
              'warn',
              `${this.#target.health.path} only redirects to ${movedTo}, and that was not asked: nothing here says that the app answers. Set \`url\` (OPS_URL) to the address of the site.`,
            );
          return text;
        },
      },
    );
  }

  async #finish(): Promise<void> {
    const { facts } = this.#session;
    const compose = this.#compose();
    const { id } = this.#rollout;
    this.#probed = await this.#probe?.stop();
    const built = Object.values(compose.services).filter(({ builds }) => builds);
    const images = Object.fromEntries(
      built.flatMap(({ name, image }) => {
        const content = facts.images[withTag(image)];
        return content === undefined ? [] : [[name, { id: content, tag: keptTag(image, id) }]];
      }),
    );
    const entry: FinishedEntry = {
      ...this.#finishedEntry('live'),
      images,
      buildKey: buildKey(compose, this.#target.build.args),
      ...(facts.proxy.state === 'ok' && facts.proxy.config !== undefined
        ? { proxyConfig: configHash(facts.proxy.config) }
        : {}),
    };
    const superfluous = superfluousTags(facts.ledger, facts.images, compose, this.#target.deploy.keep, id);
    await this.#execute(
      'finish',
      [
        finishStep(this.#script, entry, superfluous),
        { kind: 'client', id: 'unlock', title: 'Release the lock', action: 'unlock' },
      ],
      {
        unlock: async () => {
          // The release serves and is recorded: a lock that its connection took along is no failure of it.
          await this.#lock?.release().catch(() => undefined);
          return undefined;
        },
      },
      // Everything is verified: stopping between the record and the lock would take back a finished release.
      'to-the-end',
    );
  }

  #note(level: 'info' | 'warn' | 'error', text: string): void {
    this.#notes.push(text);
    this.#rollout.context.progress({ type: 'note', host: this.#session.name, level, text });
  }

  #finishedEntry(outcome: FinishedEntry['outcome'], detail?: string): FinishedEntry {
    return {
      v: 1,
      event: 'finished',
      id: this.#rollout.id,
      outcome,
      at: new Date(this.#rollout.context.clock()).toISOString(),
      durationMs: Math.round(performance.now() - this.#began),
      ...(this.#probed ? { probe: this.#probed } : {}),
      ...(detail === undefined ? {} : { detail }),
    };
  }

  #interruptedEntry(id: string): FinishedEntry {
    const at = new Date(this.#rollout.context.clock()).toISOString();
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

  /** Puts back what the failed release changed, from the host's state as it is now; then tells how it ended. */
  async #fail(thrown: unknown): Promise<HostResult> {
    const interrupted = this.#signal.aborted;
    // As it is before the restore, which moves traffic itself.
    const moved = this.#moved;
    if (this.#probe?.serving === true) this.#servedBefore ??= true;
    const error =
      thrown instanceof OpsError ? thrown : interrupted ? new InterruptedError() : bugError(thrown);
    this.#rollout.gate.failed(this.#session.name);
    if (!this.#recorded) {
      await this.#lock?.release().catch(() => undefined);
      return this.#result(interrupted ? 'interrupted' : 'failed', error);
    }
    try {
      this.#note(
        'info',
        interrupted
          ? 'Interrupted: putting the previous release back.'
          : 'Failed: putting the previous release back.',
      );
      if (this.#lost(error)) await this.#comeBack();
      try {
        await this.#restore();
      } catch (restoring) {
        // It may have been lost before, and show only now: after Ctrl+C while nothing came through, for one.
        if (!this.#lost(restoring)) throw restoring;
        await this.#comeBack();
        await this.#restore();
      }
      this.#probed = (await this.#probe?.stop()) ?? this.#probed;
      // Where nothing served before, there is nothing that serves again.
      const restored = moved && this.#previous !== undefined;
      const outcome = interrupted ? 'interrupted' : restored ? 'restored' : 'failed';
      await this.#execute(
        'restore',
        [
          {
            kind: 'script',
            id: 'record-end',
            title: 'Record how it ended',
            script: stepScript(this.#script, appendLedger(this.#finishedEntry(outcome, error.message))),
            timeoutMs: 60_000,
          },
        ],
        {},
        'to-the-end',
      );
      await this.#lock?.release();
      return this.#result(outcome, error);
    } catch (restoring) {
      await this.#lock?.release().catch(() => undefined);
      const why = restoring instanceof Error ? restoring.message : String(restoring);
      const place = restoring instanceof OpsError ? restoring.place : {};
      return this.#result(
        'needs-human',
        new OpsError(
          'needsHuman',
          'RESTORE_FAILED',
          `${error.message} Then the previous release could not be put back: ${why}`,
          {
            place: { step: 'restore', ...place, host: this.#session.name },
            next: [
              'Look at it: `ops status`, `ops logs`.',
              'Running the same command again recovers from the unfinished one.',
            ],
            cause: error,
          },
        ),
      );
    }
  }

  /** By its reason: the executor adds host and step, and the class is lost on the way. */
  #lost(error: unknown): boolean {
    return (error instanceof OpsError && error.reason === 'connection') || this.#session.host.lost;
  }

  async #comeBack(): Promise<void> {
    // It asked through the lost connection: what failed since says nothing about the site.
    this.#probed = (await this.#probe?.stop()) ?? this.#probed;
    this.#probe = undefined;
    await this.#session.reconnect();
    await this.#endLostSession();
    await this.#takeLockAgain();
  }

  /**
   * The host may not know yet that the connection is lost: the failed step would go on beside the restore, and the old
   * holder of the lock would take the new lock, which has the same token, along when it ends.
   */
  async #endLostSession(): Promise<void> {
    const { runId } = this.#rollout.context;
    const script = stepScript(
      this.#session.script(),
      ...endRun(runId),
      releaseLock(this.#target.appDir, runId),
    );
    const { code, stderr } = await this.#session.host.script(script, { timeoutMs: 60_000 });
    if (code === 0) return;
    throw new RemoteCommandError('STEP_FAILED', 'What the lost connection left running could not be ended.', {
      place: { host: this.#session.name, step: 'reconnect', output: stderr.trim().split('\n').slice(-10) },
    });
  }

  async #takeLockAgain(): Promise<void> {
    const { context, by, goal } = this.#rollout;
    this.#lock = await acquireLock(this.#session.host, {
      appDir: this.#target.appDir,
      owner: {
        run: context.runId,
        by,
        at: new Date(context.clock()).toISOString(),
        what: `${goal.kind}: putting back`,
      },
      waitMs: 0,
      clock: () => performance.now(),
      sleep: async (milliseconds) => await sleep(milliseconds),
    });
  }

  /**
   * An engine that is starting again knows no image and no container: what is to be put back would be taken for gone.
   *
   * @throws OpsError `DOCKER_UNREACHABLE` when it does not come back
   */
  async #lookWithEngine(): Promise<void> {
    const end = performance.now() + engineMs;
    for (;;) {
      const { engine } = await this.#session.look();
      if (engine.docker.state === 'ok') return;
      if (performance.now() > end)
        throw new OpsError('needsHuman', 'DOCKER_UNREACHABLE', 'The Docker engine does not answer.', {
          place: { step: 'look' },
        });
      await sleep(1_000);
    }
  }

  /** The previous snapshot again: tree, images, containers; by the same roll as any other release. */
  async #restore(): Promise<void> {
    await this.#lookWithEngine();
    const { git } = this.#session.facts;
    if (git.state !== 'ok')
      throw new OpsError('needsHuman', 'GIT_GONE', `${this.#target.appDir} is no git clone any more.`);
    const input = {
      script: this.#script,
      facts: this.#session.facts,
      target: this.#target,
      previous: this.#previous,
      checkedOut: this.#plan.git,
      stash: this.#stash,
    };
    const steps = restoreSourceSteps(input);
    const previous = this.#previous;
    if (!previous) {
      await this.#execute('restore', [...steps, stopStartedStep(input)], {}, 'to-the-end');
      return;
    }
    steps.push({
      kind: 'client',
      id: 'look',
      title: 'Look at what runs',
      action: 'look',
    });
    await this.#execute(
      'restore',
      steps,
      {
        look: async () => {
          await this.#session.look();
          return undefined;
        },
      },
      'to-the-end',
    );
    const plan = planRoll({
      ...this.#rollInput(),
      target: { ...this.#target, deploy: { ...this.#target.deploy, stabilityMs: 0, strategy: 'rolling' } },
      reload: this.#plan.decision.checkout !== undefined,
      back: true,
    });
    await this.#execute(
      'restore',
      [
        ...plan.steps,
        { kind: 'client', id: 'verify', title: 'The previous release serves', action: 'verify' },
      ],
      {
        verify: async () => {
          const site = (this.#servedBefore ?? this.#probe?.serving ?? true) ? 'answers' : 'did-not-answer';
          const { text } = await assertLive(this.#session, () => this.#changes(), undefined, site);
          assertPutBack(previous.images, this.#session.facts.containers);
          return text;
        },
      },
      'to-the-end',
    );
  }

  #result(outcome: HostResult['outcome'], error?: OpsError): HostResult {
    const { wanted, session } = this.#plan;
    return {
      host: session.name,
      outcome,
      release: { id: this.#rollout.id, commit: wanted.commit, subject: wanted.subject },
      durationMs: Math.round(performance.now() - this.#began),
      roundTrips: session.roundTrips,
      notes: this.#notes,
      ...(this.#probed ? { probe: this.#probed } : {}),
      ...(error ? { error: withReason(error, outcome, this.#recorded) } : {}),
    };
  }
}

/**
 * Steps after which new requests meet another release. Where the proxy is not told whom to send to (a worker, a proxy
 * that is no nginx), that is when the old containers go.
 */
export function movesTraffic(id: string): boolean {
  return id === 'share' || id === 'switch' || id === 'reload' || id === 'retire' || interrupts(id);
}

/** Steps that stop what serves while they run. */
function interrupts(id: string): boolean {
  return id.startsWith('recreate-');
}
