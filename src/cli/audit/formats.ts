import { appendFile } from 'node:fs/promises';
import type { AuditReport } from '../../audit/report.ts';

/** What `--format` takes besides the terminal's own report. */
export const fileFormats = ['json', 'sarif', 'github', 'markdown', 'html'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A report in one of the formats that are not for a terminal; loads only that one. */
export async function formatReport(report: AuditReport, format: FileFormat): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../../audit/formats/json.ts')).jsonReport(report);
    case 'sarif':
      return (await import('../../audit/formats/sarif.ts')).sarifReport(report);
    case 'github':
      return (await import('../../audit/formats/github.ts')).githubReport(report);
    case 'markdown':
      return (await import('../../audit/formats/markdown.ts')).markdownReport(report);
    case 'html':
      return (await import('../../audit/formats/html.ts')).htmlReport(report);
  }
}

/** Adds the report to the summary of a GitHub Actions job, where there is one (`GITHUB_STEP_SUMMARY`). */
export async function addJobSummary(report: AuditReport, file: string): Promise<void> {
  const { githubSummary } = await import('../../audit/formats/github.ts');
  await appendFile(file, githubSummary(report));
}
