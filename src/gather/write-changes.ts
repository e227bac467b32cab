import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { OpsError, UsageError } from '../errors.ts';

const run = promisify(execFile);

/**
 * Changes of tracked files that git does not have yet, one `git status` line each.
 *
 * @returns undefined: the directory is in no git repository, or git is not there
 */
export async function uncommitted(root: string): Promise<readonly string[] | undefined> {
  try {
    // What lies in the directory may be anybody's: git runs no program that a configuration in it names.
    const { stdout } = await run('git', [
      '-c',
      'safe.bareRepository=explicit',
      '-c',
      'core.fsmonitor=false',
      '-C',
      root,
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      '.',
    ]);
    return stdout.split('\n').filter((line) => line !== '');
  } catch {
    return undefined;
  }
}

/**
 * Writes changed files, each through a temporary file beside it that takes its place; mode and links stay. Nothing is
 * written if a file is not as it was when it was read.
 *
 * @param changes text before and after, by path relative to `root`
 * @throws UsageError `FILE_CHANGED`, `FILE_OUTSIDE`; OpsError `WRITE_FAILED`, with the files that were written
 */
export async function writeChanges(
  root: string,
  changes: ReadonlyMap<string, { before: string; after: string }>,
): Promise<void> {
  const targets: { path: string; file: string; after: string; mode: number }[] = [];
  const top = await realpath(root);
  for (const [path, { before, after }] of changes) {
    const file = await realpath(join(root, path));
    if (!file.startsWith(top.endsWith(sep) ? top : top + sep))
      throw new UsageError('FILE_OUTSIDE', `${path} leads out of ${root}; nothing was written.`, {
        place: { file: path },
        next: ['Edit the file itself, or make it a file of the project.'],
      });
    if ((await readFile(file, 'utf8')) !== before)
      throw new UsageError('FILE_CHANGED', `${path} was changed meanwhile; nothing was written.`, {
        place: { file: path },
        next: ['Run the command again.'],
      });
    targets.push({ path, file, after, mode: (await stat(file)).mode & 0o7777 });
  }
  const written: string[] = [];
  for (const { path, file, after, mode } of targets) {
    const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`);
    try {
      const handle = await open(temporary, 'wx', mode);
      try {
        await handle.writeFile(after);
        await handle.chmod(mode);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new OpsError('unchanged', 'WRITE_FAILED', `${path} could not be written.`, {
        cause: error,
        place: { file: path, output: [(error as Error).message] },
        next: [
          written.length === 0
            ? 'Nothing was written. Mend the cause, then run the command again.'
            : `Written before it: ${written.join(', ')}. Mend the cause, then run the command again.`,
        ],
      });
    }
    written.push(path);
  }
}
