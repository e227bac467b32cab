import { describe, expect, it } from 'vitest';
import { githubReport, githubSummary, summaryBytes } from '../../../../src/audit/formats/github.ts';
import type { Severity } from '../../../../src/audit/finding.ts';
import type { Finding } from '../../../../src/audit/report.ts';
import { sampleFindings, sampleReport } from '../sample-report.ts';

interface Command {
  kind: string;
  properties: Record<string, string>;
  message: string;
}

/** As the runner of GitHub Actions reads a line. https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs */
function parse(line: string): Command {
  const [, kind = '', words = '', message = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
  const decode = (text: string): string =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const properties = Object.fromEntries(
    words
      .split(',')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), decode(pair.slice(pair.indexOf('=') + 1))]),
  );
  return { kind, properties, message: decode(message) };
}

function commands(...args: Parameters<typeof sampleReport>): Command[] {
  const text = githubReport(sampleReport(...args));
  return text === '' ? [] : text.trimEnd().split('\n').map(parse);
}

function many(counts: Partial<Record<Severity, number>>): Finding[] {
  const failed = sampleFindings.find(({ rule }) => rule === 'app-single-worker');
  if (failed === undefined) throw new Error('no finding');
  return Object.entries(counts).flatMap(([severity, number]) =>
    Array.from({ length: number }, (_, index) => ({
      ...failed,
      severity: severity as Severity,
      subject: `${severity}-${index}`,
    })),
  );
}

describe('annotations', () => {
  it('are one a finding, worst first, at its place', () => {
    const all = commands();
    expect(all.map(({ kind }) => kind)).toEqual([
      'error',
      'error',
      'warning',
      'warning',
      'notice',
      'notice',
      'notice',
    ]);
    expect(all[1]).toMatchObject({
      properties: { file: 'docker-compose.yml', line: '4', endLine: '4', col: '14', endColumn: '57' },
      message: expect.stringContaining('\nNow: 1 worker\nExpected: 4 workers\n') as string,
    });
    expect(all.at(-1)).toMatchObject({
      kind: 'notice',
      message: '1 could not be looked at: see the summary of the job.',
    });
  });

  it('name files as the repository does', () => {
    const [, second] = commands({ subject: { name: 'shop', kind: 'directory', directory: 'examples/shop' } });
    expect(second?.properties['file']).toBe('examples/shop/docker-compose.yml');
  });

  it('cannot be broken out of, and lose nothing', () => {
    const text = githubReport(sampleReport());
    expect(text.match(/^::/gm)).toHaveLength(7);
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^::(?:error|warning|notice) /);
    const odd = commands().find(({ properties }) => properties['title']?.includes('odd-text'));
    expect(odd?.properties['file']).toBe('a b/übung#1: x.py');
    expect(odd?.message).toContain('first ::error::injected 100%');
    expect(odd?.message).not.toContain('\u001B');
    expect(text).toContain('a b/übung#1%3A x.py,line=');
    expect(text).toContain('injected 100%25 ');
  });

  it('escape commas and percent signs of titles', () => {
    const findings = many({ high: 1 }).map((finding) => ({ ...finding, title: '50 % of, a: b' }));
    expect(githubReport(sampleReport({ findings }))).toContain(
      'title=50 %25 of%2C a%3A b (app-single-worker)::',
    );
    expect(commands({ findings })[0]?.properties['title']).toBe('50 % of, a: b (app-single-worker)');
  });

  it('have no columns when they are about several lines', () => {
    const findings = many({ high: 1 }).map((finding) => ({
      ...finding,
      ...(finding.location ? { location: { ...finding.location, endLine: 9 } } : {}),
    }));
    const [first] = commands({ findings });
    expect(first?.properties).toMatchObject({ line: '4', endLine: '9' });
    expect(first?.properties).not.toHaveProperty('col');
    expect(first?.properties).not.toHaveProperty('endColumn');
  });

  it('name a file of the server in words', () => {
    const findings = many({ high: 1 }).map((finding) => ({
      ...finding,
      evidence: [],
      ...(finding.location ? { location: { ...finding.location, path: 'server:backend:/start.sh' } } : {}),
    }));
    const [first] = commands({ findings });
    expect(first?.properties).not.toHaveProperty('file');
    expect(first?.message).toContain('\nAt server:backend:/start.sh:4:14\n');
  });

  it('are at most ten of a kind, and the last notice counts the rest', () => {
    const findings = many({ critical: 8, high: 8, medium: 12, low: 15 });
    const all = commands({ findings });
    const kinds = Object.groupBy(all, ({ kind }) => kind);
    expect(kinds['error']).toHaveLength(10);
    expect(kinds['error']?.slice(0, 8).every(({ message }) => message.startsWith('critical-'))).toBe(true);
    expect(kinds['warning']).toHaveLength(10);
    expect(kinds['notice']).toHaveLength(10);
    expect(all.at(-1)?.message).toBe('14 more findings: see the summary of the job.');
  });

  it('are ten notices when ten are all', () => {
    expect(commands({ findings: many({ low: 10 }) }).at(-1)?.message).toContain('low-9');
    expect(commands({ findings: many({ low: 11 }) }).at(-1)?.message).toContain('2 more findings');
    expect(githubReport(sampleReport({ findings: [] }))).toBe('');
  });
});

describe('the summary of a job', () => {
  it('is a table of what is open and the whole report', () => {
    const text = githubSummary(sampleReport());
    expect(text).toContain(
      '## ops audit: shop\n\n1 critical, 1 high, 3 medium, 1 low, 1 could not be looked at.',
    );
    expect(text).toContain(
      '| high | A single worker process serves all requests (app-single-worker) | docker-compose.yml:4:14 |',
    );
    expect(text).toContain('<details>');
    expect(text).toContain('### 2. A single worker process');
  });

  it('fits, in whole lines, and says that there is more', () => {
    const text = githubSummary(sampleReport({ findings: many({ high: 20_000 }) }));
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(summaryBytes);
    expect(text).toMatch(/\|\n\nThe rest has no room here: see `ops audit --format markdown`\.\n$/);
  });

  it('says when nothing was found', () => {
    expect(githubSummary(sampleReport({ findings: [] }))).toContain('Nothing found.');
  });
});
