import type { Span } from '../../source/span.ts';

/** A value of the merged, interpolated model with the place that it comes from (the file that won). */
export type ComposeNode = ComposeScalar | ComposeList | ComposeMap;

interface NodeBase {
  /** The value's own text; of an interpolated scalar the text before interpolation. */
  at: Span;
  /** Other nodes may stand at the same place: through an anchor, an alias or a merge key. */
  shared: boolean;
}

export interface ComposeScalar extends NodeBase {
  kind: 'scalar';
  value: string | number | boolean | null;
  /** Variables without value and default stand in it: `value` has them empty. */
  unresolved?: readonly string[];
  /** The directory that a relative path in it starts from, relative to the root of the files; undefined: outside of it. */
  base?: string;
}

export interface ComposeList extends NodeBase {
  kind: 'list';
  items: readonly ComposeNode[];
}

export interface ComposeMap extends NodeBase {
  kind: 'map';
  entries: ReadonlyMap<string, ComposeEntry>;
}

export interface ComposeEntry {
  keyAt: Span;
  node: ComposeNode;
}

/** A scalar that is set, as text. */
export function nodeText(node: ComposeNode | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? String(node.value) : undefined;
}
