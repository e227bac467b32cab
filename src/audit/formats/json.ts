import type { AuditReport } from '../report.ts';

/** Controls beyond ASCII, separators and direction marks: valid in JSON, but they drive the terminal that shows it. */
const unsafe = /[\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

/** Indented JSON with a line feed at its end that is safe to show on a terminal. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replaceAll(
    unsafe,
    (character) => String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

/** The report itself; `version` is that of its shape. */
export function jsonReport(report: AuditReport): string {
  return jsonText(report);
}
