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
  | { kind: 'cpus'; factor: number; plus: number; atLeast?: number; atMost?: number; at: Span }
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
  /** Where the last argument ends, or the inside begins when there is none: more arguments go there. */
  lastArgumentEnd: number;
  /** Of each keyword argument: from its name to the end of its value. */
  keywordsAt: ReadonlyMap<string, Span>;
  /** It stands under `if __name__ == "__main__":`. */
  inMain: boolean;
  /** Inside a function or class, so not run by the import. */
  nested: boolean;
}

/** `name = value` at the top of a module, the last one of each name. */
export type PythonAssignments = ReadonlyMap<string, Located<PythonValue>>;

/** An upper-case setting that is no module variable: of a class (`class Config:`), or put into `app.config`. */
export interface PythonSetting {
  name: string;
  /** The class; undefined: `app.config["X"] = …`, `app.config.update(X=…)`. */
  owner?: string;
  value: PythonValue;
  at: Span;
}

/** A function that answers requests, as its decorator tells: `@app.get("/")`, `@router.websocket(…)`. */
export interface PythonEndpoint {
  /** Last segment of the decorator's name: `get`, `route`, `websocket`. */
  method: string;
  async: boolean;
  at: Span;
}

export interface PythonModule {
  path: string;
  imports: readonly { module: string; name?: string; alias: string; at: Span }[];
  calls: readonly PythonCall[];
  assignments: PythonAssignments;
  settings: readonly PythonSetting[];
  endpoints: readonly PythonEndpoint[];
  /** The parser met text that is not Python: what was found may not be all. */
  broken: boolean;
}
