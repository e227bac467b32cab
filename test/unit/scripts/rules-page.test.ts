import { describe, expect, it } from 'vitest';
import { rulesPages } from '../../../scripts/rules-page.ts';
import { makeRule } from '../audit/sample-report.ts';

const rules = [
  makeRule({ id: 'b-low', severity: 'low', references: [] }),
  makeRule({
    id: 'a-high',
    cause: 1,
    title: { fail: 'It fails | badly', pass: 'ok' },
    example: { language: 'yaml', bad: 'a: 1\n', good: 'a: 2' },
    dependsOn: ['b-low', 'gone'],
    conflictsWith: ['c-proxy'],
    references: ['https://example.org/a', 'A book, page 3'],
  }),
  makeRule({ id: 'c-proxy', category: 'proxy' }),
];
const pages = rulesPages(rules);
const page = pages['docs/rules/a-high.md'] ?? '';

describe('the pages of rules', () => {
  it('are one a rule and an index', () => {
    expect(Object.keys(pages)).toEqual([
      'docs/rules/README.md',
      'docs/rules/b-low.md',
      'docs/rules/a-high.md',
      'docs/rules/c-proxy.md',
    ]);
  });

  it('say what fails, why, how it looks, what it is coupled with, and what it rests on', () => {
    expect(page).toMatch(
      /^# a-high\n\nIt fails \| badly\.\n\nseverity \*\*high\*\* · category app · cause 1 of the eight\n/,
    );
    expect(page).toContain('## Why\n\nWhy it **matters**');
    expect(page).toContain('Fails:\n\n```yaml\na: 1\n```\n\nPasses:\n\n```yaml\na: 2\n```');
    expect(page).toContain(
      'together with that of [b-low](b-low.md), `gone`. Its fix does not go together with that of [c-proxy]',
    );
    expect(page).toContain('# ops-ignore a-high why');
    expect(page).toContain('- <https://example.org/a>\n- A book, page 3\n');
  });

  it('leave out what a rule does not have', () => {
    const plain = pages['docs/rules/b-low.md'] ?? '';
    expect(plain).not.toContain('## Example');
    expect(plain).not.toContain('## Fix');
    expect(plain).not.toContain('## References');
  });

  it('are listed by category, worst first', () => {
    const index = pages['docs/rules/README.md'] ?? '';
    const order = [...index.matchAll(/\[([\w-]+)\]\(\1\.md\)/g)].map(([, id]) => id);
    expect(order).toEqual(['a-high', 'b-low', 'c-proxy']);
    expect(index).toContain(String.raw`It fails \| badly`);
    expect(index).not.toContain('## Database');
  });
});
