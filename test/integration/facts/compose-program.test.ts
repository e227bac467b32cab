import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { compose, type ComposeFact } from '../../../src/facts/compose.ts';
import { engine, type EngineFact } from '../../../src/facts/engine.ts';
import { gather } from '../../../src/facts/gather.ts';
import { shHost } from '../../support/sh-host.ts';
import { privateDir, removePrivateDirs } from '../../support/sshd.ts';

const scope = { appDir: '/', composeFlags: '-f compose.yml', remote: 'origin', branch: 'main' };

afterAll(removePrivateDirs);

const config = `"$config") echo '{"name":"shop","services":{"web":{}}}' ;; "$hash") echo 'web abc' ;;`;
/** Cases of the words behind `docker`. */
const plugin = `"compose version --short") echo 2.26.1 ;; ${config.replaceAll('"$', '"compose $')}`;
const noPlugin = `compose*) echo "unknown shorthand flag: 'f' in -f" >&2; exit 125 ;;`;

/** What is seen on a machine that has these programs and no other Docker, and how often each was called for what. */
async function seen(
  programs: Readonly<Record<string, string>>,
): Promise<{ engine: EngineFact; compose: ComposeFact; calls: string[] }> {
  const root = privateDir();
  const bin = join(root, 'bin');
  const calls = join(root, 'calls');
  mkdirSync(bin);
  writeFileSync(calls, '');
  for (const name of ['sh', 'cat', 'sed']) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    symlinkSync(stdout.trim(), join(bin, name));
  }
  for (const [name, cases] of Object.entries(programs)) {
    const lines = [
      '#!/bin/sh',
      `echo "${name} $*" >> '${calls}'`,
      'config="-f compose.yml config --format json" hash="-f compose.yml config --hash *"',
      `case "$*" in ${cases} "version --format "*) echo ok 26.1.5 ;; *) exit 9 ;; esac`,
    ];
    writeFileSync(join(bin, name), lines.join('\n'));
    chmodSync(join(bin, name), 0o755);
  }
  const facts = await gather(shHost(bin), { engine, compose }, scope, 'nonce');
  return { ...facts, calls: readFileSync(calls, 'utf8').trim().split('\n') };
}

const read = { state: 'ok', project: 'shop', services: { web: { hash: 'abc' } } };
const running = { state: 'ok', version: '26.1.5' };

test('the plugin alone: its version is asked once', async () => {
  const found = await seen({ docker: plugin });
  expect(found.engine).toEqual({
    docker: running,
    compose: { state: 'ok', flavor: 'plugin', version: '2.26.1' },
  });
  expect(found.compose).toMatchObject(read);
  expect(found.calls.filter((call) => call.includes('version --short'))).toHaveLength(1);
});

test.each(['1.29.2', 'v2.20.0'])('the plugin goes before a standalone program %s', async (version) => {
  const found = await seen({ docker: plugin, 'docker-compose': `"version --short") echo ${version} ;;` });
  expect(found.engine.compose).toEqual({ state: 'ok', flavor: 'plugin', version: '2.26.1' });
  expect(found.compose).toMatchObject(read);
  expect(found.calls.filter((call) => call.startsWith('docker-compose'))).toEqual([]);
  expect(found.calls.filter((call) => call.includes('version --short'))).toHaveLength(1);
});

test('the standalone program of version 2', async () => {
  const found = await seen({
    docker: noPlugin,
    'docker-compose': `"version --short") echo v2.20.0 ;; ${config}`,
  });
  expect(found.engine.compose).toEqual({ state: 'ok', flavor: 'standalone', version: '2.20.0' });
  expect(found.compose).toMatchObject(read);
});

test.each([
  ['version 1 only', { docker: noPlugin, 'docker-compose': '"version --short") echo 1.29.2 ;;' }, 'v1'],
  ['Docker without Compose', { docker: noPlugin }, 'missing'],
])('%s: said in its own words', async (_name, programs, state) => {
  const found = await seen(programs);
  expect(found.engine).toMatchObject({ docker: running, compose: { state } });
  expect(found.compose).toEqual({ state: 'invalid', message: 'no Compose' });
});

test('no Docker at all', async () => {
  const found = await seen({});
  expect(found.engine).toEqual({ docker: { state: 'missing' }, compose: { state: 'missing' } });
  expect(found.compose).toEqual({ state: 'invalid', message: 'no Compose' });
});

test('files that Compose refuses are told in its words', async () => {
  const refusing = `"compose version --short") echo 2.26.1 ;; "compose version") ;; compose*) echo 'yaml: line 3' >&2; exit 15 ;;`;
  expect((await seen({ docker: refusing })).compose).toEqual({ state: 'invalid', message: 'yaml: line 3' });
});
