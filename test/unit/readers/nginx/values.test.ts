import { describe, expect, it } from 'vitest';
import { nginxDuration, nginxSize, versionAtLeast } from '../../../../src/readers/nginx/values.ts';

describe('values of nginx', () => {
  it.each([
    ['60', 60_000],
    ['300s', 300_000],
    ['1m30s', 90_000],
    ['1h 30m', 5_400_000],
    ['500ms', 500],
    ['1d', 86_400_000],
    ['1M', 2_592_000_000],
    ['0', 0],
    ['', undefined],
    ['off', undefined],
    ['10x', undefined],
    ['-1s', undefined],
    ['$timeout', undefined],
  ])('%s is %s ms', (text, expected) => {
    expect(nginxDuration(text)).toBe(expected);
  });

  it.each([
    ['512', 512],
    ['8k', 8192],
    ['10M', 10_485_760],
    ['1g', 1_073_741_824],
    ['', undefined],
    ['10mb', undefined],
  ])('%s is %s bytes', (text, expected) => {
    expect(nginxSize(text)).toBe(expected);
  });

  it.each([
    ['1.29.7', '1.29.7', true],
    ['1.29.6', '1.29.7', false],
    ['1.30', '1.29.7', true],
    ['1.27', '1.29.7', false],
    ['1.29', '1.29.7', undefined],
    ['2', '1.29.7', true],
    [undefined, '1.29.7', undefined],
    ['latest', '1.29.7', undefined],
  ])('%s is at least %s: %s', (version, wanted, expected) => {
    expect(versionAtLeast(version, wanted)).toBe(expected);
  });
});
