import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TarEntry } from './tar.ts';

/** The folders that come with ops: `sandbox/` and `examples/`, beside `src/` or `dist/`. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** What no app's tree holds: history, secrets, and what tools make again. */
const left = new Set(['.git', '.ops', '.env', 'node_modules', '__pycache__']);

/** All files and links below a directory as tar entries, sorted; modes are 0644 or 0755 whatever the file system says. */
export function readTree(directory: string, below = ''): TarEntry[] {
  return readdirSync(join(directory, below))
    .filter((name) => !left.has(name))
    .sort()
    .flatMap((name): TarEntry[] => {
      const path = below === '' ? name : `${below}/${name}`;
      const full = join(directory, path);
      const info = lstatSync(full);
      if (info.isDirectory()) return readTree(directory, path);
      if (info.isSymbolicLink()) return [{ path, link: readlinkSync(full) }];
      if (!info.isFile()) return [];
      return [{ path, content: readFileSync(full), executable: (info.mode & 0o100) !== 0 }];
    });
}

/** A short name for the content of a directory and of what it builds on. */
export function hashTree(directory: string, ...basedOn: readonly string[]): string {
  const hash = createHash('sha256').update(basedOn.join('\0'));
  for (const entry of readTree(directory))
    hash
      .update(`\0${entry.path}\0${'link' in entry ? `-> ${entry.link}` : ''}\0`)
      .update(entry.content ?? '');
  return hash.digest('hex').slice(0, 12);
}
