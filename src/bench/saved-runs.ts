import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OpsError, UsageError } from '../errors.ts';
import { resultSchema } from './result-schema.ts';
import type { BenchResult } from './result.ts';
import { withoutSecrets } from './scenario-secrets.ts';

/** Below the project's root. */
export const benchFolder = join('.ops', 'bench');

const nameRule = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const head = z.object({ version: z.number() });
const schema = z.object({ version: z.literal(1), runs: z.array(resultSchema).min(1) });

/**
 * A name that can be a file name everywhere.
 *
 * @throws UsageError `BENCH_NAME`
 */
export function requireRunName(name: string): void {
  if (nameRule.test(name)) return;
  throw new UsageError('BENCH_NAME', `${JSON.stringify(name)} cannot be the name of a saved run.`, {
    next: ['Use up to 64 letters, digits, ".", "_" and "-", a letter or digit first: --save before'],
  });
}

/**
 * Writes runs to `.ops/bench/NAME.json`, whole or not at all; a file of that name is replaced. What lets somebody in
 * (an Authorization header) is left out.
 *
 * @param runs repetitions of one scenario, at least one
 * @returns the file's path
 * @throws UsageError `BENCH_NAME`; OpsError `BENCH_SAVE_FAILED`
 */
export async function saveRuns(root: string, name: string, runs: readonly BenchResult[]): Promise<string> {
  requireRunName(name);
  const folder = join(root, benchFolder);
  const file = join(folder, `${name}.json`);
  const temporary = join(folder, `.${name}.${process.pid}.tmp`);
  const masked = runs.map((run) => ({ ...run, scenario: withoutSecrets(run.scenario) }));
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ version: 1, runs: masked }, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new OpsError('unchanged', 'BENCH_SAVE_FAILED', `The run could not be saved as ${name}.`, {
      cause: error,
      place: { file, output: [(error as Error).message] },
      next: ['Check that the directory is writable and the disk is not full.'],
    });
  }
  return file;
}

/**
 * Reads what `saveRuns` wrote.
 *
 * @throws UsageError `BENCH_NAME`, `BENCH_NOT_SAVED` or `BENCH_FILE_INVALID`
 */
export async function loadRuns(root: string, name: string): Promise<readonly BenchResult[]> {
  requireRunName(name);
  const file = join(root, benchFolder, `${name}.json`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw await unreadable(root, name, file, error as NodeJS.ErrnoException);
  }
  return parseRuns(text, file);
}

/** @throws UsageError `BENCH_FILE_INVALID` */
function parseRuns(text: string, file: string): readonly BenchResult[] {
  const wrong = (why: string, cause?: unknown): UsageError =>
    new UsageError('BENCH_FILE_INVALID', `${file} is no saved run of ops: ${why}.`, {
      cause,
      place: { file },
      next: ['Save it anew with: ops bench … --save NAME'],
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong('it is no JSON', error);
  }
  const { data } = head.safeParse(value);
  if (data && data.version !== 1) throw wrong(`its version is ${data.version}, this program knows 1`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data.runs;
  const [issue] = parsed.error.issues;
  throw wrong(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'wrong'}`);
}

async function unreadable(
  root: string,
  name: string,
  file: string,
  error: NodeJS.ErrnoException,
): Promise<UsageError> {
  if (error.code !== 'ENOENT')
    return new UsageError('BENCH_FILE_INVALID', `${file} cannot be read: ${error.message}.`, {
      cause: error,
      place: { file },
      next: ['Mend its permissions, or save the run anew.'],
    });
  const names = await savedNames(root);
  return new UsageError('BENCH_NOT_SAVED', `No run is saved as ${name}.`, {
    place: { file },
    next: [
      names.length === 0
        ? `Save one first: ops bench … --save ${name}`
        : `Saved are: ${names.slice(0, 20).join(', ')}.`,
    ],
  });
}

async function savedNames(root: string): Promise<readonly string[]> {
  const files = await readdir(join(root, benchFolder)).catch((): string[] => []);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .filter((name) => nameRule.test(name))
    .toSorted();
}
