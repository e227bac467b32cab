import { describe, expect, it } from 'vitest';
import { directives } from '../../../../src/readers/nginx/flat.ts';

describe('directives', () => {
  it.each([
    ['a b c;', [{ name: 'a', args: ['b', 'c'] }]],
    [
      'a { b c; }',
      [
        { name: 'a', args: [] },
        { name: 'b', args: ['c'] },
      ],
    ],
    ['a "b; {c}" \'d\';', [{ name: 'a', args: ['b; {c}', 'd'] }]],
    ['a "say \\"hi\\"";', [{ name: 'a', args: ['say "hi"'] }]],
    ['# a b;\nc d; # e;\n', [{ name: 'c', args: ['d'] }]],
    ['return 200 ${x}y;', [{ name: 'return', args: ['200', '${x}y'] }]],
    ["add_header X 'it''s';", [{ name: 'add_header', args: ['X', 'it', 's'] }]],
    ['unfinished', [{ name: 'unfinished', args: [] }]],
    [
      '"unterminated ; a b;',
      [
        { name: '"unterminated', args: [] },
        { name: 'a', args: ['b'] },
      ],
    ],
    ['', []],
  ])('%s', (text, expected) => {
    expect(directives(text)).toEqual(expected);
  });

  it('takes linear time for hostile text', () => {
    const began = performance.now();
    directives('"'.repeat(100_001));
    directives('\\'.repeat(100_001));
    directives("a'".repeat(50_000));
    directives('${'.repeat(50_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
