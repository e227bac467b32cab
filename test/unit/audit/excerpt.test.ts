import { describe, expect, it } from 'vitest';
import { sourceLocation } from '../../../src/audit/excerpt.ts';

function spanOf(
  text: string,
  words: string,
  path = 'compose.yaml',
): { path: string; start: number; end: number } {
  const start = text.indexOf(words);
  if (start === -1) throw new Error(`no ${words}`);
  return { path, start, end: start + words.length };
}

/** What the mark of a line covers. */
function meant({
  text,
  mark,
}: {
  text: string;
  mark?: { start: number; length: number };
}): string | undefined {
  return mark && text.slice(mark.start, mark.start + mark.length);
}

const compose =
  'services:\n  web:\n    image: nginx:latest\n    restart: always\n  db:\n    image: postgres\n';

describe('the place of a span', () => {
  it('has its lines, its columns and two lines around', () => {
    const place = sourceLocation(compose, spanOf(compose, 'nginx:latest'));
    expect(place).toMatchObject({ path: 'compose.yaml', line: 3, column: 12, endLine: 3, endColumn: 24 });
    expect(place.excerpt.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
    expect(place.excerpt.map(meant)).toEqual([undefined, undefined, 'nginx:latest', undefined, undefined]);
  });

  it('ends where the words end, not behind the line feeds of a block', () => {
    const block = '  web:\n    image: nginx:latest\n    restart: always\n';
    const place = sourceLocation(compose, spanOf(compose, block));
    expect(place).toMatchObject({ line: 2, endLine: 4, endColumn: 20 });
    expect(place.excerpt.map(meant)).toEqual([
      undefined,
      '  web:',
      'image: nginx:latest',
      'restart: always',
      undefined,
      undefined,
    ]);
  });

  it('marks only the first line of a long span', () => {
    const text = Array.from({ length: 50 }, (_, index) => `line ${index + 1}`).join('\n');
    const place = sourceLocation(text, { path: 'a', start: 0, end: text.length });
    expect(place.endLine).toBe(50);
    expect(place.excerpt.map(meant)).toEqual(['line 1', undefined, undefined]);
  });

  it.each(['\n', '\r\n', '\r'])('counts lines that end with %j', (end) => {
    const text = ['one', 'two', 'three', 'four', 'five', 'six', ''].join(end);
    const { excerpt } = sourceLocation(text, spanOf(text, 'four'));
    expect(excerpt.map(({ line, text: shown }) => `${line} ${shown}`)).toEqual([
      '2 two',
      '3 three',
      '4 four',
      '5 five',
      '6 six',
    ]);
  });

  it('points at an empty span, at the end of the file too, and in an empty file', () => {
    const inside = sourceLocation('ab\n', { path: 'a', start: 1, end: 1 });
    expect(inside.excerpt).toEqual([{ line: 1, text: 'ab', mark: { start: 1, length: 1 } }]);
    const end = sourceLocation('ab\n', { path: 'a', start: 3, end: 3 });
    expect(end).toMatchObject({ line: 2, column: 1 });
    expect(end.excerpt.at(-1)).toEqual({ line: 2, text: '', mark: { start: 0, length: 1 } });
    expect(sourceLocation('', { path: 'a', start: 0, end: 0 }).excerpt).toEqual([
      { line: 1, text: '', mark: { start: 0, length: 1 } },
    ]);
  });
});

describe('a line that is shown', () => {
  it('has its tabs expanded, and the mark moves along', () => {
    const [line] = sourceLocation('\ta\tserver backend;', spanOf('\ta\tserver backend;', 'backend')).excerpt;
    expect(line?.text).toBe('    a   server backend;');
    expect(line && meant(line)).toBe('backend');
  });

  it('shows control characters and marks that reorder text, and sends none', () => {
    const text = 'a\u001B[2J\u0000b\u009Bc\u202Ed';
    expect(sourceLocation(text, { path: 'a', start: 0, end: 1 }).excerpt[0]?.text).toBe(
      'a␛[2J␀b\uFFFDc\uFFFDd',
    );
  });

  it('is cut around what is meant when it is very long', () => {
    const text = `${'x'.repeat(5_000)}HERE${'y'.repeat(5_000)}`;
    const [line] = sourceLocation(text, spanOf(text, 'HERE')).excerpt;
    expect(line?.text.length).toBeLessThan(170);
    expect(line?.text).toMatch(/^…x+HEREy+…$/);
    expect(line && meant(line)).toBe('HERE');
    const [whole] = sourceLocation(text, { path: 'a', start: 0, end: text.length }).excerpt;
    expect(whole?.mark).toEqual({ start: 0, length: 160 });
  });

  it('never cuts a character in two', () => {
    const text = `x${'😀'.repeat(300)}`;
    expect(sourceLocation(text, { path: 'a', start: 0, end: 1 }).excerpt[0]?.text.isWellFormed()).toBe(true);
  });

  it('masks secrets, also around the line that is meant, and the mark moves along', () => {
    const text = 'environment:\n  DB_PASSWORD: hunter2\n  URL: postgres://shop:hunter2@db/shop\n  A: b\n';
    const { excerpt } = sourceLocation(text, spanOf(text, 'db/shop'));
    expect(excerpt.map((line) => line.text).join('\n')).not.toContain('hunter2');
    expect(excerpt.map(meant)).toContain('db/shop');
  });
});
