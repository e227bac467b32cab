import type { ExitReason } from '../exit-codes.ts';

/** What a command hands back: the data of `--json` and the text for people. */
export interface Outcome {
  /** Why the exit code is what it is; without it `ok`. */
  reason?: ExitReason;
  /** Fields of the `--json` object besides `version`, `command`, `ok`, `reason` and `exitCode`. */
  data: Readonly<Record<string, unknown>>;
  /** What stdout shows without `--json`; made only when needed. Without it nothing is printed. */
  text?: () => string;
  /** Failures that `data` tells of: shown on stderr, one block each; with `--json` the first is `error`. */
  errors?: readonly Error[];
}
