import { dirname, join, resolve } from 'node:path';
import type { Files } from './files.ts';

/** Where throw-away servers keep their files, below the root. */
export const sandboxFolder = join('.ops', 'sandbox');

export const configNames = ['ops.yaml', 'ops.yml'] as const;

/**
 * The directory that holds the configuration: the nearest one upwards with ops.yaml, else with `.env`, else with a
 * sandbox, else `cwd`. The search ends at the git root or, outside of a repository, at the home directory;
 * elsewhere only `cwd` is looked at, for a stranger's file above it must not run commands here.
 */
export async function findRoot(files: Files, cwd: string, home: string | undefined): Promise<string> {
  const folders = await searched(files, resolve(cwd), home === undefined ? undefined : resolve(home));
  for (const names of [[...configNames], ['.env'], [sandboxFolder]]) {
    for (const folder of folders) {
      for (const name of names) if (await files.exists(join(folder, name))) return folder;
    }
  }
  return resolve(cwd);
}

async function searched(files: Files, cwd: string, home: string | undefined): Promise<string[]> {
  const all = upwards(cwd);
  for (const [index, folder] of all.entries()) {
    if (await files.exists(join(folder, '.git'))) return all.slice(0, index + 1);
    if (folder === home) return all.slice(0, index + 1);
  }
  return [cwd];
}

function upwards(from: string): string[] {
  const above = dirname(from);
  return above === from ? [from] : [from, ...upwards(above)];
}
