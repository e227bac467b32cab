import { boolean, string } from '@oclif/core/flags';
import type { Command } from '@oclif/core/command';
import { InterruptedError, reasonOf } from '../errors.ts';
import { mostSevere } from '../exit-codes.ts';
import type { Goal, RolloutOptions } from '../rollout/inspect.ts';
import type { Prepared, RolloutResult } from '../rollout/rollout.ts';
import type { RolloutContext } from '../rollout/session.ts';
import type { Context } from './context.ts';
import { connectEarly } from './early-connect.ts';
import { explain } from './failure.ts';
import { yesFlag } from './flags.ts';
import type { Outcome } from './outcome.ts';
import { reportFile, reportFlag, writeParts, type ReportFile } from './report-flag.ts';
import { planData, planReport } from './reports/plan.ts';
import { rolloutData, rolloutReport } from './reports/rollout.ts';
import { TargetCommand } from './target-command.ts';

/** Flags of `deploy` and `rollback`. */
export const rolloutFlags = {
  ...yesFlag,
  'dry-run': boolean({ summary: 'Show what would be done, and do nothing.' }),
  'allow-downtime': boolean({ summary: 'Also do what cannot be done without downtime.' }),
  stash: boolean({ summary: 'Keep local changes of the server as a named stash instead of refusing.' }),
  'lock-wait': string({
    summary: 'Wait this long for another deploy, instead of refusing.',
    helpValue: '10m',
  }),
  batch: string({ summary: 'Hosts at a time [env: OPS_BATCH].', helpValue: '1|25%' }),
  ...reportFlag,
};

/** What deploy and rollback share: look, show, ask, do, report. */
export abstract class RolloutCommand<T extends typeof Command> extends TargetCommand<T> {
  /** A finished rollout may have one more thing to do (push); what that throws is told beside the result. */
  protected async rollOut(
    context: Context,
    goal: Goal,
    options: Omit<RolloutOptions, 'lockWaitMs'>,
    after: (prepared: Prepared, result: RolloutResult) => Promise<readonly string[]> = async () => [],
  ): Promise<Outcome> {
    const early = connectEarly(context);
    try {
      return await this.#rollOut(early.context, goal, options, after);
    } finally {
      await early.abandon();
    }
  }

  async #rollOut(
    context: Context,
    goal: Goal,
    options: Omit<RolloutOptions, 'lockWaitMs'>,
    after: (prepared: Prepared, result: RolloutResult) => Promise<readonly string[]>,
  ): Promise<Outcome> {
    const { prepare, rollout } = await import('../rollout/rollout.ts');
    const { target } = context.config;
    const all = { ...options, lockWaitMs: target.deploy.lockWaitMs };
    const flags = this.flags as { 'dry-run'?: boolean; report?: string };
    const file = await reportFile(flags.report, this.cwd);
    const recording = file && (await this.#record(context, file, goal.kind));
    const prepared = await prepare(recording?.context ?? context, goal, all);
    try {
      const { plans } = prepared;
      if (flags['dry-run'] === true) {
        return {
          data: { target: target.name, dryRun: true, hosts: plans.map(planData) },
          text: () => planReport(plans, this.style),
        };
      }
      await this.#ask(context, prepared, goal, all);
      const result = await rollout(prepared, recording?.context ?? context, goal, all);
      const rest = await this.#finish(async () => await after(prepared, result));
      const remarks = [...rest.remarks, ...((await recording?.write(result)) ?? [])];
      return {
        reason: mostSevere([result.reason, ...rest.errors.map(reasonOf)]) ?? 'ok',
        data: { target: target.name, ...rolloutData(result), remarks },
        text: () => [rolloutReport(result, this.style), ...remarks].join('\n'),
        errors: [...result.hosts.flatMap(({ error }) => (error ? [error] : [])), ...rest.errors],
      };
    } finally {
      await prepared.close();
    }
  }

  /**
   * Does what is left to do when the rollout is over. Whatever comes of it, the rollout has ended as it has: a failure
   * is handed back, so that the result and the report are not lost with it.
   */
  async #finish(
    after: () => Promise<readonly string[]>,
  ): Promise<{ remarks: readonly string[]; errors: readonly Error[] }> {
    try {
      return { remarks: await after(), errors: [] };
    } catch (error) {
      return { remarks: [], errors: explain(error, this.commandName).errors };
    }
  }

  /** Writes down what happens; the rollout is over when the report is written, and a failure of that is only told. */
  async #record(
    context: Context,
    file: ReportFile,
    kind: Goal['kind'],
  ): Promise<{
    context: Context & Pick<RolloutContext, 'onSample'>;
    write: (result: RolloutResult) => Promise<readonly string[]>;
  }> {
    const { alsoTo, recordTimeline } = await import('../rollout/timeline.ts');
    const recorder = recordTimeline({ now: () => performance.now(), clock: this.clock });
    return {
      context: { ...context, progress: alsoTo(recorder, context.progress), onSample: recorder.sample },
      write: async (result) => {
        const timeline = recorder.finish({ kind, target: context.config.target.name, result });
        try {
          await writeParts(file, [{ kind: 'rollout', timeline }], {
            clock: this.clock,
            version: this.config.version,
          });
          return [];
        } catch (error) {
          return [error instanceof Error ? error.message : String(error)];
        }
      },
    };
  }

  async #ask({ config }: Context, { plans }: Prepared, goal: Goal, options: RolloutOptions): Promise<void> {
    const { target } = config;
    if (plans.every(({ decision }) => decision.nothingToDo)) return;
    const { downtimeError } = await import('../rollout/release-errors.ts');
    const refused = plans.find(({ decision }) => decision.downtime.length > 0);
    if (refused && !options.allowDowntime)
      throw downtimeError(refused.session.name, refused.decision.downtime);
    if (!target.production) return;
    const [plan] = plans;
    const what = `${goal.kind === 'deploy' ? 'Deploy' : 'Roll back to'} ${plan?.wanted.commit.slice(0, 7) ?? ''} ${plan?.wanted.subject ?? ''}`;
    const where = `${target.name} (${plans.map(({ session }) => session.name).join(', ')})`;
    if (!(await this.confirmed(`${what} on ${where}?`)))
      throw new InterruptedError('Not confirmed; nothing was changed.');
  }
}
