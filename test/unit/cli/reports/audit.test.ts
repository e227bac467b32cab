import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../src/audit/report.ts';
import { auditReport } from '../../../../src/cli/reports/audit.ts';
import { width } from '../../../../src/cli/reports/table.ts';
import { clip, paintCode, wrap } from '../../../../src/cli/reports/wrap.ts';
import { sanitizeReport } from '../../../../src/cli/sanitize.ts';
import { styleFor } from '../../../../src/cli/style.ts';
import { nasty, sampleFindings, sampleReport, withFinding } from '../../audit/sample-report.ts';

const plain = styleFor({ env: { NO_COLOR: '1' } });
const coloured = styleFor({ env: { FORCE_COLOR: '1' } });

function show(
  change: Parameters<typeof sampleReport>[0] = {},
  options: Partial<Parameters<typeof auditReport>[2]> = {},
): string {
  return auditReport(sampleReport(change), plain, { width: 80, verbose: false, ...options });
}

function only(rule: string, change: Partial<Finding> = {}): readonly Finding[] {
  return withFinding(rule, change).filter((finding) => finding.rule === rule);
}

describe('the report of an audit', () => {
  it('shows the worst first, each with badge, number and title', () => {
    const heads = show()
      .split('\n')
      .filter((line) => /^ [A-Z]+ {2}\d/.test(line));
    expect(heads).toEqual([
      ' CRITICAL  1. postgres-shared-memory fails',
      ' HIGH  2. A single worker process serves all requests',
      ' MEDIUM  3. The proxy waits too long',
      ' MEDIUM  4. The proxy waits too long',
      ' MEDIUM  5. nginx caches nothing',
      ' LOW  6. a | b `c` [d](e) *f* _g_',
    ]);
  });

  it('tells a reason that keeps several rules from looking once', () => {
    const [sample] = sampleFindings;
    if (!sample) throw new Error('There is a sample.');
    const findings = ['a', 'b', 'c', 'd', 'e'].map((rule): Finding => ({
      ...sample,
      rule,
      subject: rule === 'e' ? 'other' : 'proxy',
      status: 'unknown',
      message: 'It cannot be read.',
    }));
    const text = show({ findings, problems: [] });
    expect(text).toContain('  ? a, b, c and 1 more, proxy: It cannot be read.\n');
    expect(text).toContain('  ? e, other: It cannot be read.\n');
  });

  it('shows the source as a compiler does', () => {
    expect(show()).toContain(
      [
        '  docker-compose.yml:4:14',
        '    2 │   backend:',
        '    3 │     build: ./backend',
        '  ▸ 4 │     command: uvicorn main:app --host 0.0.0.0 --port 8000',
        `      │              ${'^'.repeat(43)}`,
        '    5 │     environment:',
      ].join('\n'),
    );
  });

  it('shows what was seen, now and then, the fix with what it takes, and its diff', () => {
    const text = show({ findings: only('app-single-worker') });
    expect(text).toContain('  seen       docker inspect shop-backend-1: 1 process\n  now        1 worker\n');
    expect(text).toContain('  should be  4 workers\n');
    expect(text).toContain('  takes      a new container of the service\n  risk       Each worker');
    expect(text).toContain(
      [
        '  docker-compose.yml',
        '    3      build: ./backend',
        '    4 -    command: uvicorn main:app --host 0.0.0.0 --port 8000',
        '    4 +    command: uvicorn main:app --host 0.0.0.0 --port 8000 --workers 4',
        '    5      environment:',
      ].join('\n'),
    );
    expect(text).toContain('  why        https://example.org/rules/app-single-worker.md\n');
  });

  it.each([60, 80, 120])('stays within %i columns, but for addresses', (columns) => {
    const lines = show({}, { width: columns, verbose: true }).split('\n');
    expect(lines.filter((line) => width(line) > columns && !line.includes('https://'))).toEqual([]);
  });

  it('reads the same without colours', () => {
    const painted = auditReport(sampleReport(), coloured, { width: 80, verbose: false });
    expect(painted).not.toBe(show());
    expect(stripVTControlCharacters(painted)).toBe(show());
    // The last guard of the command finds nothing to remove.
    expect(sanitizeReport(painted)).toBe(painted);
  });

  it('says what could not be looked at, with reasons', () => {
    const text = show();
    expect(text).toContain(
      'Could not be looked at, so no pass (3)\n  ? nginx-no-cache, edge: `conf.d/*.conf` is not',
    );
    expect(text).toContain('  ? secret.env: first ::error::injected 100%');
  });

  it('ends with the counts and the next command', () => {
    expect(show()).toContain(
      '1 critical, 1 high, 3 medium, 1 low, 1 unknown, 1 passed, 1 not applicable\n\nNext: `ops audit --fix` applies 2 fixes, shown as a diff first.',
    );
    expect(show({ findings: only('app-single-worker') })).toContain('applies the fix,');
    expect(show({ findings: only('nginx-no-cache') })).toContain('Next: `ops audit --format markdown`');
  });

  it('is short about what can wait, unless all is asked for', () => {
    const short = show({ findings: only('odd-text') });
    expect(short).not.toContain('│');
    expect(short).toContain('`--verbose` shows what can wait');
    const long = show({ findings: only('odd-text') }, { verbose: true });
    expect(long).toContain('  ▸ 2 │ --flag=xxx');
    expect(show({}, { verbose: true })).toContain('  ✔ host: The host has swap (host-no-swap)');
    expect(show()).not.toContain('The host has swap');
  });

  it('tells what is ignored and why, and what the baseline knows', () => {
    const suppressed = withFinding('app-single-worker', {
      suppressedBy: { reason: 'one CPU is all there is' },
    });
    const findings = suppressed.map((finding) =>
      finding.rule === 'nginx-long-timeouts' ? { ...finding, knownInBaseline: true } : finding,
    );
    const text = show({ findings, baseline: { known: 2, gone: 1 } });
    expect(text).toContain('  – app-single-worker, backend: ignored, one CPU is all there is\n');
    expect(text).toContain('  – 2 known from the baseline\n');
    expect(text).toContain('1 ignored, 2 known, 1 gone,');
    expect(text).not.toContain('A single worker process');
  });

  it('does not call it clean when something could not be looked at', () => {
    expect(show({ findings: [], problems: [] })).toContain('✔ Nothing found.\n0 passed');
    const unknown = sampleFindings.filter(({ status }) => status === 'unknown');
    expect(show({ findings: unknown, problems: [] })).toContain(
      '✔ Nothing found in what could be looked at.',
    );
    const problems = [{ path: 'a.conf', message: 'Not readable.' }];
    expect(show({ findings: [], problems })).toContain('✔ Nothing found in what could be looked at.');
  });

  it('cuts a long diff and says where the rest is', () => {
    const added = Array.from({ length: 30 }, (_, index) => `+line ${index}`).join('\n');
    const diff = `--- a/x.conf\n+++ b/x.conf\n@@ -1,1 +1,31 @@\n a\n${added}\n`;
    const text = show({
      findings: only('app-single-worker', { fix: { title: 'Add', requires: 'reload', diff } }),
    });
    expect(text).toContain('+line 17\n');
    expect(text).not.toContain('+line 18');
    expect(text).toContain('… 12 more lines: ops audit --format markdown');
  });

  it('shows the parts of a diff that are far apart with a gap between', () => {
    const diff = [
      '--- a/x.conf',
      '+++ b/x.conf',
      '@@ -1,3 +1,3 @@',
      '-a',
      '+A',
      ' b',
      ' c',
      '@@ -50,2 +50,3 @@',
      ' y',
      '+z',
      ' end',
      '--- /dev/null',
      '+++ b/new.conf',
      '@@ -0,0 +1,1 @@',
      '+new',
      '',
    ].join('\n');
    const text = show({
      findings: only('app-single-worker', { fix: { title: 'Add', requires: 'reload', diff } }),
    });
    expect(text).toContain(
      '  x.conf\n     1 -a\n     1 +A\n     2  b\n       ⋮\n    50  y\n    51 +z\n    52  end\n  new.conf\n     1 +new\n',
    );
  });

  it('keeps a mark far to the right in sight', () => {
    const [finding] = only('app-single-worker');
    if (finding?.location === undefined) throw new Error('no place');
    const text = `${'a '.repeat(60)}HERE${' b'.repeat(10)}`;
    const excerpt = [{ line: 1, text, mark: { start: 120, length: 4 } }];
    const shown = show({ findings: [{ ...finding, location: { ...finding.location, excerpt } }] }).split(
      '\n',
    );
    const at = shown.findIndex((line) => line.includes('▸'));
    const column = shown[at]?.indexOf('HERE') ?? -1;
    expect(column).toBeGreaterThan(0);
    expect(shown[at + 1]?.indexOf('^^^^')).toBe(column);
  });

  it('sends no command to the terminal', () => {
    const host = { name: nasty.terminal, kind: 'target', host: nasty.command } as const;
    expect(show({ subject: host }, { verbose: true })).not.toMatch(
      /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/,
    );
  });
});

describe('lines', () => {
  it('are wrapped by columns, long words cut', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('a bbbbbbbbbb c', 4)).toEqual(['a', 'bbbb', 'bbbb', 'bb c']);
    expect(wrap('日本語日本語', 4)).toEqual(['日本', '語日', '本語']);
    expect(wrap('', 10)).toEqual(['']);
  });

  it('are clipped by columns', () => {
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdefg', 6)).toBe('abcde…');
    expect(width(clip('日本語日本語', 6))).toBeLessThanOrEqual(6);
  });

  it('have their code painted, across lines too, and a lone backtick left alone', () => {
    const mark = (_format: unknown, text: string): string => `<${text}>`;
    expect(paintCode(['a `b c', 'd` e', '` f'], mark)).toEqual(['a <`b c>', '<d><`> e', '` f']);
    expect(paintCode(['`a`'], mark)).toEqual(['<`a><`>']);
  });
});
