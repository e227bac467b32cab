import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffLines, maskDiff, unifiedDiff } from '../../../src/audit/diff.ts';
import { applyEdits } from '../../../src/source/edits.ts';
import { filesOf } from '../../../src/source/files.ts';

const text = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n') + '\n';
const files = filesOf(new Map([['a.conf', text]]));

function replace(path: string, source: string, old: string, by: string) {
  const start = source.indexOf(old);
  return { path, start, end: start + old.length, text: by };
}

describe('the diff of edits', () => {
  it('is unified, with three lines of context', () => {
    const diff = unifiedDiff(files, [replace('a.conf', text, 'line 10', 'line X')]);
    expect(diff).toBe(
      [
        '--- a/a.conf',
        '+++ b/a.conf',
        '@@ -7,7 +7,7 @@',
        ' line 7',
        ' line 8',
        ' line 9',
        '-line 10',
        '+line X',
        ' line 11',
        ' line 12',
        ' line 13',
        '',
      ].join('\n'),
    );
  });

  it('has a part a file, and a file that is not there is new', () => {
    const diff = unifiedDiff(files, [
      { path: 'new.conf', start: 0, end: 0, text: 'one\n' },
      replace('a.conf', text, 'line 1\n', ''),
    ]);
    expect(diff).toContain(
      '--- /dev/null\n+++ b/new.conf\n@@ -0,0 +1,1 @@\n+one\n--- a/a.conf\n+++ b/a.conf\n',
    );
  });

  it('is empty when nothing changes', () => {
    expect(unifiedDiff(files, [replace('a.conf', text, 'line 1', 'line 1')])).toBe('');
    expect(unifiedDiff(files, [])).toBe('');
  });

  it.each([
    ['LF', 'one\ntwo\nthree\n'],
    ['CR LF', 'one\r\ntwo\r\nthree\r\n'],
    ['no line feed at the end', 'one\ntwo\nthree'],
  ])('is what git applies: %s', (_name, source) => {
    const directory = mkdtempSync(join(tmpdir(), 'ops-diff-'));
    try {
      const edits = [replace('a.conf', source, 'three', 'drei'), replace('a.conf', source, 'one', 'eins')];
      const diff = unifiedDiff(filesOf(new Map([['a.conf', source]])), edits);
      writeFileSync(join(directory, 'a.conf'), source);
      execFileSync('git', ['apply', '-'], { cwd: directory, input: diff });
      expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe(applyEdits(source, edits));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is masked without its headers', () => {
    const source = 'PASSWORD: hunter2\nworkers: 1\n';
    const named = filesOf(new Map([['token: x.yml', source]]));
    const diff = maskDiff(unifiedDiff(named, [replace('token: x.yml', source, '1', '4')]));
    expect(diff).toContain('a/token: x.yml');
    expect(diff).toContain(' PASSWORD: ****\n-workers: 1\n+workers: 4\n');
  });
});

describe('the lines of a diff', () => {
  it('are told apart by the lengths of the hunks', () => {
    const sql = '-- a comment\n++ b\nkept\n';
    const diff = unifiedDiff(filesOf(new Map([['x.sql', sql]])), [
      { path: 'x.sql', start: 0, end: sql.indexOf('kept'), text: '' },
    ]);
    expect(diffLines(diff).map(({ kind }) => kind)).toEqual([
      'file',
      'file',
      'hunk',
      'removed',
      'removed',
      'context',
    ]);
  });

  it('know the note of a file without line feed at its end', () => {
    const source = 'a';
    const diff = unifiedDiff(filesOf(new Map([['x', source]])), [{ path: 'x', start: 0, end: 1, text: 'b' }]);
    expect(diffLines(diff).map(({ kind }) => kind)).toEqual([
      'file',
      'file',
      'hunk',
      'removed',
      'note',
      'added',
      'note',
    ]);
  });
});
