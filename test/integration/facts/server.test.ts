import { afterAll, describe, expect, it } from 'vitest';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessLog } from '../../../src/facts/access-log.ts';
import { git } from '../../../src/facts/git.ts';
import { listing } from '../../../src/facts/listing.ts';
import { nginx } from '../../../src/facts/nginx.ts';
import { proxy } from '../../../src/facts/proxy.ts';
import { system } from '../../../src/facts/system.ts';
import { fakeDocker, removeTemporary, repositories, sh, shells, shOk, temporary } from '../shell/sh.ts';

afterAll(removeTemporary);

const id = (letter: string): string => letter.repeat(64);
const mark = '@ops-n@';
const scope = { appDir: '/', composeFlags: '', remote: 'origin', branch: 'main' };

interface Running {
  service: string;
  /** What `docker inspect` says: image, path, `nginx` where an argument is that, `published`. */
  says: string;
  stopped?: true;
  process?: string;
  mounts?: string;
}

/** The proxy that is found among containers, each with its own letter. */
function found(containers: readonly Running[], name?: string, shell?: readonly string[]) {
  const letters = containers.map((_, index) => String.fromCodePoint(97 + index));
  const lines = containers.map(
    ({ service, says, stopped, mounts }, index) =>
      `${id(letters[index] ?? '')} ${service} ${stopped === true ? 'false' : 'true'} ${says}${mounts ?? ''}`,
  );
  const tops = containers.map(
    ({ process }, index) =>
      `top\\ ${id(letters[index] ?? '')}*) echo 'PID COMMAND'; echo '1 ${process ?? 'x'}' ;;`,
  );
  const env = fakeDocker(
    [
      'case "$*" in',
      `*ps\\ --all\\ --quiet*) echo ids ;;`,
      `inspect*) cat <<'END'\n${lines.map((line) => `${mark}w ${line}`).join('\n')}\nEND\n;;`,
      ...tops,
      `exec*) echo writable; echo config; echo 'http {}' ;;`,
      'esac',
    ].join('\n'),
  );
  const script = [
    `dc='docker compose'`,
    listing(scope, { json: '', words: '' }, mark),
    proxy.script({ ...scope, ...(name === undefined ? {} : { proxy: name }) }),
  ].join('\n');
  const fact = proxy.parse({ ...sh(script, env, shell), code: 0 });
  return fact.state === 'ok' ? fact.service : undefined;
}

const app: Running = { service: 'app', says: 'shop-app /usr/bin/python3', process: 'gunicorn' };
const exporter: Running = {
  service: 'exporter',
  says: 'nginx/nginx-prometheus-exporter:1 /usr/bin/nginx-prometheus-exporter published',
  process: 'nginx-prometheus-exporter',
};

describe.each(shells)('the proxy, in %s', (...shell) => {
  it.each<{ title: string; containers: Running[]; name?: string; expected: string | undefined }>([
    {
      title: 'the official image',
      containers: [app, { service: 'web', says: 'nginx:1.26 /docker-entrypoint.sh nginx published' }],
      expected: 'web',
    },
    {
      title: 'an image of the project on top of it',
      containers: [app, { service: 'proxy', says: 'shop-proxy /docker-entrypoint.sh nginx published' }],
      expected: 'proxy',
    },
    {
      title: 'an image of the project that starts it by a script',
      containers: [app, { service: 'proxy', says: 'shop-proxy /start.sh published', process: 'nginx' }],
      expected: 'proxy',
    },
    {
      title: 'its own path and a registry with a port',
      containers: [app, { service: 'proxy', says: 'registry:5000/web/nginx@sha256:1 /usr/sbin/nginx' }],
      expected: 'proxy',
    },
    {
      title: 'not what only looks at it',
      containers: [exporter, app, { service: 'web', says: 'nginx /docker-entrypoint.sh nginx published' }],
      expected: 'web',
    },
    { title: 'not what only looks at one elsewhere', containers: [exporter, app], expected: undefined },
    {
      title: 'of several the one that publishes a port',
      containers: [
        { service: 'static', says: 'nginx /docker-entrypoint.sh nginx' },
        { service: 'edge', says: 'nginx /docker-entrypoint.sh nginx published', mounts: '|/srv/a|/etc/a' },
      ],
      expected: 'edge',
    },
    {
      title: 'not one that is stopped',
      containers: [{ service: 'web', says: 'nginx /x nginx published', stopped: true }, app],
      expected: undefined,
    },
    {
      title: 'the one that is named, whatever it runs',
      containers: [app, { service: 'edge', says: 'traefik:3 /entrypoint.sh published' }],
      name: 'edge',
      expected: 'edge',
    },
    { title: 'not one that is named and not there', containers: [app], name: 'edge', expected: undefined },
  ])('is $title', ({ containers, name, expected }) => {
    expect(found(containers, name, shell)).toBe(expected);
  });
});

describe('an access log with very long lines', () => {
  const log = fakeDocker(
    [
      'case "$*" in',
      'top*) echo nginx ;;',
      '*access_log*) echo stdout ;;',
      `logs*) i=0; while [ $i -lt 20 ]; do head -c 50000 /dev/zero | tr '\\0' x; echo; i=$((i + 1)); done ;;`,
      'esac',
    ].join('\n'),
  );

  it('is read as far as it is worth', () => {
    const fact = accessLog(id('a'), 20);
    const stdout = shOk(fact.script(scope), log);
    expect(fact.parse({ stdout, stderr: '', code: 0 })).toMatchObject({ state: 'ok' });
    expect(stdout.length).toBeLessThan(20 * 2_001 + 100);
    expect(shOk(nginx([id('a')], 20).script(scope), log).length).toBeLessThan(20 * 2_010 + 200);
  });
});

it('Docker’s disk is the one that the engine is set to', () => {
  const root = temporary();
  mkdirSync(join(root, 'data'));
  writeFileSync(join(root, 'daemon.json'), `{\n  "data-root" : "${root}/data",\n  "debug": true\n}\n`);
  const script = system.script().replaceAll('/etc/docker/daemon.json', join(root, 'daemon.json'));
  const asked = (): string => {
    shOk(`df() { echo "$2" >> '${root}/asked'; }\n${script}`, fakeDocker('exit 1'));
    return readFileSync(join(root, 'asked'), 'utf8');
  };
  expect(asked()).toBe(`.\n${root}/data\n`);
  writeFileSync(join(root, 'daemon.json'), '{}');
  rmSync(join(root, 'asked'));
  expect(asked()).not.toContain(root);
});

it('a look at the git state does not write, so it needs no lock that a deploy needs', () => {
  const { app: directory } = repositories();
  const index = join(directory, '.git/index');
  const before = statSync(index);
  const stdout = shOk(
    `cd '${directory}' && touch -d '2020-01-01' app.txt && ${git.script({ ...scope, appDir: directory })}`,
  );
  expect(git.parse({ stdout, stderr: '', code: 0 })).toMatchObject({ state: 'ok', changes: [] });
  expect(statSync(index)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
});
