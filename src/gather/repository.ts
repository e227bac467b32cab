import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * Where a directory lies in its git repository, with forward slashes: '' at its top, undefined where there is none.
 * SARIF and annotations name files by the repository.
 */
export async function directoryInRepository(directory: string): Promise<string | undefined> {
  const start = resolve(directory);
  for (let folder = start; ; folder = dirname(folder)) {
    if (await exists(join(folder, '.git'))) return relative(folder, start).replaceAll('\\', '/');
    if (dirname(folder) === folder) return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
