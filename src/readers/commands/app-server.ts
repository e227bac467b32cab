import type { Span } from '../../source/span.ts';
import type { PythonCall } from '../python/settings.ts';
import type { CommandWord } from './word.ts';

export type AppServerKind =
  | 'gunicorn'
  | 'uvicorn'
  | 'fastapi'
  | 'hypercorn'
  | 'granian'
  | 'uwsgi'
  | 'daphne'
  | 'waitress'
  /** `flask run`, `manage.py runserver`, `fastapi dev`: not made for production. */
  | 'development'
  /** `python app.py`, whose own code starts a server. */
  | 'python'
  | 'node'
  | 'php-fpm'
  | 'celery';

/** Where a setting was read: in the project, or known by other means. */
export type SettingSource =
  | { at: Span; by: 'command' | 'config-file' | 'environment' | 'code' | 'dockerfile' }
  | { at?: undefined; by: 'default' | 'base-image' | 'live' };

export interface Setting<T> {
  value: T;
  source: SettingSource;
}

/** A number of processes, as far as the project tells. */
export type Workers =
  | { kind: 'count'; count: number }
  /** Linear in the CPUs that the program sees, which are the host's unless a cpuset says otherwise. */
  | { kind: 'per-cpu'; factor: number; plus: number; atLeast?: number; atMost?: number }
  | { kind: 'unknown'; why: string };

/** The server process of a service, as it would be started. Durations are seconds. */
export interface AppServer {
  kind: AppServerKind;
  /** `main:app`; undefined: not seen. */
  app?: string;
  /** The words of the command, wrappers (`sh -c`, `exec`, `poetry run`, `tini --`, `dumb-init`) taken off. */
  words: readonly string[];
  /** The same words with the place of each, for those who change them. */
  places: readonly CommandWord[];
  /** The call in the code that starts the server (`uvicorn.run(…)`): its settings go there, not into the command. */
  call?: PythonCall;
  /**
   * A shell stays between the container's init and the server, and passes no signals on: the server is not told to stop
   * in order. `at` is where the shell's command begins that starts the server.
   */
  behindShell?: { at: Span };
  /** Where the command is written. */
  at: Span;
  /** How it is written there, for those who change it. */
  form: 'exec' | 'shell' | 'compose-list' | 'compose-string' | 'script';
  workers: Setting<Workers>;
  /** Only of servers that have them. */
  threads?: Setting<number>;
  /** gunicorn's, `sync` when not set. */
  workerClass?: Setting<string>;
  timeout?: Setting<number>;
  gracefulTimeout?: Setting<number>;
  /** Seconds that an idle connection is kept; 0: it is never kept (gunicorn's sync workers). */
  keepAlive?: Setting<number>;
  reload?: Setting<boolean>;
  /** gunicorn `--preload`. */
  preload?: Setting<boolean>;
  /** What could not be read: a missing configuration file, words from a variable. */
  unknown: readonly string[];
}
