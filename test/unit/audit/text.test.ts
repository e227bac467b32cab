import { describe, expect, it } from 'vitest';
import { count, cut, harmless, oneLine } from '../../../src/audit/text.ts';
import { nasty } from './sample-report.ts';

describe('text that is shown', () => {
  it('shows controls as pictures, and drives nothing', () => {
    expect(harmless(nasty.terminal)).toBe('␛[2J␛]0;title␇');
    expect(harmless('a\r\nb\tc\rd')).toBe('a\nb\tc␍d');
    expect(harmless('\u007F\u0085\u2028\u2066\uFEFF')).toBe('␡\uFFFD\uFFFD\uFFFD\uFFFD');
    expect(harmless('\uD83D')).toBe('\uFFFD');
    expect(harmless('größer 日本語 😀')).toBe('größer 日本語 😀');
  });

  it('fits on one line', () => {
    expect(oneLine(' a\r\n\tb  c ')).toBe('a b c');
  });

  it('is cut between characters', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('ab…');
    expect(cut('a😀b', 3)).toBe('a…');
  });

  it('counts things', () => {
    expect([count(1, 'worker'), count(0, 'worker'), count(1_200, 'process', 'processes')]).toEqual([
      '1 worker',
      '0 workers',
      '1,200 processes',
    ]);
  });
});
