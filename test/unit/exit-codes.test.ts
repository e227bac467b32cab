import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bySeverity, exitCodes, mostSevere } from '../../src/exit-codes.ts';

it('every failure has its place in the order of severity', () => {
  expect([...bySeverity].sort()).toEqual(
    Object.keys(exitCodes)
      .filter((reason) => reason !== 'ok')
      .sort(),
  );
});

it('the order is the documented one', () => {
  const page = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
  expect(page).toContain('6, 70, 5, 4, 130, 7, 3, 2, 1, in this order.');
  expect(bySeverity.map((reason) => exitCodes[reason].code)).toEqual([6, 70, 5, 4, 130, 7, 3, 2, 1]);
});

it.each([
  { reasons: [], worst: undefined },
  { reasons: ['ok'], worst: undefined },
  { reasons: ['ok', 'usage', 'connection'], worst: 'connection' },
  { reasons: ['interrupted', 'rolledBack', 'unchanged'], worst: 'rolledBack' },
] as const)('of $reasons the worst is $worst', ({ reasons, worst }) => {
  expect(mostSevere(reasons)).toBe(worst);
});
