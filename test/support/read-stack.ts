import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesOf, type Files } from '../../src/source/files.ts';

/** All files of a directory of this repository, as a project. */
export function projectFiles(directory: URL): Files {
  const root = fileURLToPath(directory);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return filesOf(
    new Map(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => {
          const path = join(entry.parentPath, entry.name);
          return [path.slice(root.length).replace(/^\//, ''), readFileSync(path, 'utf8')] as const;
        }),
    ),
  );
}
