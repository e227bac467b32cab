import { expect, it } from 'vitest';
import { nearest } from '../../../src/config/nearest.ts';
import { readOpsYaml } from '../../../src/config/ops-yaml.ts';
import { ConfigError } from '../../../src/config/problem.ts';
import { readDotenv } from '../../../src/config/variables.ts';

it('a variable with a name of any length and kind is told with its line', () => {
  const name = `OPS_${'X'.repeat(100_000)}`;
  const { problems } = readDotenv(`OPS_HOST=web1\nexport  ${name} = 1\nOPS_A.B-C=2\n`, '.env', '/shop');
  expect(problems.map(({ line }) => line)).toEqual([2, 3]);
  expect(readDotenv('OPS_PORT: 99999999\n', '.env', '/shop').problems).toMatchObject([{ line: 1 }]);
});

it('a key that every object has is unknown, like any other', () => {
  const { problems } = readOpsYaml('constructor: 1\ntoString: 2\n', 'ops.yaml', '/shop');
  expect(problems.map(({ line, text }) => `${line}: ${text}`)).toEqual([
    expect.stringMatching(/^1: unknown key "constructor"; valid keys here: /),
    expect.stringMatching(/^2: unknown key "toString"; valid keys here: /),
  ]);
});

it('a word that is far longer than all others is near none', () => {
  expect(nearest('branch'.repeat(100_000), ['branch', 'remote'])).toBeUndefined();
  expect(nearest('brnch', ['branch', 'remote'])).toBe('branch');
});

it('of more problems than anybody reads, the first hundred are told', () => {
  const problems = Array.from({ length: 150 }, (_, index) => ({
    where: 'ops.yaml',
    text: `problem ${index}`,
  }));
  const { message, problems: all } = new ConfigError(problems);
  expect(message.split('\n')).toHaveLength(102);
  expect(message).toMatch(/150 problems:[^]*problem 99\n… and 50 more$/);
  expect(all).toHaveLength(150);
  expect(new ConfigError(problems.slice(0, 100)).message.split('\n')).toHaveLength(101);
});
