import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { Log, Result } from 'sarif';
import { describe, expect, it } from 'vitest';
import { sarifReport } from '../../../../src/audit/formats/sarif.ts';
import type { AuditReport } from '../../../../src/audit/report.ts';
import { sampleFindings, sampleReport, withFinding } from '../sample-report.ts';

const schemaFile = new URL('../../../fixtures/sarif/sarif-2.1.0-rtm.5.json', import.meta.url);
// Draft 04: what this schema uses of it means the same in the draft that Ajv knows, but for these two keys.
const {
  $schema: _,
  id: __,
  ...schema
} = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>;
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(schema);

function log(report: AuditReport): Log {
  const value: unknown = JSON.parse(sarifReport(report));
  validate(value);
  expect(validate.errors).toBeNull();
  return value as Log;
}

function results(report: AuditReport): Result[] {
  return log(report).runs[0]?.results ?? [];
}

const ofRule = (rule: string, all: readonly Result[]): Result => {
  const found = all.find(({ ruleId }) => ruleId === rule);
  if (found === undefined) throw new Error(`no result of ${rule}`);
  return found;
};

describe('the schema', () => {
  it('is one that refuses', () => {
    expect(validate({ version: '2.1.0' })).toBe(false);
    expect(validate({ version: '2.1.0', runs: [{ tool: { driver: {} } }] })).toBe(false);
    expect(validate({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x', more: 1 } } }] })).toBe(false);
    const location = { physicalLocation: { artifactLocation: { uri: 'a b' }, region: { startLine: 0 } } };
    expect(
      validate({
        version: '2.1.0',
        runs: [
          { tool: { driver: { name: 'x' } }, results: [{ message: { text: 'x' }, locations: [location] }] },
        ],
      }),
    ).toBe(false);
    expect(validate.errors?.map(({ keyword }) => keyword)).toEqual(
      expect.arrayContaining(['format', 'minimum']),
    );
  });
});

describe('SARIF', () => {
  it('is valid, has a result for each failure and opportunity, and every rule', () => {
    const [run] = log(sampleReport()).runs;
    expect(run?.tool.driver).toMatchObject({ name: 'ops', semanticVersion: '1.2.3' });
    expect(run?.results?.map(({ ruleId, level }) => `${ruleId} ${level}`)).toEqual([
      'postgres-shared-memory error',
      'app-single-worker error',
      'nginx-long-timeouts warning',
      'nginx-long-timeouts warning',
      'nginx-no-cache note',
      'odd-text note',
    ]);
    const rules = run?.tool.driver.rules ?? [];
    expect(rules).toHaveLength(6);
    for (const result of run?.results ?? []) expect(rules[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
    expect(rules[0]).toMatchObject({
      id: 'app-single-worker',
      name: 'AppSingleWorker',
      helpUri: 'https://example.org/rules/app-single-worker.md',
      defaultConfiguration: { level: 'error' },
      properties: { tags: ['docker-compose', 'app', 'cause-1'], 'problem.severity': 'error' },
    });
    for (const { helpUri } of log(
      sampleReport({ rules: sampleReport().rules.map((rule) => ({ ...rule, docUrl: 'docs/rules/x.md' })) }),
    ).runs[0]?.tool.driver.rules ?? [])
      expect(helpUri).toBeUndefined();
  });

  it('gives each result a place: its own, or the first Compose file for what was seen on the server', () => {
    const all = results(sampleReport());
    expect(ofRule('app-single-worker', all).locations?.[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'docker-compose.yml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 4, startColumn: 14, endLine: 4, endColumn: 57 },
    });
    expect(ofRule('postgres-shared-memory', all).locations?.[0]).toMatchObject({
      physicalLocation: { artifactLocation: { uri: 'docker-compose.yml' }, region: { startLine: 1 } },
      logicalLocations: [{ name: 'db' }],
    });
    for (const result of all) expect(result.locations).toHaveLength(1);
  });

  it('encodes paths as relative URIs of the repository', () => {
    const subject = { name: 'shop', kind: 'directory', directory: 'deploy dir/shop' } as const;
    const uris = results(sampleReport({ subject })).map(
      (result) => result.locations?.[0]?.physicalLocation?.artifactLocation?.uri,
    );
    expect(uris).toContain('deploy%20dir/shop/docker-compose.yml');
    expect(uris).toContain('deploy%20dir/shop/a%20b/%C3%BCbung%231%3A%20x.py');
  });

  it('names a file of the server or of an image in words: GitHub refuses other addresses', () => {
    const path = 'server:nginx:/etc/nginx/nginx.conf';
    const [long] = sampleFindings.filter(({ rule }) => rule === 'nginx-long-timeouts');
    if (long?.location === undefined) throw new Error('no place');
    const finding = {
      ...long,
      location: { ...long.location, path },
      evidence: [
        { text: 'x', location: { path, line: 1, column: 1 } },
        { text: 'y', location: { path: 'docker-compose.yml', line: 3, column: 1 } },
      ],
    };
    const [result] = results(sampleReport({ findings: [finding] }));
    expect(result?.message.text).toContain('At server:nginx:/etc/nginx/nginx.conf:5:4.');
    expect(JSON.stringify([result?.locations, result?.relatedLocations])).not.toContain('server:');
    expect(result?.locations?.[0]?.physicalLocation?.region?.startLine).toBe(3);
    const [alone] = results(sampleReport({ findings: [{ ...finding, evidence: [] }] }));
    expect(alone?.locations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe('docker-compose.yml');
    const problems = [{ path, message: 'Not readable.' }];
    expect(
      log(sampleReport({ problems })).runs[0]?.invocations?.[0]?.toolExecutionNotifications,
    ).toHaveLength(2);
  });

  it('has a stable fingerprint for each result', () => {
    const prints = results(sampleReport()).map(
      (result) => result.partialFingerprints?.['primaryLocationLineHash'],
    );
    expect(new Set(prints).size).toBe(prints.length);
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{16}:\d+$/);
  });

  it('marks what is suppressed and what the baseline has', () => {
    const location = { path: 'docker-compose.yml', line: 3, column: 1 };
    const suppressed = withFinding('app-single-worker', { suppressedBy: { reason: 'one CPU', location } });
    const findings = suppressed.map((finding) =>
      finding.rule === 'odd-text' ? { ...finding, knownInBaseline: true } : finding,
    );
    const all = results(sampleReport({ findings, baseline: { known: 1, gone: 0 } }));
    expect(ofRule('app-single-worker', all).suppressions).toMatchObject([
      {
        kind: 'inSource',
        justification: 'one CPU',
        location: { physicalLocation: { region: { startLine: 3 } } },
      },
    ]);
    expect(ofRule('odd-text', all).baselineState).toBe('unchanged');
    expect(ofRule('nginx-no-cache', all).baselineState).toBe('new');
    expect(ofRule('nginx-no-cache', results(sampleReport()))).not.toHaveProperty('baselineState');
  });

  it('tells what could not be looked at as notifications, not as results', () => {
    const [invocation] = log(sampleReport()).runs[0]?.invocations ?? [];
    const texts = invocation?.toolExecutionNotifications?.map(({ message }) => message.text) ?? [];
    expect(texts).toHaveLength(3);
    expect(texts[0]).toMatch(/^Could not be looked at: edge: `conf\.d/);
  });

  it('stays within what GitHub takes', () => {
    const [first] = sampleFindings;
    if (first === undefined) throw new Error('no finding');
    const many = Array.from({ length: 25_100 }, () => ({ ...first, status: 'fail' as const }));
    const why = 'x'.repeat(5_000);
    const report = sampleReport({
      findings: many,
      rules: sampleReport().rules.map((rule) => ({ ...rule, why })),
    });
    const [run] = (JSON.parse(sarifReport(report)) as Log).runs;
    expect(run?.results).toHaveLength(25_000);
    expect(run?.tool.driver.rules?.[0]?.fullDescription?.text.length).toBeLessThanOrEqual(1_024);
    const lines = Array.from({ length: 4_000 }, (_line, index) => ({
      text: 'x',
      location: { path: 'a', line: 1 + (index % 2_000), column: 1 },
    }));
    const [result] = results(sampleReport({ findings: [{ ...first, status: 'fail', evidence: lines }] }));
    expect((result?.relatedLocations?.length ?? 0) + (result?.locations?.length ?? 0)).toBeLessThanOrEqual(
      1_000,
    );
  });

  it('is valid without anything in it', () => {
    const empty = sampleReport({ findings: [], rules: [], problems: [] });
    expect(results({ ...empty, stack: { ...empty.stack, composeFiles: [] } })).toEqual([]);
  });
});
