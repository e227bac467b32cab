import { describe, expect, it } from 'vitest';
import { lockProblems, type LockedPackage } from '../../../scripts/lock-file.ts';

const good: LockedPackage = { version: '1.2.3', integrity: `sha512-${'A'.repeat(86)}==` };
const problems = (entry: LockedPackage, own: LockedPackage = {}) =>
  lockProblems({ lockfileVersion: 3, packages: { '': own, 'node_modules/a': entry } });

it('packages of the registry with a hash are right', () => {
  expect(problems(good, { dependencies: { a: '^1.0.0', b: '1.x || >=2', c: 'npm:@x/c@^1' } })).toEqual([]);
  expect(problems({ ...good, resolved: 'https://registry.npmjs.org/a/-/a-1.2.3.tgz' })).toEqual([]);
});

describe('refused', () => {
  it.each<[string, LockedPackage]>([
    ['no hash', { version: '1.2.3' }],
    ['a weak hash', { ...good, integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }],
    ['another server', { ...good, resolved: 'https://registry.npmjs.org.evil.example/a.tgz' }],
    ['plain HTTP', { ...good, resolved: 'http://registry.npmjs.org/a.tgz' }],
    ['git', { ...good, resolved: 'git+ssh://git@github.com/x/a.git#abc' }],
    ['a link', { ...good, link: true }],
    ['no version', { ...good, version: 'git+https://x' }],
    ['what it asks for itself', { ...good, dependencies: { b: 'github:x/b' } }],
  ])('%s', (_, entry) => {
    expect(problems(entry)).toHaveLength(1);
  });

  it.each(['git+https://x/y.git', 'https://x/y.tgz', 'file:../y', 'x/y', 'npm:y@file:../z'])(
    '%s',
    (range) => {
      expect(problems(good, { dependencies: { a: range } })).toHaveLength(1);
    },
  );
});
