import type { MappedText } from '../../source/mapped.ts';
import type { Span } from '../../source/span.ts';

/** The kind of text that a word stands in; it decides how another word is written beside it. */
export type CommandForm = 'exec' | 'shell' | 'compose-list' | 'compose-string' | 'script';

/** One word of a command and where it is written. */
export interface CommandWord {
  text: string;
  /** Its characters; undefined: it is not written as such anywhere. */
  source?: MappedText;
  /** The word with its quotes; undefined: as above. */
  outer?: Span;
  form?: CommandForm;
  /** The whole command or line that it stands in. */
  command?: Span;
  /** False: a variable or command stands in it that is not known here; `text` has it as written. */
  resolved: boolean;
}
