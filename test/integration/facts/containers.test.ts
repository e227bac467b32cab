import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { containers } from '../../../src/facts/containers.ts';
import { compose } from '../../../src/facts/compose.ts';
import { images } from '../../../src/facts/images.ts';
import { gather } from '../../../src/facts/gather.ts';
import { proxy } from '../../../src/facts/proxy.ts';
import type { FactScope } from '../../../src/facts/fact.ts';
import type { Host } from '../../../src/host/host.ts';
import { shHost } from '../../support/sh-host.ts';
import { privateDir, removePrivateDirs } from '../../support/sshd.ts';
import { containerLine } from '../../support/container-line.ts';

const scope = { appDir: '/', composeFlags: '-f compose.yml', remote: 'origin', branch: 'main' };
const id = '1'.repeat(64);
const one = `@ops-nonce@j ${containerLine(id)}`;

afterAll(removePrivateDirs);

/** This machine with a `docker` that is the given cases of its words. */
function dockerHost(cases: string): Host {
  const bin = join(privateDir(), 'bin');
  mkdirSync(bin);
  for (const name of ['docker', 'docker-compose']) {
    const body = name === 'docker' ? `case "$*" in\n${cases}\n*) exit 9 ;;\nesac` : 'exit 1';
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return shHost(`${bin}:${process.env['PATH'] ?? ''}`);
}

/** The services whose containers are seen there. */
async function seen(cases: string, known?: FactScope['known']): Promise<string[]> {
  const all = { ...scope, ...(known ? { known } : {}) };
  const facts = await gather(dockerHost(cases), { containers }, all, 'nonce');
  return facts.containers.map(({ service }) => service);
}

const version = '"compose version"*) echo 2.26.1 ;;';
const inspect = `inspect*) echo '${one}' ;;`;
const denied = 'echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1';

test('Compose lists them', async () => {
  expect(await seen(`${version}\n"compose -f compose.yml ps"*) echo ${id} ;;\n${inspect}`)).toEqual(['web']);
});

test('there are none', async () => {
  expect(await seen(`${version}\n"compose -f compose.yml ps"*) ;;`)).toEqual([]);
});

test('Docker lists them where Compose refuses the files', async () => {
  const refused = '"compose -f compose.yml ps"*) exit 15 ;;';
  expect(await seen(`${version}\n${refused}\nps*) echo ${id} ;;\n${inspect}`)).toEqual(['web']);
});

test('Docker lists them where there is no Compose', async () => {
  expect(await seen(`ps*) echo ${id} ;;\n${inspect}`)).toEqual(['web']);
});

test.each([
  ['Docker does not let the user in', `${version}\n"compose -f compose.yml ps"*|ps*) ${denied} ;;`],
  ['neither Compose nor Docker', `*) ${denied} ;;`],
])('none are not none that can be seen: %s', async (_name, cases) => {
  await expect(seen(cases)).rejects.toMatchObject({
    code: 'FACTS_FAILED',
    message: expect.stringMatching(
      /could not be read: "containers": Docker cannot list them: permission denied while trying to connect/,
    ) as string,
  });
});

test('one that is gone until it is looked at is left out, alone or with others', async () => {
  const listed = `${version}\n"compose -f compose.yml ps"*) echo ${id}; echo ${'2'.repeat(64)} ;;`;
  const gone = `echo 'Error: No such object: ${'2'.repeat(64)}' >&2; exit 1`;
  expect(await seen(`${listed}\ninspect*) echo '${one}'; ${gone} ;;`)).toEqual(['web']);
  expect(await seen(`${listed}\ninspect*) ${gone} ;;`)).toEqual([]);
});

test.each([
  ['the engine stops between the two commands', 'Cannot connect to the Docker daemon.'],
  ['a Docker that does not know a name of ours', "can't evaluate field ID in type"],
])('none are not taken for gone: %s', async (_name, why) => {
  const listed = `${version}\n"compose -f compose.yml ps"*) echo ${id} ;;`;
  await expect(seen(`${listed}\ninspect*) echo "${why}" >&2; exit 1 ;;`)).rejects.toMatchObject({
    code: 'FACTS_FAILED',
    message: expect.stringContaining(`Docker cannot list them: ${why.replace(/\.$/, '')}.`) as string,
  });
});

test('one list of them is enough for all who need it', async () => {
  const calls = join(privateDir(), 'calls');
  const words = `@ops-nonce@w ${id} web true nginx:1 /docker-entrypoint.sh nginx published`;
  const cases = [
    `"compose -f compose.yml ps"*) echo ps >> '${calls}'; echo ${id} ;;`,
    `inspect*) echo inspect >> '${calls}'; echo '${one}'; echo '${words}' ;;`,
    'exec*) echo writable ;;',
  ];
  const host = dockerHost(`${version}\n${cases.join('\n')}`);
  expect(await gather(host, { containers, proxy }, scope, 'nonce')).toMatchObject({
    containers: [{ id }],
    proxy: { state: 'ok', service: 'web' },
  });
  expect(readFileSync(calls, 'utf8')).toBe('ps\ninspect\n');
});

test('a line break in what a container says makes no other container', async () => {
  const words = `@ops-nonce@w ${id} web true /x\n${containerLine('2'.repeat(64))}\nw ${id} nginx true nginx`;
  const cases = `${version}\n"compose -f compose.yml ps"*) echo ${id} ;;\ninspect*) echo '${one}'; printf '%s\\n' '${words}' ;;\ntop*) echo x ;;`;
  expect(await gather(dockerHost(cases), { containers, proxy }, scope, 'nonce')).toMatchObject({
    containers: [{ id }],
    proxy: { state: 'none' },
  });
});

test('images that cannot be listed are not none', async () => {
  const listed = async (cases: string): Promise<unknown> =>
    (await gather(dockerHost(cases), { images }, scope, 'nonce')).images;
  const lines = `echo "sha256:1 shop-web:latest"; echo "sha256:2 <none>:<none>"`;
  expect(await listed(`"image ls"*) ${lines} ;;`)).toEqual({ 'shop-web:latest': 'sha256:1' });
  await expect(listed(`"image ls"*) ${denied} ;;`)).rejects.toMatchObject({ code: 'FACTS_FAILED' });
});

test('of a project that is known Docker alone is asked', async () => {
  const known = { compose: 'docker compose', project: 'my shop' } as const;
  const filters =
    "--filter 'label=com.docker.compose.project=my shop' --filter label=com.docker.compose.oneoff=False".replaceAll(
      "'",
      '',
    );
  const listed = `"ps --all --quiet --no-trunc ${filters}") echo ${id} ;;`;
  expect(await seen(`${listed}\n${inspect}`, known)).toEqual(['web']);
  await expect(seen(`ps*) ${denied} ;;`, known)).rejects.toMatchObject({ code: 'FACTS_FAILED' });
});

test('Compose tells the configuration and its hashes, or why it cannot', async () => {
  const json = `"compose -f compose.yml config --format json") echo '{"name":"shop","services":{"web":{"image":"web"}}}' ;;`;
  const hashes = '"compose -f compose.yml config --hash "*) echo "web 0123abcd" ;;';
  const refused = 'echo "yaml: line 3" >&2; exit 15';
  const told = async (cases: string) =>
    (await gather(dockerHost(`${version}\n${cases}`), { compose }, scope, 'nonce')).compose;
  expect(await told(`${json}\n${hashes}`)).toMatchObject({ services: { web: { hash: '0123abcd' } } });
  expect(await told(`compose*) ${refused} ;;`)).toEqual({ state: 'invalid', message: 'yaml: line 3' });
  expect(await told(`${json}\ncompose*) ${refused} ;;`)).toEqual({
    state: 'invalid',
    message: 'yaml: line 3',
  });
});
