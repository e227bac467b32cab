import { describe, expect, it } from 'vitest';
import {
  codeBlock,
  codeSpan,
  escapeMarkdown,
  inlineMarkdown,
  tableRow,
} from '../../../../src/audit/formats/markdown-text.ts';
import { markdownReport } from '../../../../src/audit/formats/markdown.ts';
import { nasty, sampleFindings, sampleReport, withFinding } from '../sample-report.ts';

/** The text below a heading, up to the next one of its level. */
function section(text: string, heading: string): string {
  const start = text.indexOf(`\n${heading}\n`);
  if (start === -1) throw new Error(`no ${heading}`);
  const level = heading.split(' ', 1)[0] ?? '';
  const end = text.indexOf(`\n${level} `, start + heading.length);
  return text.slice(start, end === -1 ? undefined : end);
}

const text = markdownReport(sampleReport());

describe('the report in Markdown', () => {
  it('opens with the figures of this stack', () => {
    const [title, , paragraph] = text.split('\n');
    expect(title).toBe('# Why shop is slow');
    expect(paragraph).toContain(
      'shop is a Compose stack of 3 services (backend, db, nginx) on 2 CPUs and 2 GB of memory. backend runs 1 process of uvicorn, db is PostgreSQL 17, nginx is nginx 1.26.',
    );
    expect(paragraph).toContain('6 findings: 1 critical, 1 high, 3 medium, 1 low.');
    expect(text).toContain('*ops 1.2.3, 2026-11-23 16:00 UTC, read in 3 files of the project.*');
  });

  it('claims that the stack is slow only when that was measured', () => {
    const read = withFinding('nginx-no-cache', { confidence: 'static' });
    expect(markdownReport(sampleReport({ findings: read }))).toMatch(/^# What can make shop slow\n/);
    const other = sampleFindings.filter(({ rule }) => rule === 'odd-text');
    expect(markdownReport(sampleReport({ findings: other }))).toMatch(/^# Audit of shop\n/);
  });

  it('has a table of the causes, each cell in its column', () => {
    const rows = section(text, '## Causes')
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(2 + 6);
    expect(rows[3]).toBe(
      '| 2 | A single worker process serves all requests (high) | backend, `docker-compose.yml:4` | 1 worker | 4 workers |',
    );
    // Pipes of the text are escaped.
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(7);
  });

  it('has a section a finding: excerpt, figures, why, the fix as a diff, what it takes', () => {
    const own = section(text, '### 2. A single worker process serves all requests');
    expect(own).toContain(
      '**High** · backend · [app-single-worker](<https://example.org/rules/app-single-worker.md>)',
    );
    expect(own).toContain(
      '> 4 |     command: uvicorn main:app --host 0.0.0.0 --port 8000\n    |              ^^^^',
    );
    expect(own).toContain('- `docker inspect shop-backend-1`: `1 process`');
    expect(own).toContain('- Now: 1 worker\n- Should be: 4 workers');
    expect(own).toContain('#### Why\n\nWhy it **matters**');
    expect(own).toContain('It takes a new container of the service. Each worker has its own pool.');
    expect(own).toMatch(/```diff\n--- a\/docker-compose\.yml\n[^`]*\n\+ {4}command: .* --workers 4\n/);
  });

  it('says why once a rule', () => {
    expect(section(text, '### 4. The proxy waits too long')).toContain('As for finding 3.');
  });

  it('says what passed, what could not be looked at, and how to repeat', () => {
    expect(section(text, '## What is as it should be')).toContain('- The host has swap: host (host-no-swap)');
    expect(section(text, '## What could not be looked at')).toContain(
      '- nginx-no-cache, edge: `conf.d/*.conf` is not among the files.\n- `nginx/nginx.conf:2`: nginx/conf.d/site.conf:',
    );
    expect(section(text, '## How to repeat')).toContain('\nops audit --fix\n');
    const target = markdownReport(
      sampleReport({ subject: { name: "my 'shop'", kind: 'target', host: 'web-1' } }),
    );
    expect(target).toContain(String.raw`ops audit -t 'my '\''shop'\'''`);
    expect(target).toContain('seen on web-1.');
  });

  it('lists what is suppressed with its reason, and what the baseline has', () => {
    const location = { path: 'docker-compose.yml', line: 3, column: 1 };
    const suppressed = withFinding('app-single-worker', { suppressedBy: { reason: 'one *CPU*', location } });
    const findings = suppressed.map((finding) =>
      finding.rule === 'odd-text' ? { ...finding, knownInBaseline: true } : finding,
    );
    const own = markdownReport(sampleReport({ findings }));
    expect(section(own, '## Set aside')).toContain(
      String.raw`- app-single-worker, backend: one \*CPU\* (${'`docker-compose.yml:3:1`'})`,
    );
    expect(own).toContain(': known from the baseline');
    expect(own).not.toContain('### 2. A single worker');
  });

  it('lets no text out of its place', () => {
    const outside = text
      .replaceAll(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '')
      .replaceAll(/(`+)[^\n]*?[^`]\1(?!`)/g, '');
    expect(outside).not.toContain('<script>');
    expect(outside).not.toMatch(/^::error/m);
    expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202E]/);
  });

  it('is short and honest when nothing was found', () => {
    const clean = markdownReport(sampleReport({ findings: [], problems: [] }));
    expect(clean).toContain('Nothing was found that has to be changed.');
    expect(clean).not.toContain('## Causes');
  });
});

describe('text in Markdown', () => {
  it.each([
    ['<b>&amp;', '&lt;b>&amp;amp;'],
    ['*a* [b](c) `d`', String.raw`\*a\* \[b](c) ${'\\`d\\`'}`],
    ['worker_connections _x_', String.raw`worker_connections \_x\_`],
    ['# no heading', String.raw`\# no heading`],
    ['- no item', String.raw`\- no item`],
    ['1. no list', String.raw`1\. no list`],
    ['1 worker', '1 worker'],
    ['two\nlines\u0000', 'two lines␀'],
  ])('%j', (raw, escaped) => {
    expect(escapeMarkdown(raw)).toBe(escaped);
  });

  it('keeps the code of rules, and the spaces around it', () => {
    expect(inlineMarkdown('set `a_b` to *4* now')).toBe(String.raw`set ${'`a_b`'} to \*4\* now`);
    expect(inlineMarkdown('`a` `b`')).toBe('`a` `b`');
    expect(inlineMarkdown('odd ` one')).toBe('odd \\` one');
  });

  it('puts fences that are longer than what is inside', () => {
    expect(codeSpan('a`b')).toBe('`` a`b ``');
    expect(codeSpan('')).toBe('');
    expect(codeBlock('a\n````\nb\n', 'text')).toBe('`````text\na\n````\nb\n`````');
  });

  it('keeps a row one row', () => {
    expect(tableRow([nasty.table, 'a\nb'])).toBe(String.raw`| a \| b ${'`c`'} [d](e) *f* _g_ | a b |`);
  });
});
