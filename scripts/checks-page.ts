import { checks } from '../src/check/registry.ts';
import { expectation } from '../src/check/threshold.ts';

const begin = '<!-- begin: generated from src/check/registry.ts by `npm run generate` -->';
const end = '<!-- end: generated -->';

/** The part of docs/checks.md that the registry writes: a table of thresholds, then a section a check. */
function generated(): string {
  const rows = checks.map((check) => {
    const limit = (threshold: number | undefined): string =>
      threshold === undefined ? '' : expectation(check, { fail: threshold });
    const { warn, fail }: { warn?: number; fail?: number } = check.defaults;
    return `| [\`${check.id}\`](#${check.id}) | ${check.title} | ${limit(warn)} | ${limit(fail)} |`;
  });
  const sections = checks.map(({ id, describe }) => `### ${id}\n\n${describe}`);
  return [
    begin,
    '',
    '| check | looks at | warns unless | fails unless |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    sections.join('\n\n'),
    '',
    end,
  ].join('\n');
}

/** The page with its generated part replaced. */
export function withChecksTable(page: string): string {
  const first = page.indexOf(begin);
  const last = page.indexOf(end);
  if (first === -1 || last === -1) throw new Error('docs/checks.md has lost the marks of its generated part');
  return page.slice(0, first) + generated() + page.slice(last + end.length);
}
