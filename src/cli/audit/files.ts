import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseBaseline, type Baseline } from '../../audit/baseline.ts';
import { UsageError } from '../../errors.ts';
import { saveEvidence, trackedFiles } from '../../gather/evidence.ts';
import { buildStack } from '../../stack/build.ts';
import { writeOutput } from '../write-output.ts';
import type { AuditSource } from './source.ts';

/** @throws UsageError when there is no such file, or it cannot be read */
export async function readInput(path: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw new UsageError('FILE_UNREADABLE', `${path} cannot be read.`, {
      cause: error,
      place: { file: path, output: [(error as Error).message] },
      next: ['Name a file that is there and may be read.'],
    });
  }
}

export async function readBaseline(path: string, cwd: string): Promise<Baseline> {
  return parseBaseline(await readInput(path, cwd), path);
}

/** Saves what an audit looked at, without secrets, and only the files that it needed. */
export async function writeEvidence(
  path: string,
  { input }: AuditSource,
  { cwd, at, version }: { cwd: string; at: string; version: string },
): Promise<void> {
  const { files, used } = trackedFiles(input.files);
  buildStack({ ...input, files });
  const { paths, profiles } = input.compose;
  const text = saveEvidence(
    {
      at,
      tool: version,
      files: input.files,
      compose: { paths, ...(profiles === undefined ? {} : { profiles }) },
      ...(input.live ? { live: input.live } : {}),
      ...(input.machine ? { machine: input.machine } : {}),
    },
    used(),
  );
  await writeOutput(path, cwd, text);
}
