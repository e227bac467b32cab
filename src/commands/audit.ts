import { Args } from '@oclif/core';
import { boolean, option, string } from '@oclif/core/flags';
import { severities } from '../audit/finding.ts';
import { ruleIds } from '../audit/registry.ts';
import type { AuditReport } from '../audit/report.ts';
import { failsAt } from '../cli/audit/fails.ts';
import { addJobSummary, fileFormats, formatReport } from '../cli/audit/formats.ts';
import { yesFlag } from '../cli/flags.ts';
import { machineFlags, givenMachine } from '../cli/machine-flags.ts';
import type { Outcome } from '../cli/outcome.ts';
import { reportFile, reportFlag, writeParts } from '../cli/report-flag.ts';
import { sanitizeReport } from '../cli/sanitize.ts';
import { write } from '../cli/streams.ts';
import { writeOutput } from '../cli/write-output.ts';
import { plainStyle } from '../cli/style.ts';
import { TargetCommand } from '../cli/target-command.ts';
import type { AuditSource } from '../cli/audit/source.ts';
import { UsageError } from '../errors.ts';

export default class Audit extends TargetCommand<typeof Audit> {
  static override summary = 'Find out why a stack is slow or fragile, and mend it.';
  static override description =
    'Reads Compose files, nginx configuration, Dockerfiles, Python sources and PostgreSQL settings of a directory (default: the one you are in), without Docker and without a server. With -t, the files and the running stack of a server are looked at, read-only; with both, the files of the directory and the running stack.\n\nA finding at or above --fail-on ends with exit code 1. What could not be read is `unknown`, never a pass. `# ops-ignore RULE reason` at a line silences a rule there.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --fix',
    '<%= config.bin %> <%= command.id %> -t production --format markdown --output WHY_IT_IS_SLOW.md',
    '<%= config.bin %> <%= command.id %> --format github --fail-on high --baseline .ops-baseline.json',
  ];

  static override args = {
    directory: Args.string({
      name: 'DIR',
      description: 'Directory of the Compose project.',
      required: false,
    }),
  };

  static override flags = {
    only: string({
      summary: 'Only this rule; may be repeated.',
      options: [...ruleIds],
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'RULE',
    }),
    format: option({
      summary: 'How the report is written.',
      options: ['text', ...fileFormats] as const,
      default: 'text' as const,
      exclusive: ['json'],
    })(),
    output: string({ char: 'o', summary: 'Write the report to a file.', helpValue: 'FILE' }),
    'fail-on': option({
      summary: 'The mildest finding that ends with exit code 1.',
      options: [...severities, 'none'] as const,
      default: 'medium' as const,
    })(),
    baseline: string({
      summary: 'Findings of this file are known: only new ones count.',
      helpValue: 'FILE',
    }),
    'save-baseline': string({
      summary: 'Write what is found now as a baseline.',
      helpValue: 'FILE',
      exclusive: ['fix'],
    }),
    save: string({
      summary: 'Save what was read, without secrets, to be looked at later.',
      helpValue: 'FILE',
    }),
    evidence: string({
      summary: 'Look at what --save has written, instead of files and servers.',
      helpValue: 'FILE',
      exclusive: ['save', 'fix', 'target', 'host'],
    }),
    fix: boolean({ summary: 'Change the files of the directory; shown and asked first.' }),
    interactive: boolean({ char: 'i', summary: 'Ask for each fix.', dependsOn: ['fix'], exclusive: ['yes'] }),
    'dry-run': boolean({ summary: 'Show what --fix would change, and change nothing.', dependsOn: ['fix'] }),
    'allow-dirty': boolean({
      summary: 'Fix although git has changes that are not committed.',
      dependsOn: ['fix'],
    }),
    ...reportFlag,
    ...machineFlags,
    ...yesFlag,
  };

  protected override async execute(): Promise<Outcome> {
    const file = await reportFile(this.flags.report, this.cwd);
    const source = await this.#source();
    const { auditSource } = await import('../cli/audit/run.ts');
    const audit = auditSource(source, {
      only: this.flags.only,
      at: new Date(this.clock()).toISOString(),
      version: this.config.version,
      homepage: this.config.pjson['homepage'],
    });
    if (this.flags.fix) {
      const { fixSource } = await import('../cli/audit/fix.ts');
      return await fixSource(source, audit, {
        only: this.flags.only,
        style: this.style,
        asking: this.asking,
        yes: this.flags.yes,
        interactive: this.flags.interactive,
        allowDirty: this.flags['allow-dirty'],
        dryRun: this.flags['dry-run'],
        failOn: this.flags['fail-on'],
        width: this.#width,
        show: async (text) =>
          await this.view.suspend(async () => await write(process.stderr, `${sanitizeReport(text)}\n`)),
      });
    }
    const report = audit.report(await this.#baseline());
    if (file)
      await writeParts(file, [{ kind: 'audit', audit: report }], {
        clock: this.clock,
        version: this.config.version,
      });
    return await this.#report(source, report);
  }

  get #width(): number {
    return Math.min(process.stdout.columns ?? 100, 120);
  }

  async #source(): Promise<AuditSource> {
    const { evidence, target, host, 'compose-file': named = [] } = this.flags;
    const { directory } = this.args;
    const machine = givenMachine(this.flags);
    const sources = await import('../cli/audit/source.ts');
    if (evidence !== undefined) {
      if (directory !== undefined)
        throw new UsageError(
          'WRONG_ARGUMENTS',
          'Saved evidence has its own files; a directory cannot be given.',
          {
            next: ['Leave out the directory, or --evidence.'],
          },
        );
      return await sources.evidenceSource(evidence, { cwd: this.cwd, ...(machine ? { machine } : {}) });
    }
    const options = {
      cwd: this.cwd,
      env: this.env,
      named,
      signal: this.signal,
      ...(machine ? { machine } : {}),
    };
    if (target === undefined && host === undefined)
      return await sources.directorySource(directory ?? '.', options);
    const context = await this.loadContext();
    return await sources.targetSource(context, directory, options);
  }

  async #baseline() {
    const path = this.flags.baseline;
    if (path === undefined) return undefined;
    const { readBaseline } = await import('../cli/audit/files.ts');
    return await readBaseline(path, this.cwd);
  }

  async #report(source: AuditSource, report: AuditReport): Promise<Outcome> {
    const files = await import('../cli/audit/files.ts');
    const { format, output, save } = this.flags;
    const baseline = this.flags['save-baseline'];
    const written: string[] = [];
    if (save !== undefined) {
      await files.writeEvidence(save, source, { cwd: this.cwd, at: report.at, version: this.config.version });
      written.push(save);
    }
    if (baseline !== undefined) {
      const { printBaseline } = await import('../audit/baseline.ts');
      await writeOutput(baseline, this.cwd, printBaseline(report.findings));
      written.push(baseline);
    }
    const { auditReport } = await import('../cli/reports/audit.ts');
    const width = this.#width;
    const text =
      format === 'text'
        ? (style = this.style) => auditReport(report, style, { width, verbose: this.flags.verbose })
        : undefined;
    const summary = this.env['GITHUB_STEP_SUMMARY'];
    if (format === 'github' && summary) await addJobSummary(report, summary);
    const made = format === 'text' || this.json ? undefined : await formatReport(report, format);
    if (output !== undefined) {
      await writeOutput(output, this.cwd, made ?? text?.(plainStyle) ?? '');
      written.push(output);
    }
    for (const path of written) this.view.progress({ type: 'note', level: 'info', text: `Wrote ${path}` });
    return {
      reason: failsAt(report, this.flags['fail-on']) ? 'checksFailed' : 'ok',
      data: this.json ? { ...report } : {},
      ...(output === undefined ? { text: () => made ?? text?.() ?? '' } : {}),
    };
  }
}
