/** Output of one fact's script, as gathered. */
export interface FactOutput {
  stdout: string;
  /** Exit code of the fact's own script. */
  code: number;
}

/** What a fact's script may depend on; all of it is known before the connection. */
export interface FactScope {
  appDir: string;
  /** Quoted `docker compose` words with files, project and profiles, run inside `appDir`. */
  compose: string;
  remote: string;
  branch: string;
  proxy?: string;
}

/**
 * Read-only state of a host: a script for POSIX sh and a pure parser of what it prints.
 * A parser throws only on output that it cannot explain; "not installed" and "not running" are values.
 */
export interface Fact<Id extends string, Value> {
  id: Id;
  script: (scope: FactScope) => string;
  parse: (output: FactOutput) => Value;
}
