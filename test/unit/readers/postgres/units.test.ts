import { describe, expect, it } from 'vitest';
import { defaultsOf, needsRestart } from '../../../../src/readers/postgres/defaults.ts';
import { parsePgSize, settingBytes } from '../../../../src/readers/postgres/units.ts';

describe('sizes', () => {
  it.each([
    ['256MB', undefined, 256 * 1024 ** 2],
    ['1.5GB', undefined, 1.5 * 1024 ** 3],
    ['7864kB', undefined, 7864 * 1024],
    ['16384', '8kB', 128 * 1024 ** 2],
    ['4096', 'kB', 4 * 1024 ** 2],
    ['4096', 1024, 4 * 1024 ** 2],
    [' 8 MB ', undefined, 8 * 1024 ** 2],
    ['8mb', undefined, undefined],
    ['-1', 'kB', undefined],
    ['off', 'kB', undefined],
    ['5', 'widgets', undefined],
  ])('%j in %j: %j', (text, unit, bytes) => {
    expect(parsePgSize(text, unit)).toBe(bytes);
  });

  it.each([
    ['shared_buffers', '32768', 256 * 1024 ** 2],
    ['work_mem', '4096', 4 * 1024 ** 2],
    ['max_wal_size', '1024', 1024 ** 3],
  ])('a bare number of %s counts its unit', (name, value, bytes) => {
    expect(settingBytes(name, value)).toBe(bytes);
  });
});

describe('defaults', () => {
  it.each([
    [13, 'checkpoint_completion_target', '0.5'],
    [14, 'checkpoint_completion_target', '0.9'],
    [17, 'effective_io_concurrency', '1'],
    [18, 'effective_io_concurrency', '16'],
    [18, 'io_method', 'worker'],
    [17, 'io_method', undefined],
    [14, 'hash_mem_multiplier', '1'],
    [15, 'hash_mem_multiplier', '2'],
  ])('of %d: %s is %s', (version, name, value) => {
    expect(defaultsOf(version).get(name)).toBe(value);
  });

  it('tells what needs a restart', () => {
    expect(needsRestart('shared_buffers')).toBe(true);
    expect(needsRestart('work_mem')).toBe(false);
  });
});
