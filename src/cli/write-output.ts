import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';

/**
 * Writes a file that the user named, with a line end at its end.
 *
 * @throws UsageError when the file cannot be written
 */
export async function writeOutput(path: string, cwd: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(cwd, path), text.endsWith('\n') ? text : `${text}\n`);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** The error of a file that the user named and that cannot be written. */
export function notWritten(path: string, cause: unknown): UsageError {
  return new UsageError('FILE_NOT_WRITTEN', `${path} could not be written.`, {
    cause,
    place: { file: path, output: [(cause as Error).message] },
    next: ['Name a file in a directory that is there and may be written to.'],
  });
}
