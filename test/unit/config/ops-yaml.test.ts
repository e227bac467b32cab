import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { ConfigError, problemLine } from '../../../src/config/problem.ts';
import { badYaml } from './bad-yaml.ts';
import { memoryFiles } from './memory-files.ts';

async function problemsOf(yaml: string): Promise<readonly string[]> {
  const files = memoryFiles({ '/shop/.git/HEAD': '', '/shop/ops.yaml': yaml });
  const error: unknown = await loadConfig({ cwd: '/shop', env: {}, flags: {}, files }).catch(
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).problems.map(problemLine);
}

describe('a wrong ops.yaml', () => {
  test.each(Object.entries(badYaml))('%s', async (_name, { yaml, says }) => {
    expect(await problemsOf(yaml)).toEqual(says);
  });

  test('that is another file altogether is not told key by key', async () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `key${index}: 1\n`).join('');
    const few = await problemsOf(`hosts: web1\n${keys(20)}`);
    const many = await problemsOf(`hosts: web1\n${keys(25)}`);
    expect(few).toHaveLength(20);
    expect(many.slice(0, 19)).toEqual(few.slice(0, 19));
    expect(many.slice(19)).toEqual([`${few[19]}; and 5 more unknown keys`]);
  });
});
