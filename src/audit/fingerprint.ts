import { lineColumn, type Span } from '../source/span.ts';
import { maskLine } from './mask.ts';
import type { Finding } from './report.ts';
import { compareFindings } from './sort.ts';

/**
 * Names a finding for ever: the same while the rule, what it is about, the file, and the words of the line are the same,
 * wherever the line has moved to and however it is indented. Figures of the message are left out, for live ones change
 * from one audit to the next. 16 hexadecimal digits.
 *
 * FNV-1a with 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/) over UTF-8: it tells findings apart, it protects
 * nothing, and needs no library.
 */
export function fingerprint(rule: string, subject: string, at?: { span: Span; text: string }): string {
  const line = at === undefined ? '' : lineAt(at.text, at.span.start);
  const words = maskLine(line).replaceAll(/\s+/g, ' ').trim();
  return fnv1a([rule, subject, at?.span.path ?? '', words].join('\0'));
}

function lineAt(text: string, offset: number): string {
  const start = offset - lineColumn(text, offset).column + 1;
  return /^[^\r\n]*/.exec(text.slice(start))?.[0] ?? '';
}

function fnv1a(text: string): string {
  let hash = 0xcb_f2_9c_e4_84_22_23_25n;
  for (const byte of new TextEncoder().encode(text))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x1_00_00_00_01_b3n);
  return hash.toString(16).padStart(16, '0');
}

/**
 * Puts `:1`, `:2` … behind the fingerprints, in the order of the file: the same line twice in a file gives two findings
 * that baselines have to tell apart. GitHub's own fingerprints have this form.
 */
export function numberFingerprints(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, number>();
  const numbers = new Map<Finding, number>();
  for (const finding of findings.toSorted(compareFindings)) {
    const number = (seen.get(finding.fingerprint) ?? 0) + 1;
    seen.set(finding.fingerprint, number);
    numbers.set(finding, number);
  }
  return findings.map((finding) => ({
    ...finding,
    fingerprint: `${finding.fingerprint}:${numbers.get(finding) ?? 1}`,
  }));
}
