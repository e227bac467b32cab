import { OpsError } from '../errors.ts';
import { runProcess, type ProcessOptions, type ProcessResult } from './process.ts';

/** Runs the Docker client of this machine; the result may be a failure. */
export async function tryDocker(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return await runProcess('docker', args, options);
}

/**
 * Runs the Docker client of this machine and hands back what it printed.
 *
 * @throws OpsError with the last lines when it fails
 */
export async function docker(args: readonly string[], options: ProcessOptions = {}): Promise<string> {
  return succeeded(await tryDocker(args, options), ['docker', ...args]).stdout;
}

/** Passes a result on when it is a success, and says what failed when it isn't. */
export function succeeded(result: ProcessResult, words: readonly string[]): ProcessResult {
  if (result.code === 0) return result;
  const how = result.code === null ? 'was ended' : `failed with exit code ${result.code}`;
  throw new OpsError('unchanged', 'SANDBOX_COMMAND_FAILED', `\`${words.slice(0, 3).join(' ')}\` ${how}.`, {
    place: {
      command: words.join(' '),
      output: `${result.stderr}\n${result.stdout}`.trim().split('\n').slice(-20),
    },
    next: ['See the lines above; `ops sandbox down` removes what was made so far.'],
  });
}
