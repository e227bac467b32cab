import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { assess, type Assessed } from '../../../src/audit/assess.ts';
import { severities } from '../../../src/audit/finding.ts';
import { rules } from '../../../src/audit/registry.ts';
import { isOpen } from '../../../src/audit/report.ts';
import { readDirectory } from '../../../src/gather/directory.ts';
import { defaultComposePaths } from '../../../src/readers/compose/default-paths.ts';
import { filesOf } from '../../../src/source/files.ts';
import { buildStack } from '../../../src/stack/build.ts';
import type { Machine } from '../../../src/stack/stack.ts';
import { planOf } from '../../../src/tune/plan-of.ts';
import { stackFixtures } from '../../support/stack-fixtures.ts';

/** What each stack is to give, and gives: `rule@subject`. Below low nothing is counted but where `info` is wanted. */
interface Judged {
  fail: string[];
  opportunity: string[];
  unknown: string[];
  /** Fails and opportunities of severity info. */
  info?: string[];
}

/** What a stack's `expected.json` says. */
interface Expected extends Partial<Judged> {
  /** As its server was found, for what depends on it. */
  machine?: Machine;
}

const kinds = ['fail', 'opportunity', 'unknown', 'info'] as const;
const tally = new Map<string, { found: number; wanted: number; both: number }>();

function count(rule: string, field: 'found' | 'wanted' | 'both'): void {
  const row = tally.get(rule) ?? { found: 0, wanted: 0, both: 0 };
  row[field] += 1;
  tally.set(rule, row);
}

async function judge(directory: string, { machine, info }: Expected): Promise<Judged> {
  const all = await readDirectory(directory);
  const texts = all.paths
    .filter((path) => path !== 'expected.json')
    .map((path) => [path, all.read(path) ?? ''] as const);
  const files = filesOf(new Map(texts), all.unreadable);
  const stack = buildStack({
    files,
    compose: { paths: defaultComposePaths(files, ''), env: {} },
    ...(machine && { machine }),
  });
  const { findings } = assess(stack, rules, planOf);
  const named = (kind: 'fail' | 'opportunity' | 'unknown'): string[] =>
    findings
      .filter(({ finding }) => finding.status === kind && counts(finding))
      .map(({ rule, verdict }) => `${rule.id}@${verdict.subject}`)
      .toSorted();
  const mild = findings
    .filter(({ finding }) => isOpen(finding) && finding.severity === 'info')
    .map(({ rule, verdict }) => `${rule.id}@${verdict.subject}`)
    .toSorted();
  return {
    fail: named('fail'),
    opportunity: named('opportunity'),
    unknown: named('unknown'),
    ...(info && { info: mild }),
  };
}

function counts(finding: Assessed['finding']): boolean {
  return (
    (finding.status === 'unknown' || isOpen(finding)) &&
    severities.indexOf(finding.severity) <= severities.indexOf('low')
  );
}

describe('what is found in small stacks', async () => {
  const stacks = await stackFixtures();

  it('there are at least forty', () => {
    expect(stacks.length).toBeGreaterThanOrEqual(40);
  });

  it.each(stacks)('$name', async ({ directory }) => {
    const text = await readFile(fileURLToPath(new URL('expected.json', directory)), 'utf8');
    const expected = JSON.parse(text) as Expected;
    const { fail = [], opportunity = [], unknown = [], info } = expected;
    const wanted: Judged = { fail, opportunity, unknown, ...(info && { info }) };
    const found = await judge(fileURLToPath(directory), expected);
    for (const kind of kinds) {
      const left = [...(wanted[kind] ?? [])];
      for (const one of found[kind] ?? []) {
        const [rule = ''] = one.split('@');
        count(rule, 'found');
        if (!left.includes(one)) continue;
        left.splice(left.indexOf(one), 1);
        count(rule, 'both');
      }
      for (const one of wanted[kind] ?? []) count(one.split('@')[0] ?? '', 'wanted');
    }
    expect(found).toEqual(wanted);
  });

  it('every rule has a stack that it finds something in', () => {
    const never = rules.map(({ id }) => id as string).filter((id) => (tally.get(id)?.found ?? 0) === 0);
    expect(never).toEqual([]);
  });

  afterAll(() => {
    const rows = [...tally].toSorted(([one], [other]) => (one < other ? -1 : 1));
    console.log(
      ['precision  recall  stacks  rule']
        .concat(
          rows.map(([rule, { found, wanted, both }]) =>
            [
              (found === 0 ? 1 : both / found).toFixed(2).padStart(9),
              (wanted === 0 ? 1 : both / wanted).toFixed(2).padStart(6),
              String(wanted).padStart(6),
              rule,
            ].join('  '),
          ),
        )
        .join('\n'),
    );
  });
});
