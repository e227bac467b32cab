import type { Failure } from './failure.ts';
import { failureData, failureText } from './failure-text.ts';
import { write } from './streams.ts';
import { styleFor } from './style.ts';

/** Shows a failure where it belongs (stderr, or stdout as JSON) and sets the exit code. */
export async function reportFailure(
  failure: Failure,
  {
    json,
    command,
    version,
    showedOutput = false,
  }: { json: boolean; command: string; version: string; showedOutput?: boolean },
): Promise<void> {
  process.exitCode = failure.exitCode;
  if (json) {
    await write(process.stdout, `${JSON.stringify(failureData(failure, command), null, 2)}\n`);
    return;
  }
  const style = styleFor({ isTTY: process.stderr.isTTY, env: process.env });
  await write(process.stderr, `${failureText(failure, { style, version, showedOutput })}\n`);
}
