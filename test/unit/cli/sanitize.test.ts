import { describe, expect, it } from 'vitest';
import { sanitize, sanitizeLine, sanitizeReport } from '../../../src/cli/sanitize.ts';

const esc = '\u001B';

describe('sanitize', () => {
  it.each([
    { what: 'plain text', given: 'Grüße, 世界 ✔', wanted: 'Grüße, 世界 ✔' },
    { what: 'colours', given: `${esc}[1;31mred${esc}[0m`, wanted: 'red' },
    { what: 'cursor movement and erasing', given: `a${esc}[2J${esc}[Hb${esc}[?25lc`, wanted: 'abc' },
    { what: 'a title with BEL', given: `a${esc}]0;owned\u0007b`, wanted: 'ab' },
    { what: 'a title with ST', given: `a${esc}]0;owned${esc}\\b`, wanted: 'ab' },
    { what: 'a hyperlink', given: `${esc}]8;;http://x${esc}\\text${esc}]8;;${esc}\\`, wanted: 'text' },
    { what: 'a string that is never ended', given: `a${esc}]52;c;ZXZpbA==`, wanted: 'a' },
    { what: 'an unended string on one line of two', given: `a${esc}]0;x\nb`, wanted: 'a\nb' },
    { what: 'DCS', given: `a${esc}P1$r0m${esc}\\b`, wanted: 'ab' },
    { what: 'C1 forms', given: 'a\u009B2Jb\u009D0;x\u009Cc', wanted: 'abc' },
    { what: 'reset and character sets', given: `a${esc}cb${esc}(0c`, wanted: 'abc' },
    { what: 'a lone escape', given: `a${esc}`, wanted: 'a' },
    { what: 'NUL, backspace, BEL, DEL', given: 'a\u0000b\u0008c\u0007d\u007Fe', wanted: 'abcde' },
    { what: 'direction marks', given: 'a\u202Eb\u2066c\u200Fd', wanted: 'abcd' },
    { what: 'line feeds and tabs stay', given: 'a\n\tb', wanted: 'a\n\tb' },
    { what: 'Windows line ends', given: 'a\r\nb\r\n', wanted: 'a\nb\n' },
    { what: 'a progress bar', given: ' 10%\r 50%\r100%', wanted: '100%' },
    { what: 'a progress bar that ends with CR', given: '10%\r100%\r', wanted: '100%' },
  ])('$what', ({ given, wanted }) => {
    expect(sanitize(given)).toBe(wanted);
  });

  it('takes time in proportion to a hostile input', () => {
    const started = performance.now();
    sanitize(`${esc}]`.repeat(50_000));
    sanitize(`${esc}[`.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

it('sanitizeLine makes one line', () => {
  expect(sanitizeLine('a\nb\tc  ')).toBe('a b  c');
});

it('sanitizeReport keeps colours and nothing else', () => {
  expect(sanitizeReport(`${esc}[32mok${esc}[39m${esc}[2J${esc}]0;x\u0007\n${esc}[1;2Hb`)).toBe(
    `${esc}[32mok${esc}[39m\nb`,
  );
});
