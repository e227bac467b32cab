import { describe, expect, it } from 'vitest';
import { buildKey, configHash, keptTag, releaseId, repository } from '../../../src/deploy/naming.ts';
import { withTag } from '../../../src/facts/images.ts';
import { compose, service, services } from './stack.ts';

it('names a release by second and commit', () => {
  const id = releaseId(new Date('2026-11-23T15:50:01.999Z'), '1a2b3c4d5e');
  expect(id).toBe('20261123T155001-1a2b3c4');
  expect(id < releaseId(new Date('2026-11-23T15:50:02Z'), '0000000')).toBe(true);
});

it.each([
  ['shop-backend', 'shop-backend', 'shop-backend:latest'],
  ['shop-backend:latest', 'shop-backend', 'shop-backend:latest'],
  ['registry:5000/shop/backend', 'registry:5000/shop/backend', 'registry:5000/shop/backend:latest'],
  ['registry:5000/shop/backend:2.1', 'registry:5000/shop/backend', 'registry:5000/shop/backend:2.1'],
  ['nginx@sha256:abc', 'nginx', 'nginx@sha256:abc'],
  ['nginx:1@sha256:abc', 'nginx', 'nginx:1@sha256:abc'],
])('%s', (image, bare, tagged) => {
  expect(repository(image)).toBe(bare);
  expect(withTag(image)).toBe(tagged);
  expect(keptTag(image, 'R')).toBe(`${bare}:ops-R`);
});

describe('the build key', () => {
  const build = { context: '/srv/app', args: { A: '1' } };
  const key = (changed: object = {}, args = {}) =>
    buildKey(compose({ ...services, backend: { ...services.backend, build, ...changed } }), args);

  it.each([
    ['another build section', { build: { ...build, target: 'prod' } }, {}],
    ['another image name', { image: 'other' }, {}],
    ['arguments', {}, { VERSION: '2' }],
  ])('changes with %s', (_, changed, args) => {
    expect(key(changed, args)).not.toBe(key());
  });

  it('does not change with what runs, or with the order of the services', () => {
    expect(key({ replicas: 3, hash: 'x' })).toBe(key());
    const one = service('one');
    const two = service('two');
    expect(buildKey(compose({ one, two }), {})).toBe(buildKey(compose({ two, one }), {}));
    expect(key()).toMatch(/^[0-9a-f]{16}$/);
  });
});

it('tells configurations of a proxy apart', () => {
  expect(configHash('a')).toBe(configHash('a'));
  expect(configHash('a')).not.toBe(configHash('b'));
});
