import { basename, extname } from 'node:path';
import { Args } from '@oclif/core';
import { string } from '@oclif/core/flags';
import { readInput } from '../cli/audit/files.ts';
import { BaseCommand } from '../cli/base-command.ts';
import type { Outcome } from '../cli/outcome.ts';
import { reportFile } from '../cli/report-flag.ts';
import { UsageError } from '../errors.ts';

export default class Report extends BaseCommand<typeof Report> {
  static override summary = 'Join saved results into one report: a page for a browser, or Markdown.';
  static override description =
    'Takes what `--json` of bench, check and audit has printed, saved runs (.ops/bench/NAME.json) and reports (`--report FILE.json`), in the order in which they are named. Two load tests are compared, the first with the second. Without --output the report is printed as Markdown.';
  static override usage = '<%= command.id %> FILE… [FLAGS]';
  static override examples = [
    '<%= config.bin %> <%= command.id %> .ops/bench/before.json .ops/bench/after.json -o report.html',
    '<%= config.bin %> <%= command.id %> deploy.json check.json audit.json -o release.html --title "Release 1.4"',
    '<%= config.bin %> <%= command.id %> before.json after.json >> "$GITHUB_STEP_SUMMARY"',
  ];
  static override strict = false;

  static override args = {
    file: Args.string({ name: 'FILE', description: 'Saved result; several may be named.', required: false }),
  };

  static override flags = {
    output: string({
      char: 'o',
      summary: 'Write to FILE.html, FILE.md or FILE.json.',
      helpValue: 'FILE',
    }),
    title: string({ summary: 'Title of the report.', helpValue: 'TEXT' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { output, title } = this.flags;
    const file = await reportFile(output, this.cwd);
    if (this.words.length === 0)
      throw new UsageError('WRONG_ARGUMENTS', 'A report is made of saved results, and none is named.', {
        next: ['Name at least one: ops report .ops/bench/before.json -o report.html'],
      });
    const { readParts } = await import('../report/read.ts');
    const { makeReport } = await import('../report/join.ts');
    const parts = [];
    for (const path of this.words)
      parts.push(...readParts(await readInput(path, this.cwd), path, basename(path, extname(path))));
    const at = new Date(this.clock()).toISOString();
    const report = makeReport(parts, { title, at, version: this.config.version });
    if (file) {
      await file.write(report);
      return { data: { ...report }, text: () => `Wrote ${output ?? ''}` };
    }
    const { markdownReport } = await import('../report/markdown.ts');
    return { data: { ...report }, text: () => markdownReport(report) };
  }
}
