import { chmodSync, linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDirectory } from '../../src/gather/directory.ts';
import { hostFiles } from '../../src/gather/host-files.ts';
import type { Host } from '../../src/host/host.ts';
import { writeHostileTree, writeTree } from './project-tree.ts';
import { privateDir } from './sshd.ts';

const options = { nonce: 'n0nce' };
const scope = (appDir: string) => ({ appDir, composeFlags: '', remote: 'origin', branch: 'main' });

/** What must hold of the files of a server, whatever the way to it; the server is this machine. */
export function hostFilesCases(connected: () => Host): void {
  test('are those of the same directory here, whatever they are called, in one round trip', async () => {
    const root = join(privateDir(), "it's an app");
    mkdirSync(root);
    writeHostileTree(root, privateDir());
    linkSync(join(root, 'docker-compose.yml'), join(root, 'hard.yml'));
    try {
      const host = connected();
      const also = ['app/README.md', 'linked-out/x.conf', 'no/such'];
      const before = host.roundTrips;
      const there = await hostFiles(host, scope(root), { ...options, also });
      expect(host.roundTrips - before).toBe(1);
      const here = await readDirectory(root, { also });
      expect(there.paths).toEqual(here.paths);
      expect(there.paths).toEqual(
        expect.arrayContaining(['app/line\nfeed.yml', 'app/README.md', 'hard.yml']),
      );
      for (const path of there.paths) expect(there.read(path)).toBe(here.read(path));
      const unreadable = Object.fromEntries(here.unreadable);
      delete unreadable['linked-out/x.conf'];
      expect(Object.fromEntries(there.unreadable)).toEqual(unreadable);
    } finally {
      chmodSync(join(root, 'denied-dir'), 0o700);
    }
  });

  test('beyond 8 MB are named, not left out', async () => {
    const root = privateDir();
    writeTree(
      root,
      Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`f${index}.yml`, `# ${index}\n`.padEnd(500_000, '#')]),
      ),
    );
    const files = await hostFiles(connected(), scope(root), options);
    expect(files.paths.length).toBeGreaterThan(10);
    expect(files.paths.length + files.unreadable.size).toBe(20);
    expect(new Set(files.unreadable.values())).toEqual(new Set(['is beyond the total size that is read']));
  });

  test('of an empty directory are none; without a directory it is an error that names it', async () => {
    expect((await hostFiles(connected(), scope(privateDir()), options)).paths).toEqual([]);
    await expect(hostFiles(connected(), scope('/nowhere/at all'), options)).rejects.toMatchObject({
      code: 'NO_APP_DIRECTORY',
      message: expect.stringContaining('/nowhere/at all') as string,
    });
  });
}
