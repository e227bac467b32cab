import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/audit/finding.ts';
import { rule, type Rule } from '../../../src/audit/rule.ts';
import { assess } from '../../../src/audit/assess.ts';
import { fixFindings, type FixOptions } from '../../../src/fix/fix.ts';
import { filesOf, type Files } from '../../../src/source/files.ts';
import type { Stack } from '../../../src/stack/stack.ts';

/** A rule that finds a word in a.txt, and whose fix puts another in its place. */
function wordRule(
  id: string,
  bad: string,
  good: string | undefined,
  more: Partial<Rule> & { severity?: Rule['severity'] } = {},
): Rule {
  return rule({
    id,
    category: 'app',
    severity: 'medium',
    title: { fail: `${bad} is there`, pass: 'fine' },
    why: '',
    references: [],
    evaluate: ({ files }) =>
      files.paths.flatMap((path): Verdict[] => {
        const start = files.read(path)?.indexOf(bad) ?? -1;
        if (start === -1) return [];
        const at = { path, start, end: start + bad.length };
        return [
          {
            status: 'fail',
            subject: path,
            confidence: 'static',
            message: `${bad} in ${path}`,
            at,
            fix: {
              title: `Write ${good ?? 'something else'}`,
              requires: 'restart',
              edits: good === undefined ? [] : [{ ...at, text: good }],
            },
          },
        ];
      }),
    ...more,
  });
}

function stackOf(files: Files): Stack {
  return {
    files,
    compose: { paths: [], directory: '', services: [], inactive: [], problems: [] },
    services: [],
    problems: [...files.paths]
      .filter((path) => files.read(path)?.includes('{'))
      .map((path) => ({ kind: 'syntax', path, message: `${path} has a brace` })),
  };
}

async function run(texts: Record<string, string>, rules: readonly Rule[], options?: FixOptions) {
  const files = filesOf(new Map(Object.entries(texts)));
  const result = await fixFindings(
    files,
    (current) => assess(stackOf(current), rules, () => ({ feasible: true, settings: [], notes: [] })),
    options,
  );
  return {
    texts: Object.fromEntries([...result.changes].map(([path, { after }]) => [path, after])),
    applied: result.applied.map(({ parts }) => parts.map(({ rule: id }) => id)),
    left: result.left.map(({ rule: id, why }) => `${id}: ${why}`),
  };
}

describe('fixing', () => {
  it('mends one after the other, worst first, and leaves the rest of the text alone', async () => {
    const done = await run({ 'a.txt': ' one  two # x\n', 'b.txt': 'fine' }, [
      wordRule('low', 'one', '1', { severity: 'low' }),
      wordRule('high', 'two', '22', { severity: 'high' }),
    ]);
    expect(done).toEqual({ texts: { 'a.txt': ' 1  22 # x\n' }, applied: [['high'], ['low']], left: [] });
  });

  it('the same finding several times', async () => {
    const done = await run({ 'a.txt': 'one one one' }, [wordRule('word', 'one', 'two')]);
    // The toy rule finds the first only: the second is still found behind it, so the edit has not helped.
    expect(done.left).toEqual(['word: After the edit it would still be found.']);
  });

  it('only what was asked for', async () => {
    const done = await run({ 'a.txt': 'one two' }, [wordRule('a', 'one', '1'), wordRule('b', 'two', '2')], {
      only: ['b'],
    });
    expect(done).toMatchObject({ texts: { 'a.txt': 'one 2' }, applied: [['b']], left: [] });
  });

  it('what belongs together goes in together, also what only comes up by it', async () => {
    const rules = [
      wordRule('workers', 'one', 'four', { dependsOn: ['pool'] }),
      wordRule('pool', 'four', '4'),
    ];
    const done = await run({ 'a.txt': 'one' }, rules, { only: ['workers'] });
    expect(done).toEqual({ texts: { 'a.txt': '4' }, applied: [['workers', 'pool']], left: [] });
  });

  it('… or not at all', async () => {
    const rules = [
      wordRule('workers', 'one', 'four', { dependsOn: ['pool'] }),
      wordRule('pool', 'four', undefined),
    ];
    const done = await run({ 'a.txt': 'one' }, rules);
    expect(done).toEqual({
      texts: {},
      applied: [],
      left: ['workers: It needs pool (a.txt) mended, which takes a person.'],
    });
  });

  it('nothing goes in that brings up something as bad', async () => {
    const rules = [wordRule('a', 'one', 'two'), wordRule('b', 'two', undefined)];
    const done = await run({ 'a.txt': 'one' }, rules);
    expect(done).toMatchObject({ texts: {}, left: ['a: It would bring up b: two in a.txt'] });
    const mild = [wordRule('a', 'one', 'two'), wordRule('b', 'two', undefined, { severity: 'low' })];
    expect((await run({ 'a.txt': 'one' }, mild)).texts).toEqual({ 'a.txt': 'two' });
  });

  it('nothing goes in after which a file does not read', async () => {
    const done = await run({ 'a.txt': 'one' }, [wordRule('a', 'one', '{')]);
    expect(done).toMatchObject({ texts: {}, left: ['a: a.txt would not read any more: a.txt has a brace'] });
  });

  it('what was refused stays, the rest goes in', async () => {
    const done = await run({ 'a.txt': 'one two' }, [wordRule('a', 'one', '1'), wordRule('b', 'two', '2')], {
      accept: ({ parts }) => parts[0]?.rule !== 'a',
    });
    expect(done).toEqual({
      texts: { 'a.txt': 'one 2' },
      applied: [['b']],
      left: ['a: It was not wanted.'],
    });
  });

  it('what a comment silences is not mended', async () => {
    const done = await run({ 'a.txt': 'one # ops-ignore a it is meant\n' }, [wordRule('a', 'one', '1')]);
    expect(done).toEqual({ texts: {}, applied: [], left: [] });
  });

  it('what takes a person is listed', async () => {
    const done = await run({ 'a.txt': 'one' }, [wordRule('a', 'one', undefined)]);
    expect(done.left).toEqual(['a: There is no safe edit for it.']);
  });

  it('what the running stack says takes a person is left alone, and what only it shows is listed', async () => {
    const shown = stackOf(filesOf(new Map([['a.txt', 'one three']])));
    const live = assess(shown, [wordRule('a', 'one', undefined), wordRule('b', 'three', '3')], () => ({
      feasible: true,
      settings: [],
      notes: [],
    }));
    const done = await run({ 'a.txt': 'one two' }, [wordRule('a', 'one', '1'), wordRule('c', 'two', '2')], {
      live,
    });
    expect(done).toEqual({
      texts: { 'a.txt': 'one 2' },
      applied: [['c']],
      left: ['a: The running stack says that it takes a person.', 'b: Only the running stack shows it.'],
    });
  });

  it('fixes that chase each other come to an end', async () => {
    const rules = [
      wordRule('a', 'one', 'two', { dependsOn: ['b'] }),
      wordRule('b', 'two', 'one', { dependsOn: ['a'] }),
    ];
    const done = await run({ 'a.txt': 'one' }, rules);
    expect(done.texts).toEqual({});
    expect(done.left).toHaveLength(1);
  });
});
