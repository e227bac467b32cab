import { describe, expect, it } from 'vitest';
import { parseWanted, readWanted } from '../../../src/deploy/wanted.ts';

const head = [
  'commit c1',
  'tree t1',
  'subject Faster: 2 times',
  'changed a b.txt',
  'changed ü',
  'on-branch yes',
];
const view = '{"name":"shop","services":{"web":{"image":"nginx"}}}';
const parse = (...lines: readonly string[]) => parseWanted(`${lines.join('\n')}\n`);

it.each(['missing', 'ambiguous', 'unrelated', 'other-tree'])('%s', (state) => {
  expect(parse(state)).toEqual({ state });
});

it('a commit with a .ops of its own', () => {
  expect(parse('owns-ops c9')).toEqual({ state: 'owns-ops', commit: 'c9' });
});

it('a conflict, with its subject', () => {
  expect(parse('conflict c9 Not  so good')).toEqual({
    state: 'conflict',
    commit: 'c9',
    subject: 'Not  so good',
  });
});

describe('a commit', () => {
  const found = (...more: readonly string[]) => {
    const result = parse(...head, ...more);
    if (result.state !== 'ok') throw new Error(result.state);
    return result.wanted;
  };

  it('with all that is known of it', () => {
    expect(
      found(
        'local c2 My fix',
        'local c3',
        'undone u1',
        'undone u2',
        'made m1',
        '@compose',
        view,
        '',
        '@hashes',
        'web h1',
      ),
    ).toMatchObject({
      commit: 'c1',
      tree: 't1',
      subject: 'Faster: 2 times',
      onBranch: true,
      changed: ['a b.txt', 'ü'],
      localOnly: [
        { commit: 'c2', subject: 'My fix' },
        { commit: 'c3', subject: '' },
      ],
      undone: ['u1', 'u2'],
      made: ['m1'],
      compose: { state: 'ok', project: 'shop', services: { web: { hash: 'h1', image: 'nginx' } } },
    });
  });

  it('that is checked out: by its own line, whatever its subject', () => {
    expect(found('checked-out').checkedOut).toBe(true);
    expect(found('changed checked-out').checkedOut).toBe(false);
  });

  it.each([
    { title: 'nothing of it', lines: [] },
    { title: 'it failed at once', lines: ['@compose', '@failed'] },
    { title: 'it failed in the second half', lines: ['@compose', view, '', '@hashes', '@failed'] },
  ])('without Compose’s view: $title', ({ lines }) => {
    expect(found(...lines)).not.toHaveProperty('compose');
  });
});

it('what Compose prints says nothing of the commit', () => {
  const noise = ['missing', 'conflict c9 No', 'owns-ops c9', 'changed z', 'undone u9'];
  const result = parse(...head, '@compose', ...noise, '@failed');
  expect(result).toMatchObject({
    state: 'ok',
    wanted: { commit: 'c1', changed: ['a b.txt', 'ü'], undone: [] },
  });
});

it.each(['', 'commit c1', 'tree t1'])('%j is a bug, not a commit', (text) => {
  expect(() => parse(text)).toThrow('git printed no commit');
});

it('an answer that cannot be explained is an error with the host and what it said', () => {
  expect(() => readWanted('tree 1\nnoise\n', 'web1')).toThrow(
    expect.objectContaining({
      reason: 'unchanged',
      code: 'REF_UNREADABLE',
      message: expect.stringContaining('web1') as string,
      place: { host: 'web1', step: 'fetch', output: ['tree 1', 'noise'] },
    }),
  );
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
  expect(() => readWanted(`${lines.join('\n')}\n@compose\n{"environment":"canary"}\n`, 'web1')).toThrow(
    expect.objectContaining({
      place: expect.objectContaining({ output: lines.slice(2) }) as unknown,
      next: [expect.stringContaining('docker compose config')],
    }) as Error,
  );
  expect(readWanted('missing\n', 'web1')).toEqual({ state: 'missing' });
});
