import { describe, expect, it } from 'vitest';
import { isOfficialNginx, roleOf, roleOfImage } from '../../../src/stack/roles.ts';

describe('what an image is for', () => {
  it.each([
    ['nginx', 'proxy'],
    ['nginx:1.27-alpine', 'proxy'],
    ['docker.io/library/nginx@sha256:abc', 'proxy'],
    ['nginxinc/nginx-unprivileged:stable', 'proxy'],
    ['nginxproxy/nginx-proxy:alpine', 'other-proxy'],
    ['traefik:v3.1', 'other-proxy'],
    ['registry.example.com:5000/team/postgres:16', 'postgres'],
    ['postgis/postgis:16-3.4', 'postgres'],
    ['timescale/timescaledb-ha:pg16', 'postgres'],
    ['edoburu/pgbouncer', 'pgbouncer'],
    ['mariadb:11', 'database'],
    ['redis:7', 'cache'],
    ['redislabs/redismod', 'cache'],
    ['rabbitmq:3-management', 'queue'],
    ['prom/node-exporter', undefined],
    ['nginx-exporter', undefined],
    ['my-nginx-app', undefined],
  ])('%s: %s', (image, expected) => {
    expect(roleOfImage(image)).toBe(expected);
  });
});

describe('what a service is for', () => {
  it('one that is built is what its base image is', () => {
    expect(roleOf({ image: 'me/redis', baseImage: 'nginx:1.27', words: [], builds: true })).toBe('proxy');
    expect(roleOf({ image: 'me/redis', baseImage: 'python:3.12', words: [], builds: true })).toBe('app');
  });

  it('one that takes jobs is a worker, by its program', () => {
    expect(roleOf({ image: 'me/app', words: ['celery', '-A', 'app', 'worker'], builds: false })).toBe(
      'worker',
    );
    expect(roleOf({ words: ['python', '-m', 'arq', 'worker'], builds: true })).toBe('worker');
  });

  it.each(['run_huey', 'qcluster', 'rqworker'])(
    'one that takes jobs by a command of Django: %s',
    (command) => {
      expect(roleOf({ words: ['python', '/app/manage.py', command], builds: true })).toBe('worker');
      expect(roleOf({ words: ['python', '/app/manage.py', 'runserver'], builds: true })).toBe('app');
    },
  );

  it('an image that says nothing, and no server seen', () => {
    expect(roleOf({ image: 'prom/prometheus', words: [], builds: false })).toBe('other');
  });
});

it.each([
  ['nginx', true],
  ['nginx:1.27-alpine', true],
  ['docker.io/library/nginx@sha256:abc', true],
  ['nginxinc/nginx-unprivileged:stable', true],
  ['registry.example.com/our/nginx:1', false],
  ['our/nginx', false],
  ['nginx-proxy', false],
])('%s: the official nginx: %s', (image, expected) => {
  expect(isOfficialNginx(image)).toBe(expected);
});
