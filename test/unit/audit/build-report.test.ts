import { describe, expect, it } from 'vitest';
import { ruleInfo, toFinding } from '../../../src/audit/build-report.ts';
import { isOpen } from '../../../src/audit/report.ts';
import { filesOf } from '../../../src/source/files.ts';
import { files, makeRule, sampleReport, sampleRules, span, withFinding } from './sample-report.ts';

const rule = makeRule({ id: 'a-rule' });
const at = span('docker-compose.yml', 'postgres:17');
const verdict = { status: 'fail', subject: 'db', confidence: 'static', message: 'm', at } as const;

describe('a finding', () => {
  it('has the words of the rule, the place of the verdict, and the diff of the fix', () => {
    const finding = toFinding(
      {
        ...verdict,
        fix: {
          title: 'Pin it',
          edits: [{ ...at, text: 'postgres:17.6' }],
          requires: 'recreate',
          risk: 'None.',
        },
      },
      rule,
      files,
    );
    expect(finding).toMatchObject({
      rule: 'a-rule',
      title: 'a-rule fails',
      severity: 'high',
      location: { path: 'docker-compose.yml', line: 8, column: 12 },
      fix: { title: 'Pin it', requires: 'recreate', risk: 'None.' },
    });
    expect(finding.fix?.diff).toContain('-    image: postgres:17\n+    image: postgres:17.6\n');
  });

  it('has the severity of the verdict before that of the rule, and the title that fits its status', () => {
    expect(toFinding({ ...verdict, severity: 'low' }, rule, files).severity).toBe('low');
    expect(toFinding({ ...verdict, status: 'opportunity' }, rule, files).title).toBe('a-rule fails');
    expect(toFinding({ ...verdict, status: 'pass' }, rule, files).title).toBe('a-rule passes');
  });

  it('has no place in a file that is not there', () => {
    const finding = toFinding(
      { ...verdict, evidence: [{ at, text: 'x' }] },
      rule,
      filesOf(new Map<string, string>()),
    );
    expect(finding).not.toHaveProperty('location');
    expect(finding.evidence).toEqual([{ text: 'x' }]);
  });

  it('shows no secret, wherever one could come from', () => {
    expect(JSON.stringify(sampleReport())).not.toContain('hunter2');
  });
});

describe('a report', () => {
  it('is in order: by severity, failures first, then the eight causes, then place; then what is no finding', () => {
    const order = sampleReport().findings.map((finding) => `${finding.status} ${finding.rule}`);
    expect(order).toEqual([
      'fail postgres-shared-memory',
      'fail app-single-worker',
      'fail nginx-long-timeouts',
      'fail nginx-long-timeouts',
      'opportunity nginx-no-cache',
      'fail odd-text',
      'unknown nginx-no-cache',
      'pass host-no-swap',
      'notApplicable postgres-shared-memory',
    ]);
  });

  it('counts what counts', () => {
    expect(sampleReport().counts).toEqual({
      status: { fail: 5, opportunity: 1, unknown: 1, pass: 1, notApplicable: 1 },
      severity: { critical: 1, high: 1, medium: 3, low: 1, info: 0 },
      suppressed: 0,
      known: 0,
    });
    const findings = withFinding('nginx-long-timeouts', { suppressedBy: { reason: 'uploads' } });
    const known = findings.map((finding) =>
      finding.rule === 'odd-text' ? { ...finding, knownInBaseline: true } : finding,
    );
    const { counts, findings: all } = sampleReport({ findings: known });
    expect(counts).toMatchObject({
      suppressed: 2,
      known: 1,
      status: { fail: 2 },
      severity: { medium: 1, low: 0 },
    });
    expect(all.filter(isOpen)).toHaveLength(3);
  });

  it('names the places of problems', () => {
    expect(sampleReport().problems[0]).toEqual({
      path: 'nginx/nginx.conf',
      line: 2,
      column: 2,
      message: 'nginx/conf.d/site.conf: The included file is not there.',
    });
    expect(sampleReport().problems[1]).not.toHaveProperty('line');
  });

  it('links rules to their pages', () => {
    expect(sampleRules.map((item) => ruleInfo(item, 'docs/rules/').docUrl)[0]).toBe(
      'docs/rules/app-single-worker.md',
    );
    expect(ruleInfo(rule, 'docs')).not.toHaveProperty('evaluate');
  });
});
