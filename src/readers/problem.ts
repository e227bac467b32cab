import type { Span } from '../source/span.ts';

/** Something that could not be read or understood. What depends on it is `unknown`, never a pass. */
export interface ReadProblem {
  /** `missing` and `unreadable` name a file that is not among the files; `syntax` a place that makes no sense; `unsupported` one that makes sense to others. */
  kind: 'missing' | 'unreadable' | 'syntax' | 'unsupported';
  /** The file that is missing or wrong. */
  path: string;
  /** Where it is wrong, or where the missing file is named. */
  at?: Span;
  /** One sentence. */
  message: string;
}
