import type { AppServerKind } from './app-server.ts';

/** How a server is told its settings, and what they are when nobody tells. Durations in seconds. */
export interface ServerSpec {
  kind: AppServerKind;
  /** Flags of each setting, in all spellings. */
  flags: Partial<Record<SettingName, readonly string[]>>;
  /** Variables of the environment, the first that is set wins. */
  environment?: Partial<Record<SettingName, readonly string[]>>;
  /** Keys of its configuration file. */
  keys?: Partial<Record<SettingName, string>>;
  defaults: Partial<Record<SettingName, number>>;
  /** Flags without a value. */
  switches: ReadonlySet<string>;
}

export type SettingName =
  | 'workers'
  | 'threads'
  | 'workerClass'
  | 'timeout'
  | 'gracefulTimeout'
  | 'keepAlive'
  | 'reload'
  | 'preload';

const none: ReadonlySet<string> = new Set();

/** https://docs.gunicorn.org/en/stable/settings.html */
export const gunicorn: ServerSpec = {
  kind: 'gunicorn',
  flags: {
    workers: ['--workers', '-w'],
    threads: ['--threads'],
    workerClass: ['--worker-class', '-k'],
    timeout: ['--timeout', '-t'],
    gracefulTimeout: ['--graceful-timeout'],
    keepAlive: ['--keep-alive'],
    reload: ['--reload'],
    preload: ['--preload'],
  },
  environment: { workers: ['WEB_CONCURRENCY'] },
  keys: {
    workers: 'workers',
    threads: 'threads',
    workerClass: 'worker_class',
    timeout: 'timeout',
    gracefulTimeout: 'graceful_timeout',
    keepAlive: 'keepalive',
    reload: 'reload',
    preload: 'preload_app',
  },
  defaults: { workers: 1, threads: 1, timeout: 30, gracefulTimeout: 30, keepAlive: 2 },
  switches: new Set([
    '--reload',
    '--preload',
    '--daemon',
    '-D',
    '--spew',
    '--check-config',
    '--print-config',
    '--no-sendfile',
    '--reuse-port',
    '--capture-output',
    '--disable-redirect-access-to-syslog',
    '--proxy-protocol',
    '--log-syslog',
    '--enable-stdio-inheritance',
    '-R',
    '--initgroups',
    '--suppress-ragged-eofs',
    '--do-handshake-on-connect',
    '--strip-header-spaces',
    '--no-control-socket',
  ]),
};

/** https://uvicorn.dev/settings/: flags, then `UVICORN_*`, then WEB_CONCURRENCY for the workers. */
export const uvicorn: ServerSpec = {
  kind: 'uvicorn',
  flags: {
    workers: ['--workers'],
    gracefulTimeout: ['--timeout-graceful-shutdown'],
    keepAlive: ['--timeout-keep-alive'],
    reload: ['--reload'],
  },
  environment: {
    workers: ['UVICORN_WORKERS', 'WEB_CONCURRENCY'],
    keepAlive: ['UVICORN_TIMEOUT_KEEP_ALIVE'],
    gracefulTimeout: ['UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN'],
    reload: ['UVICORN_RELOAD'],
  },
  defaults: { workers: 1, keepAlive: 5 },
  switches: new Set([
    '--reload',
    '--factory',
    '--access-log',
    '--no-access-log',
    '--use-colors',
    '--no-use-colors',
    '--proxy-headers',
    '--no-proxy-headers',
    '--server-header',
    '--no-server-header',
    '--date-header',
    '--no-date-header',
    '--reset-contextvars',
  ]),
};

/** https://fastapi.tiangolo.com/fastapi-cli/: `fastapi run` starts uvicorn and gives it few settings. */
export const fastapi: ServerSpec = {
  kind: 'fastapi',
  flags: { workers: ['--workers'], reload: ['--reload'] },
  environment: { workers: ['WEB_CONCURRENCY'] },
  defaults: { workers: 1, keepAlive: 5 },
  switches: new Set(['--reload', '--no-reload', '--proxy-headers', '--no-proxy-headers', '--verbose']),
};

/** https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html */
export const hypercorn: ServerSpec = {
  kind: 'hypercorn',
  flags: {
    workers: ['--workers', '-w'],
    workerClass: ['--worker-class', '-k'],
    gracefulTimeout: ['--graceful-timeout'],
    keepAlive: ['--keep-alive'],
    reload: ['--reload'],
  },
  keys: { workers: 'workers', keepAlive: 'keep_alive_timeout', gracefulTimeout: 'graceful_timeout' },
  defaults: { workers: 1, keepAlive: 5, gracefulTimeout: 3 },
  switches: new Set(['--reload', '--debug', '--insecure-bind']),
};

/** https://github.com/emmett-framework/granian#options */
export const granian: ServerSpec = {
  kind: 'granian',
  flags: { workers: ['--workers'], reload: ['--reload'] },
  environment: { workers: ['GRANIAN_WORKERS', 'WEB_CONCURRENCY'], reload: ['GRANIAN_RELOAD'] },
  defaults: { workers: 1 },
  switches: new Set([
    '--reload',
    '--no-reload',
    '--access-log',
    '--no-access-log',
    '--ws',
    '--no-ws',
    '--factory',
    '--no-factory',
    '--respawn-failed-workers',
    '--no-respawn-failed-workers',
  ]),
};

/** https://uwsgi-docs.readthedocs.io/en/latest/Options.html */
export const uwsgi: ServerSpec = {
  kind: 'uwsgi',
  flags: {
    workers: ['--processes', '--workers', '-p'],
    threads: ['--threads'],
    timeout: ['--harakiri', '-t'],
    reload: ['--py-autoreload', '--python-autoreload'],
  },
  environment: {
    workers: ['UWSGI_PROCESSES', 'UWSGI_WORKERS'],
    threads: ['UWSGI_THREADS'],
    timeout: ['UWSGI_HARAKIRI'],
  },
  defaults: { workers: 1 },
  switches: none,
};

/** https://docs.pylonsproject.org/projects/waitress/en/latest/arguments.html: one process with threads. */
export const waitress: ServerSpec = {
  kind: 'waitress',
  flags: { threads: ['--threads'] },
  defaults: { workers: 1, threads: 4 },
  switches: new Set(['--call', '--expose-tracebacks', '--no-expose-tracebacks']),
};

/** https://github.com/django/daphne: one process. */
export const daphne: ServerSpec = {
  kind: 'daphne',
  flags: {},
  defaults: { workers: 1 },
  switches: new Set(['--proxy-headers', '--no-server-name']),
};

/** https://docs.celeryq.dev/en/stable/reference/cli.html: as many child processes as CPUs are seen. */
export const celery: ServerSpec = {
  kind: 'celery',
  flags: { workers: ['--concurrency', '-c'], workerClass: ['--pool', '-P'] },
  defaults: {},
  switches: new Set(['-B', '--beat', '-E', '--task-events', '--without-gossip', '--without-mingle', '-D']),
};

/** `flask run`, `manage.py runserver`, `fastapi dev`: one process with threads. */
export const development: ServerSpec = {
  kind: 'development',
  flags: { reload: ['--reload'] },
  defaults: { workers: 1 },
  switches: new Set(['--reload', '--no-reload', '--debug', '--no-debug', '--debugger', '--with-threads']),
};
