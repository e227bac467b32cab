import { readFileSync } from 'node:fs';
import { assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pgtune, type PgtuneInput } from '../../../src/tune/pgtune.ts';

interface Case {
  name: string;
  input: Omit<PgtuneInput, 'memoryKb'> & { memoryMb: number };
  expected: Record<string, string>;
  /** The settings are these and no others. */
  exactly?: boolean;
  absent?: string[];
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/tune/pgtune.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

function settings(input: PgtuneInput): Record<string, string> {
  return Object.fromEntries(pgtune(input).map(({ name, value }) => [name, value]));
}

function pick(values: Record<string, string>, names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

describe('the numbers of pgtune', () => {
  it.each(cases)('$name', ({ input: { memoryMb, ...input }, expected, exactly, absent = [] }) => {
    const values = settings({ ...input, memoryKb: memoryMb * 1024 });
    expect(exactly === true ? values : pick(values, Object.keys(expected))).toEqual(expected);
    for (const name of absent) expect(values).not.toHaveProperty(name);
  });

  it('shows the arithmetic', () => {
    const input = {
      version: 17,
      workload: 'web',
      memoryKb: 1024 * 1024,
      connections: 100,
      disk: 'ssd',
    } as const;
    const formulas = Object.fromEntries(pgtune(input).map(({ name, formula }) => [name, formula]));
    expect(formulas['work_mem']).toBe('(1GB − 256MB) / ((100 + 8) × 3) = 2427 kB, at least 4MB');
    expect(formulas['shared_buffers']).toBe('1GB of memory / 4');
  });

  it('never proposes io_uring, and sizes are whole kB above 0', () => {
    assert(
      property(
        record({
          version: integer({ min: 10, max: 18 }),
          workload: constantFrom(
            'web' as const,
            'oltp' as const,
            'dw' as const,
            'desktop' as const,
            'mixed' as const,
          ),
          memoryKb: integer({ min: 32 * 1024, max: 2 ** 31 }),
          cpus: integer({ min: 1, max: 256 }),
          connections: integer({ min: 1, max: 5000 }),
          disk: constantFrom('ssd' as const, 'nvme' as const, 'hdd' as const, 'san' as const),
          formula: constantFrom('pgtune' as const, 'classic' as const),
        }),
        (input) => {
          const settings = pgtune(input);
          expect(settings.filter(({ value }) => value.includes('io_uring'))).toEqual([]);
          expect(settings.filter(({ amount = 1 }) => amount <= 0)).toEqual([]);
          const sizes = settings.filter(({ value }) => /\d(kB|MB|GB)$/.test(value));
          expect(sizes.filter(({ amount }) => !Number.isInteger(amount))).toEqual([]);
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });
});
