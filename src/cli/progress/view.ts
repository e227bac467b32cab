import type { Progress } from '../../plan/progress.ts';
import type { Style } from '../style.ts';

/** Draws the events of a run on one stream. */
export interface ProgressView {
  readonly progress: Progress;
  /** Whether the output of a failed step is on the screen, so that the error need not repeat it. */
  readonly showedFailure: boolean;
  /** Takes the display down while something else (a question) owns the terminal. */
  suspend<T>(work: () => Promise<T>): Promise<T>;
  /** Leaves the last state on the screen and the cursor where text can follow. */
  close(): Promise<void>;
}

/** What a view writes to; process.stderr, or a buffer in tests. */
export interface ViewStream {
  /** A promise means that the reader is slow: output of steps is held back until it settles. */
  write(text: string): unknown;
}

export interface ViewOptions {
  stream: ViewStream;
  style: Style;
  /** Milliseconds, any origin. */
  now: () => number;
  /** Show the output of every step, not only of failed and long ones. */
  verbose: boolean;
}

export type ViewKind = 'silent' | 'plain' | 'listr';

/** Which view suits where stderr goes. */
export function chooseView(where: {
  json: boolean;
  isTTY: boolean;
  env: Readonly<Record<string, string | undefined>>;
}): ViewKind {
  if (where.json) return 'silent';
  const ci = where.env['CI'] !== undefined && where.env['CI'] !== '' && where.env['CI'] !== 'false';
  return where.isTTY && !ci && where.env['TERM'] !== 'dumb' ? 'listr' : 'plain';
}
