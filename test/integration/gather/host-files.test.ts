import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { hostFiles } from '../../../src/gather/host-files.ts';
import { hostFilesCases } from '../../support/host-files-cases.ts';
import { writeTree } from '../../support/project-tree.ts';
import { shHost } from '../../support/sh-host.ts';
import { privateDir, removePrivateDirs } from '../../support/sshd.ts';

afterAll(removePrivateDirs);

/** A PATH with nothing but the given programs. */
function only(...programs: readonly string[]): string {
  const bin = join(privateDir(), 'bin');
  mkdirSync(bin);
  for (const program of programs)
    symlinkSync(
      execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(),
      join(bin, program),
    );
  return bin;
}

describe('files of a server', () => {
  const host = shHost();
  hostFilesCases(() => host);
});

describe('a server with few programs', () => {
  const needed = ['sh', 'find', 'head', 'base64', 'readlink', 'tr', 'cat', 'sed'];
  const scope = (appDir: string) => ({ appDir, composeFlags: '', remote: 'origin', branch: 'main' });

  test('needs no gzip', async () => {
    const root = privateDir();
    writeTree(root, { 'compose.yml': 'a: 1\n', start: '#!/bin/sh\n' });
    const files = await hostFiles(shHost(only(...needed, 'tar')), scope(root), { nonce: 'n' });
    expect(files.paths).toEqual(['compose.yml', 'start']);
  });

  test('says that it has no tar', async () => {
    await expect(
      hostFiles(shHost(only(...needed)), scope(privateDir()), { nonce: 'n' }),
    ).rejects.toMatchObject({ code: 'NO_TAR' });
  });
});
