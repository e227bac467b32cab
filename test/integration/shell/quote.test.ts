import { describe, expect, it } from 'vitest';
import { composeFlags } from '../../../src/shell/compose.ts';
import { quote, words } from '../../../src/shell/quote.ts';
import { sh, shells } from './sh.ts';

const pieces = [
  ...`'"\`$\\!*?[]{}()<>|&;#~=%^@:,./- \t\n\r`.split(''),
  "'\\''",
  '$(id)',
  '${HOME}',
  '$$',
  '\\n',
  '\u0001',
  '\u001b[31m',
  'é',
  '漢',
  '🚀',
  '\u2028',
  'abc',
  '-rf',
  '',
];

/** The same numbers in each run: a failure can be seen again. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state;
  }
}

function randomTexts(count: number, seed: number): string[] {
  const source = numbers(seed);
  return Array.from({ length: count }, () =>
    Array.from(
      { length: source.next().value % 12 },
      () => pieces[(source.next().value >>> 8) % pieces.length],
    ).join(''),
  );
}

describe.each(shells)('%s gives back what was quoted', (...shell) => {
  const list = (script: string): string[] => {
    const { code, stdout, stderr } = sh(script, {}, shell);
    if (code !== 0) throw new Error(stderr);
    return stdout.split('\u0003').slice(0, -1);
  };
  const print = `show() { for word in "$@"; do printf '%s\\003' "$word"; done; }\n`;

  it('any text, as one word', () => {
    const texts = [...pieces, ...randomTexts(2000, 1)];
    expect(list(`${print}show ${texts.map(quote).join(' ')}`)).toEqual(texts);
  });

  it('words in words: a script in a script in a script', () => {
    const texts = randomTexts(100, 2);
    const inner = `${print}show ${words(...texts)}`;
    const program = words(...shell);
    expect(list(`${program} -c ${quote(`${program} -c ${quote(inner)}`)}`)).toEqual(texts);
  });

  it('flags of Compose', () => {
    const odd = "it's $(a) file.yml";
    expect(
      list(
        `${print}show ${composeFlags({ files: [odd], project: 'p', profiles: ['a b'], envFiles: ['.env'] })}`,
      ),
    ).toEqual(['-f', odd, '-p', 'p', '--profile', 'a b', '--env-file', '.env']);
  });
});
