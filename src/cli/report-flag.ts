import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { string } from '@oclif/core/flags';
import { UsageError } from '../errors.ts';
import type { Part } from '../report/join.ts';
import type { Report } from '../report/model.ts';
import { notWritten } from './write-output.ts';

const formats = ['.html', '.md', '.json'];

/** On commands that measure or change something: writes what came of it as a page, too. */
export const reportFlag = {
  report: string({
    summary:
      'Write a report: FILE.html (one page, for a browser), FILE.md (for a pull request) or FILE.json.',
    helpValue: 'FILE',
    exclusive: ['dry-run', 'watch', 'fix'],
  }),
};

/** Where a report goes; made before the work, so that nothing is done for a report that cannot be written. */
export interface ReportFile {
  write: (report: Report) => Promise<void>;
}

/**
 * @returns undefined when no report is wanted
 * @throws UsageError for a name without a known ending, or a directory that cannot be written to
 */
export async function reportFile(path: string | undefined, cwd: string): Promise<ReportFile | undefined> {
  if (path === undefined) return undefined;
  const format = extname(path).toLowerCase();
  if (!formats.includes(format))
    throw new UsageError('REPORT_FORMAT', `A report is HTML, Markdown or JSON, and ${path} is none.`, {
      next: ['End its name with .html, .md or .json.'],
    });
  const file = resolve(cwd, path);
  await access(dirname(file), constants.W_OK).catch((error: unknown) => {
    throw notWritten(path, error);
  });
  return {
    async write(report) {
      const text = await formatReport(report, format);
      await writeFile(file, text).catch((error: unknown) => {
        throw notWritten(path, error);
      });
    },
  };
}

async function formatReport(report: Report, format: string): Promise<string> {
  if (format === '.json') return `${JSON.stringify(report, null, 2)}\n`;
  return format === '.md'
    ? (await import('../report/markdown.ts')).markdownReport(report)
    : (await import('../report/html.ts')).htmlReport(report);
}

/** What a command that writes a report knows of itself. */
interface Reporter {
  clock: () => number;
  version: string;
}

/** Writes the report of one command. */
export async function writeParts(
  file: ReportFile,
  parts: readonly Part[],
  { clock, version }: Reporter,
): Promise<void> {
  const { makeReport } = await import('../report/join.ts');
  await file.write(makeReport(parts, { at: new Date(clock()).toISOString(), version }));
}
