import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../config/config.ts';
import { serviceChanges, type ServiceChange } from '../deploy/changes.ts';
import { downtimeReasons, goingBack, type RollInput } from '../deploy/plan-roll.ts';
import { OpsError } from '../errors.ts';
import type { ComposeFact } from '../facts/compose.ts';
import type { FinishedEntry, ProbeSummary, Snapshot } from '../ledger/entry.ts';
import { execute, type ClientActions, type StepOutputs } from '../plan/execute.ts';
import type { Plan, StageName, Step } from '../plan/step.ts';
import type { Probe } from '../probe/probe.ts';
import type { ScriptContext } from '../shell/script.ts';
import { acquireLock, type HeldLock } from './held-lock.ts';
import type { Goal, HostPlan, RolloutOptions } from './inspect.ts';
import { Milestones } from './milestones.ts';
import { reach } from './reach.ts';
import { downtimeError, withReason } from './release-errors.ts';
import type { ReleaseGate } from './release-gate.ts';
import type { HostSession, RolloutContext } from './session.ts';

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

/** One release on one host while it is made: what its stages share, and what they find out for each other. */
export class ReleaseRun {
  readonly rollout: Rollout;
  readonly session: HostSession;
  readonly target: Target;
  readonly milestones: Milestones;
  readonly #began = performance.now();
  readonly #notes: string[];
  plan: HostPlan;
  lock: HeldLock | undefined;
  probe: Probe | undefined;
  /** What is put back if the release fails. */
  previous: Snapshot | undefined;
  #probed: ProbeSummary | undefined;

  constructor(plan: HostPlan, rollout: Rollout) {
    this.plan = plan;
    this.rollout = rollout;
    this.session = plan.session;
    this.target = plan.session.target;
    this.#notes = [...plan.notes];
    this.milestones = new Milestones(
      () => performance.now(),
      () => this.probe?.serving,
    );
  }

  /** For scripts that change something: what they start is marked, so that it can be found and ended. */
  get script(): ScriptContext & { run: string } {
    return { ...this.session.script(), run: this.rollout.context.runId };
  }

  /** Message of the stash that local changes go to. */
  get stash(): string | undefined {
    return this.rollout.options.stash ? `ops ${this.rollout.id}` : undefined;
  }

  get signal(): AbortSignal {
    return this.rollout.context.signal;
  }

  /** @param stoppable `to-the-end`: stopping here would leave less than going on */
  async execute(
    stage: StageName,
    steps: readonly Step[],
    actions: ClientActions = {},
    stoppable: 'stoppable' | 'to-the-end' = 'stoppable',
  ): Promise<StepOutputs> {
    const { context } = this.rollout;
    const plan: Plan = { host: this.session.name, stage, steps, downtime: [], notes: [] };
    return await execute(plan, {
      host: this.session.host,
      actions,
      progress: (event) => {
        this.milestones.observe(event);
        return context.progress(event);
      },
      clock: () => performance.now(),
      signal: stoppable === 'stoppable' ? this.signal : undefined,
      sleep: async (milliseconds) => await sleep(milliseconds),
      reach,
    });
  }

  /**
   * @param waitMs longest wait for another holder, milliseconds
   * @param signal ends the wait
   * @throws OpsError `LOCKED`
   */
  async takeLock(what: string, waitMs = 0, signal?: AbortSignal): Promise<void> {
    const { context, by } = this.rollout;
    this.lock = await acquireLock(this.session.host, {
      appDir: this.target.appDir,
      owner: { run: context.runId, by, at: this.now(), what },
      waitMs,
      clock: () => performance.now(),
      sleep: async (milliseconds) => await sleep(milliseconds, undefined, signal ? { signal } : {}),
      onWait: (text) => this.tell('info', `Waiting for the lock: ${text}`),
      signal,
    });
  }

  /**
   * What Compose makes of the files that are checked out.
   *
   * @throws OpsError `COMPOSE_INVALID`
   */
  compose(): ComposeFact & { state: 'ok' } {
    const { compose } = this.session.facts;
    if (compose.state === 'ok') return compose;
    throw new OpsError('unchanged', 'COMPOSE_INVALID', 'Compose refuses the files of the wanted commit.', {
      place: {
        host: this.session.name,
        step: 'compose config',
        output: compose.message.split('\n').slice(-10),
      },
    });
  }

  /** How what runs differs from what is wanted, as last looked at. */
  changes(): ServiceChange[] {
    const { images, containers, proxy } = this.session.facts;
    return serviceChanges({ compose: this.compose(), images, containers, proxy, target: this.target });
  }

  /** @throws OpsError `NEEDS_DOWNTIME` for downtime that nobody has agreed to */
  refuseDowntime(changes: readonly ServiceChange[]): void {
    const reasons = this.target.deploy.strategy === 'recreate' ? [] : downtimeReasons(changes);
    if (reasons.length === 0 || this.rollout.options.allowDowntime) return;
    throw downtimeError(this.session.name, reasons);
  }

  rollInput(): RollInput {
    const { facts, name } = this.session;
    const { reload, checkout } = this.plan.decision;
    return {
      host: name,
      script: this.script,
      project: this.compose().project,
      changes: this.changes(),
      proxy: facts.proxy,
      target: this.rollout.goal.kind === 'rollback' ? goingBack(this.target) : this.target,
      reload: reload || checkout !== undefined,
    };
  }

  /** ISO 8601. */
  now(): string {
    return new Date(this.rollout.context.clock()).toISOString();
  }

  /** Tells people now; `note` says it once more at the end. */
  tell(level: 'info' | 'warn' | 'error', text: string): void {
    this.rollout.context.progress({ type: 'note', host: this.session.name, level, text });
  }

  note(level: 'info' | 'warn' | 'error', text: string): void {
    this.remark(text);
    this.tell(level, text);
  }

  /** Says it at the end only. */
  remark(text: string): void {
    this.#notes.push(text);
  }

  /** Ends the probe; what it has seen goes into the ledger and the result. */
  async stopProbe(): Promise<void> {
    this.#probed = (await this.probe?.stop()) ?? this.#probed;
  }

  finishedEntry(outcome: FinishedEntry['outcome'], detail?: string): FinishedEntry {
    return {
      v: 1,
      event: 'finished',
      id: this.rollout.id,
      outcome,
      at: this.now(),
      durationMs: Math.round(performance.now() - this.#began),
      ...(this.#probed ? { probe: this.#probed } : {}),
      ...(detail === undefined ? {} : { detail }),
    };
  }

  result(outcome: HostResult['outcome'], error?: OpsError): HostResult {
    const { wanted, session } = this.plan;
    return {
      host: session.name,
      outcome,
      release: { id: this.rollout.id, commit: wanted.commit, subject: wanted.subject },
      durationMs: Math.round(performance.now() - this.#began),
      roundTrips: session.roundTrips,
      notes: this.#notes,
      ...(this.#probed ? { probe: this.#probed } : {}),
      ...(error ? { error: withReason(error, outcome, this.milestones.recorded) } : {}),
    };
  }
}
