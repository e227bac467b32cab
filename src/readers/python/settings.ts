import type { Located, Span } from '../../source/span.ts';

/** A Python value as far as it can be read without running the program. */
export type PythonValue =
  | { kind: 'number'; value: number; at: Span }
  | { kind: 'string'; value: string; at: Span }
  | { kind: 'boolean'; value: boolean; at: Span }
  | { kind: 'none'; at: Span }
  /** `os.environ["X"]`, `os.getenv("X", "5")`, through `int(...)` too. */
  | { kind: 'env'; name: string; fallback?: PythonValue; at: Span }
  /** `2 * cpu_count() + 1` and the like: linear in the number of CPUs. */
  | { kind: 'cpus'; factor: number; plus: number; at: Span }
  | { kind: 'dict'; entries: ReadonlyMap<string, PythonValue>; at: Span }
  | { kind: 'unknown'; text: string; at: Span };

/** A call whose name, import aliases resolved, is one of those looked for. */
export interface PythonCall {
  /** `sqlalchemy.create_engine`; what was not imported by name keeps the name in the source. */
  name: string;
  positional: readonly PythonValue[];
  keywords: ReadonlyMap<string, PythonValue>;
  /** `**kwargs` or `*args` stand in it: what is not seen may be set there. */
  open: boolean;
  at: Span;
  /** The inside of the parentheses. */
  argumentsAt: Span;
  /** It stands under `if __name__ == "__main__":`. */
  inMain: boolean;
  /** Inside a function or class, so not run by the import. */
  nested: boolean;
}

/** `name = value` at the top of a module, the last one of each name. */
export type PythonAssignments = ReadonlyMap<string, Located<PythonValue>>;

export interface PythonModule {
  path: string;
  imports: readonly { module: string; name?: string; alias: string; at: Span }[];
  calls: readonly PythonCall[];
  assignments: PythonAssignments;
  /** The parser met text that is not Python: what was found may not be all. */
  broken: boolean;
}
