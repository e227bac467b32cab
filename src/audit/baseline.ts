import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { isOpen, type Finding } from './report.ts';

const schema = z.object({
  version: z.literal(1),
  findings: z.array(z.object({ fingerprint: z.string(), rule: z.string(), subject: z.string() })),
});

/** Findings that are known and put up with: only new ones count. */
export type Baseline = z.infer<typeof schema>;

/** The findings of now that count, as a baseline. Ends with a line break. */
export function printBaseline(findings: readonly Finding[]): string {
  const open = findings
    .filter((finding) => finding.knownInBaseline === true || isOpen(finding))
    .map(({ fingerprint, rule, subject }) => ({ fingerprint, rule, subject }))
    .toSorted((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1));
  return `${JSON.stringify({ version: 1, findings: open } satisfies Baseline, null, 2)}\n`;
}

/** @throws UsageError when the text is no baseline */
export function parseBaseline(text: string, path: string): Baseline {
  const wrong = (why: string, cause?: unknown): UsageError =>
    new UsageError('BASELINE_INVALID', `${path} is no baseline of ops: ${why}.`, {
      cause,
      place: { file: path },
      next: ['Make it anew with: ops audit --save-baseline FILE'],
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong('it is no JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'wrong'}`);
  }
  return parsed.data;
}

/** Marks the findings that the baseline has; fingerprints are numbered before. */
export function applyBaseline(
  findings: readonly Finding[],
  baseline: Baseline,
): { findings: Finding[]; known: number; gone: number } {
  const known = new Set(baseline.findings.map(({ fingerprint }) => fingerprint));
  const marked = findings.map((finding) =>
    known.has(finding.fingerprint) && isOpen(finding) ? { ...finding, knownInBaseline: true } : finding,
  );
  const seen = new Set(findings.map(({ fingerprint }) => fingerprint));
  return {
    findings: marked,
    known: marked.filter(({ knownInBaseline }) => knownInBaseline === true).length,
    gone: baseline.findings.filter(({ fingerprint }) => !seen.has(fingerprint)).length,
  };
}
