import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withChecksTable } from '../../../scripts/checks-page.ts';
import { checks } from '../../../src/check/registry.ts';

const page = readFileSync(new URL('../../../docs/checks.md', import.meta.url), 'utf8');

it('docs/checks.md is what the registry says', () => {
  expect(withChecksTable(page)).toBe(page);
});

it.each(checks)('docs/checks.md has a section for $id', ({ id, describe }) => {
  expect(page).toContain(`### ${id}\n\n${describe}\n`);
});

it('a page without marks is refused', () => {
  expect(() => withChecksTable('# Checks\n')).toThrow(/lost the marks/);
});
