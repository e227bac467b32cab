import {
  array,
  assert,
  constantFrom,
  nat,
  oneof,
  property,
  record,
  string,
  type Arbitrary,
} from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sourceLocation } from '../../../../src/audit/excerpt.ts';
import { githubReport, githubSummary } from '../../../../src/audit/formats/github.ts';
import { htmlReport } from '../../../../src/audit/formats/html.ts';
import { jsonReport } from '../../../../src/audit/formats/json.ts';
import { markdownReport } from '../../../../src/audit/formats/markdown.ts';
import { sarifReport } from '../../../../src/audit/formats/sarif.ts';
import type { Finding } from '../../../../src/audit/report.ts';
import { auditReport } from '../../../../src/cli/reports/audit.ts';
import { styleFor } from '../../../../src/cli/style.ts';
import { sampleReport } from '../sample-report.ts';

const seed = 20_261_123;
const text = oneof(
  string({ unit: 'binary', maxLength: 60 }),
  string({
    unit: constantFrom('`', '|', '<', '>', '&', '"', '%', ':', ',', '\n', '\r', '\u001B', 'a', ' '),
    maxLength: 40,
  }),
);
const source = oneof(text, string({ unit: constantFrom('\n', '\r', '\t', 'a', '😀', ' '), maxLength: 200 }));

const finding: Arbitrary<Finding> = record({
  words: array(text, { minLength: 9, maxLength: 9 }),
  source,
  from: nat(200),
  length: nat(80),
}).map(({ words, source: content, from, length }) => {
  const [
    subject = '',
    title = '',
    message = '',
    current = '',
    expected = '',
    path = '',
    fixed = '',
    seen = '',
    asked = '',
  ] = words;
  const start = Math.min(from, content.length);
  const location = sourceLocation(content, {
    path: `x${path}`,
    start,
    end: Math.min(start + length, content.length),
  });
  return {
    rule: 'app-single-worker',
    status: 'fail',
    severity: 'high',
    confidence: 'static',
    subject,
    title,
    message,
    current,
    expected,
    location,
    evidence: [
      { text: seen, source: asked },
      { text: asked, location },
    ],
    fix: {
      title: fixed,
      requires: 'reload',
      risk: message,
      manual: seen,
      diff: `--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-${current.replaceAll('\n', '')}\n+${expected.replaceAll('\n', '')}\n`,
    },
    fingerprint: '0123456789abcdef:1',
  };
});

/** What no format may send. */
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

describe('any text in a finding', () => {
  it('breaks out of no format', () => {
    assert(
      property(finding, (one) => {
        const report = sampleReport({ findings: [one], problems: [] });
        const html = htmlReport(report);
        const outputs = [
          markdownReport(report),
          githubSummary(report),
          githubReport(report),
          html,
          jsonReport(report),
          sarifReport(report),
          stripVTControlCharacters(
            auditReport(report, styleFor({ env: { FORCE_COLOR: '1' } }), { width: 80, verbose: true }),
          ),
        ];
        for (const output of outputs) expect(output).not.toMatch(controls);
        expect(JSON.parse(jsonReport(report))).toEqual(report);
        expect(githubReport(report).split('\n')).toHaveLength(2);
        // No element but ours: the same number of each, whatever the texts are, but for their code.
        const elements = html
          .replaceAll(/<\/?(?:code|mark|span|p|li|ul|ol|strong|pre|a)\b[^<>]*>/g, '')
          .match(/<\w+/g);
        expect(
          elements?.filter(
            (name) =>
              !/^<(?:html|head|meta|title|style|body|header|main|footer|section|h[1-4]|article|div|table|thead|tbody|tr|th|td|dl|dt|dd|details|summary)$/.test(
                name,
              ),
          ),
        ).toEqual([]);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('gives an excerpt whose mark is inside of its line', () => {
    assert(
      property(source, nat(200), nat(200), (content, from, length) => {
        const start = Math.min(from, content.length);
        const place = sourceLocation(content, {
          path: 'x',
          start,
          end: Math.min(start + length, content.length),
        });
        expect(place.excerpt.some(({ mark }) => mark !== undefined)).toBe(true);
        expect(place.endLine).toBeGreaterThanOrEqual(place.line);
        for (const { line, text: shown, mark } of place.excerpt) {
          expect(line).toBeGreaterThan(0);
          expect(shown).not.toMatch(/[\n\t]/);
          const end = mark === undefined ? 0 : mark.start + mark.length;
          expect(end).toBeLessThanOrEqual(Math.max(shown.length, (mark?.start ?? 0) + 1));
        }
      }),
      { seed, numRuns: 1_000 },
    );
  });
});
