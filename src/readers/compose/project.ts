import type { Located, Span } from '../../source/span.ts';
import type { ReadProblem } from '../problem.ts';
import type { ComposeEntry, ComposeMap, ComposeNode } from './node.ts';

/** A Compose project as `docker compose config` would resolve it, each value with its place. */
export interface ComposeProject {
  /** Files that were read: those named first, then included, extended and env files. */
  paths: readonly string[];
  /** The project's directory, relative to the root of the files. */
  directory: string;
  name?: string;
  /** In order of the file; only those of the active profiles and of none. */
  services: readonly ComposeServiceModel[];
  /** Names that a profile keeps out. */
  inactive: readonly string[];
  problems: readonly ReadProblem[];
}

export interface ComposeServiceModel {
  name: string;
  /** Its name in the file where it is first defined. */
  nameAt: Span;
  /** Its whole definition in that file: the value of the key. */
  body: ComposeMap;
  /** Every definition of its own, a later one over an earlier one; not what it extends. */
  definitions: readonly ComposeEntry[];
  /** The node at a path of keys and indexes; undefined: not set. */
  get(...path: readonly (string | number)[]): ComposeNode | undefined;
  /** Container environment: `env_file` first, then `environment`. A value is undefined when it comes from the operator's shell and isn't known. */
  environment: ReadonlyMap<string, Located<string | undefined>>;
  /** `command` and `entrypoint` as Compose splits them: a string form is split like a shell does, not run by one. */
  command?: Located<readonly string[]>;
  entrypoint?: Located<readonly string[]>;
  image?: Located<string>;
  build?: {
    /** Relative to the root of the files; undefined: outside of it, or a URL. */
    context?: string;
    /** As written: relative to the context. */
    dockerfile?: string;
    inlineDockerfile?: Located<string>;
    target?: string;
    args: ReadonlyMap<string, string>;
    at: Span;
  };
  /** Published and bind-mounted, short and long syntax alike. */
  ports: readonly ComposePort[];
  mounts: readonly ComposeMount[];
  /** By the service that it waits for. */
  dependsOn: ReadonlyMap<string, ComposeDependency>;
  /** `deploy.replicas`, else `scale`, else 1. */
  replicas: number;
}

export interface ComposePort {
  at: Span;
  /** Address of the host; undefined: all, `0.0.0.0` and `::` too. */
  address?: string;
  /** Undefined: a free one. */
  published?: string;
  target: number;
  protocol: string;
  /** Variables without value and default in the entry: where they stand, this says less than the entry. */
  unresolved?: readonly string[];
}

export interface ComposeDependency {
  at: Span;
  /** `service_started`, `service_healthy`, `service_completed_successfully`. */
  condition: string;
  required: boolean;
}

export interface ComposeMount {
  at: Span;
  type: 'bind' | 'volume' | 'tmpfs' | 'config' | 'secret' | 'other';
  /** Of a bind: relative to the root of the files; undefined: outside of it. */
  sourcePath?: string;
  /** As written. */
  source?: string;
  target: string;
  readOnly: boolean;
}
