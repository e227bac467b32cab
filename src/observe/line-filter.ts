import { setFlagsFromString } from 'node:v8';
import { UsageError } from '../errors.ts';

/**
 * Whether a line matches a pattern, in time that grows with the line and nothing else: V8's own engine for regular
 * expressions without backtracking. A log line is written by strangers, and must not be able to stop the reader.
 *
 * @throws UsageError for a pattern that is wrong, or that needs backtracking
 */
export function lineFilter(pattern: string): (line: string) => boolean {
  setFlagsFromString('--enable-experimental-regexp-engine');
  try {
    // oxlint-disable-next-line no-invalid-regexp -- the flag exists once the engine is switched on
    const expression = new RegExp(pattern, 'l');
    return (line) => expression.test(line);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    const linear = why.includes('linear time');
    throw new UsageError(
      'WRONG_PATTERN',
      linear
        ? `The pattern ${pattern} needs backtracking, which a log line could use to hang the reader.`
        : `The pattern is no regular expression: ${why}.`,
      {
        next: [
          linear
            ? 'Write it without look-around, back-references and large repeat counts.'
            : 'It is a JavaScript regular expression; quote it for your shell.',
        ],
        cause: error,
      },
    );
  }
}
