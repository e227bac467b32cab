import type { Files } from '../source/files.ts';
import type { Located, Span } from '../source/span.ts';
import type { AppServer, Setting } from '../readers/commands/app-server.ts';
import type { ComposeProject, ComposeServiceModel } from '../readers/compose/project.ts';
import type { DockerImage, Dockerfile } from '../readers/dockerfile/dockerfile.ts';
import type { NginxConfig } from '../readers/nginx/tree.ts';
import type { ReadProblem } from '../readers/problem.ts';
import type { PythonCall, PythonModule } from '../readers/python/settings.ts';
import type { LiveService, LiveStack } from './live.ts';

/** What a service is for. `proxy`: nginx; `other-proxy`: Traefik, Caddy, HAProxy, Envoy …; `worker`: takes jobs from a queue. */
export type Role =
  | 'app'
  | 'proxy'
  | 'other-proxy'
  | 'postgres'
  | 'pgbouncer'
  | 'database'
  | 'cache'
  | 'queue'
  | 'worker'
  | 'other';

/** Everything that is known of one stack: what the rules of `audit` see and `tune` starts from. */
export interface Stack {
  files: Files;
  compose: ComposeProject;
  services: readonly Service[];
  /** The machine; undefined offline, unless it was given. */
  machine?: Machine;
  /** Figures of the running stack; undefined offline. */
  live?: LiveStack;
  /** Whatever could not be read, of all readers. */
  problems: readonly ReadProblem[];
}

export interface Machine {
  /** CPUs that containers may use together. */
  cpus: number;
  memoryBytes: number;
  /** 0: none. */
  swapBytes?: number;
  source: 'given' | 'live';
}

export interface Service {
  name: string;
  role: Role;
  compose: ComposeServiceModel;
  replicas: number;
  limits: Limits;
  /** Of a service with a `build`. */
  dockerfile?: Dockerfile;
  /** What its image starts with, as far as the Dockerfile tells. */
  image?: DockerImage;
  /** The server process; of apps and workers. */
  app?: AppServer;
  /** Connection pools in its Python code. */
  pools: readonly Pool[];
  python: readonly PythonModule[];
  /** nginx only: its configuration, and its version (`1.27.3`, from the running binary or the image's tag). */
  nginx?: NginxConfig;
  nginxVersion?: string;
  /** PostgreSQL only. */
  postgres?: PostgresServer;
  live?: LiveService;
}

/** Of one container; undefined: none is set. Both syntaxes of Compose. */
export interface Limits {
  memoryBytes?: Located<number>;
  cpus?: Located<number>;
  pids?: Located<number>;
}

export interface PostgresServer {
  /** `17`, from the image's tag or the running server. */
  majorVersion?: number;
  /** By name, as they win: command line over `postgresql.auto.conf` over the mounted configuration file. Values as PostgreSQL prints them. */
  settings: ReadonlyMap<string, Setting<string>>;
  /** A configuration file is named that could not be read: a setting that is not seen may be set there. */
  unseenConfig: boolean;
  /** The configuration files that it reads, the main one first. */
  configFiles?: readonly string[];
  /** Settings that stand somewhere and have no effect, in the order in which they are read. */
  overridden?: readonly OverriddenSetting[];
}

/** A setting that another one of the same name wins over. */
export interface OverriddenSetting {
  name: string;
  value: string;
  at: Span;
  by: Setting<string>;
}

/** One connection pool of one process. */
export interface Pool {
  library:
    | 'sqlalchemy'
    | 'asyncpg'
    | 'psycopg_pool'
    | 'django'
    | 'flask-sqlalchemy'
    | 'tortoise'
    | 'databases';
  /** Connections that are kept. */
  size: Setting<number>;
  /** … that may be opened beyond them; 0 where the library has no such thing. */
  overflow: Setting<number>;
  /** `pool_size=0`, `max_overflow=-1`. */
  unlimited: boolean;
  recycleSeconds?: Setting<number>;
  prePing?: Setting<boolean>;
  /** `NullPool`, Django without a pool: a connection a request. */
  none: boolean;
  /** The call or the setting; `argumentsAt` of a call, for those who change it. */
  at: Span;
  argumentsAt?: Span;
  call?: PythonCall;
  /** What it connects to, where the code or the environment has the address; never with credentials. */
  server?: { scheme: string; host?: string; port?: number };
  /** `**kwargs`, a value from elsewhere: what is not seen may be set. */
  open: boolean;
}
