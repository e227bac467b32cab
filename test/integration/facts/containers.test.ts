import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { containers } from '../../../src/facts/containers.ts';
import { gather } from '../../../src/facts/gather.ts';
import { shHost } from '../../support/sh-host.ts';
import { privateDir, removePrivateDirs } from '../../support/sshd.ts';
import { containerLine } from '../../support/container-line.ts';

const scope = { appDir: '/', composeFlags: '-f compose.yml', remote: 'origin', branch: 'main' };
const id = '1'.repeat(64);
const one = containerLine(id);

afterAll(removePrivateDirs);

/** The services whose containers are seen on this machine, with a `docker` that is the given cases of its words. */
async function seen(cases: string): Promise<string[]> {
  const bin = join(privateDir(), 'bin');
  mkdirSync(bin);
  for (const name of ['docker', 'docker-compose']) {
    const body = name === 'docker' ? `case "$*" in\n${cases}\n*) exit 9 ;;\nesac` : 'exit 1';
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const host = shHost(`${bin}:${process.env['PATH'] ?? ''}`);
  const facts = await gather(host, { containers }, scope, 'nonce');
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
