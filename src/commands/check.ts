import { setTimeout as wait } from 'node:timers/promises';
import { boolean, option, string } from '@oclif/core/flags';
import { checkIds, standardThresholds } from '../check/registry.ts';
import { durationFlag } from '../cli/duration-flag.ts';
import type { LiveCheck } from '../cli/live/live-check.ts';
import type { Outcome } from '../cli/outcome.ts';
import { reportFile, reportFlag, writeParts } from '../cli/report-flag.ts';
import { checkData, checkReport, checksPart } from '../cli/reports/check.ts';
import { sanitizeReport } from '../cli/sanitize.ts';
import { write } from '../cli/streams.ts';
import { TargetCommand } from '../cli/target-command.ts';
import type { CheckReport } from '../observe/check-target.ts';

export default class Check extends TargetCommand<typeof Check> {
  static override summary =
    'Check that a target works as it should: workers, cache, response time, CPU and more.';
  static override description = [
    `Looks at every host of the target and compares with thresholds (\`checks\` in ops.yaml; without: ${standardThresholds()}). Nothing is changed.`,
    'A failed check ends with exit code 1; what could not be looked at is `unknown`, never a pass, and fails with --strict.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> <%= command.id %> -t production',
    '<%= config.bin %> <%= command.id %> --only response-time --only cpu --watch',
    '<%= config.bin %> <%= command.id %> --json --strict --fail-on warn',
  ];

  static override flags = {
    only: string({
      summary: 'Only this check; may be repeated.',
      options: checkIds,
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ID',
    }),
    'fail-on': option({
      summary: 'The mildest result that ends with exit code 1.',
      options: ['fail', 'warn'] as const,
      default: 'fail',
    })(),
    strict: boolean({ summary: 'A check that could not look fails too.' }),
    watch: boolean({ char: 'w', summary: 'Repeat until Ctrl+C.', exclusive: ['json'] }),
    interval: durationFlag({
      summary: 'Time between two rounds of --watch; default 5s.',
      dependsOn: ['watch'],
    }),
    ...reportFlag,
  };

  protected override async execute(): Promise<Outcome> {
    const file = await reportFile(this.flags.report, this.cwd);
    const { config, connect, clock, signal } = await this.loadContext();
    const { checkTarget } = await import('../observe/check-target.ts');
    const { hostPool, requireSome } = await import('../observe/hosts.ts');
    const pool = hostPool(config.target.hosts, connect, signal);
    const sleep = async (ms: number): Promise<void> => await wait(ms, undefined, { signal });
    const round = async (): Promise<CheckReport> =>
      await checkTarget(pool, config.target, {
        only: this.flags.only ?? [],
        failOn: this.flags['fail-on'],
        strict: this.flags.strict,
        clock,
        now: () => performance.now(),
        sleep,
        nonce: () => `${this.runId}${Math.floor(this.random() * 1e9)}`,
        signal,
      });
    try {
      if (!this.flags.watch) {
        const report = await round();
        requireSome(report.hosts);
        if (file)
          await writeParts(file, [{ kind: 'checks', checks: checksPart(report) }], {
            clock,
            version: this.config.version,
          });
        return this.#outcome(report);
      }
      return await this.#watch(round, sleep);
    } finally {
      await pool.close();
    }
  }

  #outcome(report: CheckReport): Outcome {
    return {
      reason: report.reason,
      data: checkData(report),
      text: () => checkReport(report, this.style, { verbose: this.flags.verbose }),
    };
  }

  /** A terminal shows the newest round and the history, and in the end the last one; a log keeps them all. */
  async #watch(round: () => Promise<CheckReport>, sleep: (ms: number) => Promise<void>): Promise<Outcome> {
    const { watch } = await import('../observe/watch.ts');
    const { signal } = this;
    const live = process.stdout.isTTY && this.env['TERM'] !== 'dumb' ? await this.#live() : undefined;
    try {
      const last = await watch(
        round,
        async (report) => (live ? live.round(report) : await this.#print(report)),
        {
          intervalMs: this.flags.interval ?? 5_000,
          now: () => performance.now(),
          sleep: async (ms) => await sleep(ms).catch(() => undefined),
          signal,
        },
      );
      live?.close();
      if (live && last) await this.#print(last);
      return { reason: last?.reason ?? 'ok', data: {} };
    } finally {
      live?.close();
    }
  }

  async #live(): Promise<LiveCheck> {
    const { createLiveCheck } = await import('../cli/live/live-check.ts');
    const { showsUnicode } = await import('../cli/live/sparkline.ts');
    return createLiveCheck(process.stdout, {
      style: this.style,
      unicode: showsUnicode(this.env, process.platform),
      verbose: this.flags.verbose,
    });
  }

  async #print(report: CheckReport): Promise<void> {
    const text = sanitizeReport(checkReport(report, this.style, { verbose: this.flags.verbose }));
    await write(process.stdout, `${report.at}\n${text}\n\n`);
  }
}
