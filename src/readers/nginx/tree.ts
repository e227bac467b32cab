import type { Span } from '../../source/span.ts';
import type { ReadProblem } from '../problem.ts';

/** One word of a directive: what nginx sees (quotes and escapes resolved), and its source. */
export interface NginxWord {
  value: string;
  at: Span;
  quoted: boolean;
}

export interface NginxDirective {
  name: string;
  args: readonly NginxWord[];
  /** The whole directive, from its name to `;` or `}`. */
  at: Span;
  nameAt: Span;
  /** Of a block: from `{` to `}`, both in it. */
  blockAt?: Span;
  /** Of a block: its directives, with those of included files in the place of `include`. Lua blocks have none. */
  children?: readonly NginxDirective[];
  /** The block that it is in; undefined at the top. */
  parent?: NginxDirective;
}

/** A whole configuration, includes resolved. */
export interface NginxConfig {
  directives: readonly NginxDirective[];
  /** Files that were read, main file first. */
  paths: readonly string[];
  problems: readonly ReadProblem[];
}
