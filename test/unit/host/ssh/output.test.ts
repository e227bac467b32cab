import { describe, expect, test } from 'vitest';
import { LineSplitter, MarkerFilter, TailBuffer } from '../../../../src/host/ssh/output.ts';

function lines(...chunks: (string | Buffer)[]): string[] {
  const found: string[] = [];
  const splitter = new LineSplitter((text) => found.push(text));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as string));
  splitter.end();
  return found;
}

describe('LineSplitter', () => {
  const euro = Buffer.from('€');
  test.each([
    { name: 'whole lines', chunks: ['a\nb\n'], expected: ['a', 'b'] },
    { name: 'a line in pieces', chunks: ['a', 'b', 'c\nd'], expected: ['abc', 'd'] },
    { name: 'empty lines are lines', chunks: ['\n\na\n'], expected: ['', '', 'a'] },
    { name: 'Windows line ends', chunks: ['a\r', '\nb\r\n'], expected: ['a', 'b'] },
    {
      name: 'a character in pieces',
      chunks: [euro.subarray(0, 1), euro.subarray(1, 2), euro.subarray(2)],
      expected: ['€'],
    },
    { name: 'nothing', chunks: [], expected: [] },
  ])('$name', ({ chunks, expected }) => expect(lines(...chunks)).toEqual(expected));

  test('output without a line end is handed on in pieces', () => {
    const found = lines(...Array.from({ length: 10 }, () => 'x'.repeat(100_000)));
    expect(found.length).toBeGreaterThan(1);
    expect(found.join('')).toBe('x'.repeat(1_000_000));
  });
});

describe('TailBuffer', () => {
  test('keeps everything up to its size', () => {
    const tail = new TailBuffer(6);
    for (const part of ['ab', 'cd', 'ef']) tail.push(Buffer.from(part));
    expect([tail.toString(), tail.truncated]).toEqual(['abcdef', false]);
  });

  test('keeps the end', () => {
    const tail = new TailBuffer(4);
    for (const part of ['ab', 'cd', 'ef']) tail.push(Buffer.from(part));
    expect([tail.toString(), tail.truncated]).toEqual(['cdef', true]);
  });

  test('leaves a cut character out', () => {
    const tail = new TailBuffer(4);
    tail.push(Buffer.from('€€'));
    expect(tail.toString()).toBe('€');
  });

  test('keeps the end of far more than it holds, in chunks of any size', () => {
    const tail = new TailBuffer(100_000);
    let expected = '';
    for (let i = 0; i < 3_000; i++) {
      const part = `${i},`.repeat((i % 50) + 1);
      tail.push(Buffer.from(part));
      expected = (expected + part).slice(-100_000);
    }
    tail.push(Buffer.from('y'.repeat(70_000)));
    expect(tail.toString()).toBe((expected + 'y'.repeat(70_000)).slice(-100_000));
    expect(tail.truncated).toBe(true);
  });
});

describe('MarkerFilter', () => {
  const filter = () => {
    const starts: string[] = [];
    const instance = new MarkerFilter('ops-1', (rest) => starts.push(rest));
    const push = (text: string) => instance.push(Buffer.from(text))?.toString();
    return { instance, push, starts };
  };

  test('drops what came before the marker, whatever the chunks', () => {
    const { push, starts } = filter();
    expect(push('welcome\nops')).toBeUndefined();
    expect(push('-1 42')).toBeUndefined();
    expect(push('\nout')).toBe('out');
    expect(push('put ops-1 7\n')).toBe('put ops-1 7\n');
    expect(starts).toEqual(['42']);
  });

  test('a marker behind noise without a line end', () => {
    const { push, starts } = filter();
    expect(push('noise ops-1 42\nx')).toBe('x');
    expect(starts).toEqual(['42']);
  });

  test('keeps only the end of endless noise', () => {
    const { instance, push } = filter();
    for (let i = 0; i < 50; i++) push('n'.repeat(10_000));
    expect(instance.started).toBe(false);
    expect(instance.noise.length).toBeLessThanOrEqual(64 * 1024);
  });
});
