import { describe, expect, it } from 'vitest';
import { applyBaseline, parseBaseline, printBaseline } from '../../../src/audit/baseline.ts';
import type { Finding } from '../../../src/audit/report.ts';
import { ignoreComments, suppress } from '../../../src/audit/suppress.ts';
import { UsageError } from '../../../src/errors.ts';
import { filesOf } from '../../../src/source/files.ts';

const rules = ['compose-no-restart', 'compose-image-latest'];

function finding(rule: string, line: number, path = 'compose.yaml'): Finding {
  return {
    rule,
    status: 'fail',
    severity: 'medium',
    subject: 'web',
    confidence: 'static',
    title: '',
    message: '',
    evidence: [],
    location: { path, line, column: 1, endLine: line, endColumn: 2, excerpt: [] },
    fingerprint: `${rule}:${line}`,
  };
}

function run(text: string, ...findings: readonly Finding[]) {
  return suppress(findings, filesOf(new Map([['compose.yaml', text]])), [], rules);
}

describe('ignore comments', () => {
  it.each([
    ['behind the line', 'services:\n  web: # ops-ignore compose-no-restart a job\n', 2],
    ['above the line', 'services:\n  # ops-ignore compose-no-restart a job\n  web:\n', 3],
    [
      'above, with other comments and a blank line between',
      '# ops-ignore compose-no-restart a job\n# more\n\nweb:\n',
      4,
    ],
    ['with CR LF', 'services:\r\n  # ops-ignore compose-no-restart a job\r\n  web:\r\n', 3],
    ['with slashes', '// ops-ignore compose-no-restart a job\nweb\n', 2],
  ])('%s', (_, text, line) => {
    const { findings, problems } = run(text, finding('compose-no-restart', line));
    expect(problems).toEqual([]);
    expect(findings[0]?.suppressedBy).toMatchObject({ reason: 'a job', location: { path: 'compose.yaml' } });
  });

  it('silences one rule at one line, no other', () => {
    const { findings } = run(
      'web: # ops-ignore compose-no-restart a job\nother:\n',
      finding('compose-no-restart', 1),
      finding('compose-image-latest', 1),
      finding('compose-no-restart', 2),
    );
    expect(findings.map(({ suppressedBy }) => suppressedBy !== undefined)).toEqual([true, false, false]);
  });

  it.each([
    ['without a rule', 'a: # ops-ignore\n', /needs a rule and a reason/],
    ['without a reason', 'a: # ops-ignore compose-no-restart\n', /needs a reason/],
    [
      'a rule that there is none of',
      'a: # ops-ignore compose-no-restarts why\n',
      /did you mean compose-no-restart\?/,
    ],
    ['that silences nothing', 'a: # ops-ignore compose-no-restart why\n', /no such finding at line 1/],
  ])('%s: said, and nothing is silenced', (_, text, message) => {
    const { findings, problems } = run(text, finding('compose-image-latest', 1));
    expect(findings[0]).not.toHaveProperty('suppressedBy');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.at?.start).toBe(text.indexOf('#'));
  });

  it('words that only begin like it are no comment of ours', () => {
    expect(ignoreComments('a', '# ops-ignored compose-no-restart x\n# see ops-ignore-file\n')).toEqual([]);
  });
});

describe('the baseline', () => {
  const findings = [
    finding('compose-no-restart', 1),
    { ...finding('compose-image-latest', 2), status: 'pass' as const },
  ];

  it('has what counts, and marks it the next time', () => {
    const baseline = parseBaseline(printBaseline(findings), 'b.json');
    expect(baseline.findings.map(({ fingerprint }) => fingerprint)).toEqual(['compose-no-restart:1']);
    const again = applyBaseline([...findings, finding('compose-no-restart', 9)], baseline);
    expect(again).toMatchObject({ known: 1, gone: 0 });
    expect(again.findings.map(({ knownInBaseline }) => knownInBaseline ?? false)).toEqual([
      true,
      false,
      false,
    ]);
    expect(applyBaseline([], baseline)).toMatchObject({ known: 0, gone: 1 });
  });

  it.each([
    ['', /no JSON/],
    ['[]', /b\.json is no baseline/],
    ['{"version":2,"findings":[]}', /version/],
  ])('refuses %j', (text, message) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(UsageError);
    expect(() => parseBaseline(text, 'b.json')).toThrow(message);
  });
});
