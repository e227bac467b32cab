import { checkIds } from '../check/registry.ts';
import type { HostConfig, Target } from './config.ts';
import { benchRequests, benchThresholds } from './values/bench.ts';
import * as types from './value-types.ts';
import type { ValueType, WrittenHost } from './value-types.ts';

type SectionName =
  | 'ssh'
  | 'compose'
  | 'services'
  | 'health'
  | 'build'
  | 'release'
  | 'hooks'
  | 'deploy'
  | 'checks'
  | 'bench';

type PathsOf<S extends SectionName> = `${S}.${keyof Target[S] & string}`;

/** Every leaf of `Target` by dotted path; `host.*` are the defaults for each host. */
export type SettingPath =
  | Exclude<keyof Target, SectionName | 'name'>
  | { [S in SectionName]: PathsOf<S> }[SectionName]
  | `host.${Exclude<keyof HostConfig, 'name' | 'address'>}`;

type ValueAt<P extends SettingPath> = P extends 'hosts'
  ? readonly WrittenHost[]
  : P extends `host.${infer K extends keyof HostConfig}`
    ? NonNullable<HostConfig[K]>
    : P extends `${infer S extends SectionName}.${infer K}`
      ? K extends keyof Target[S]
        ? NonNullable<Target[S][K]>
        : never
      : P extends keyof Target
        ? NonNullable<Target[P]>
        : never;

/** One setting: everything that the readers, the schema, `.env.example` and the documentation know of it. */
export interface Setting<T> {
  /** Dotted place in a target of ops.yaml; without it the setting is a secret that has no place in a file that is shared. */
  key?: string;
  type: ValueType<T>;
  env?: string;
  flag?: string;
  /** Absent: no value, and `description` says what that means. */
  default?: T;
  /** A sandbox brings its own: neither `.env`, environment nor the defaults of ops.yaml reach it. */
  ownOfSandbox?: true;
  /** An example for `.env.example` and the documentation, where there is no default. */
  example?: string;
  description: string;
}

const anyCount = Number.MAX_SAFE_INTEGER;

/** The one table of settings; the compiler demands an entry for each leaf of `Target`. */
export const settings = {
  hosts: {
    key: 'hosts',
    type: types.hosts,
    env: 'OPS_HOST',
    flag: 'host',
    ownOfSandbox: true,
    example: 'deploy@203.0.113.5',
    description:
      'Servers: user@host:port, or an alias of ~/.ssh/config; commas separate several. One that ops.yaml lists by name or address keeps its settings.',
  },
  'host.port': {
    key: 'ssh.port',
    type: types.port,
    env: 'OPS_PORT',
    flag: 'port',
    ownOfSandbox: true,
    example: '22',
    description: 'SSH port; without it ~/.ssh/config, then 22.',
  },
  'host.user': {
    key: 'ssh.user',
    type: types.user,
    env: 'OPS_USER',
    flag: 'user',
    ownOfSandbox: true,
    example: 'deploy',
    description: 'SSH user; without it ~/.ssh/config, then your own user name.',
  },
  'host.keyFile': {
    key: 'ssh.key_file',
    type: types.localFile,
    env: 'OPS_SSH_KEY',
    flag: 'ssh-key',
    ownOfSandbox: true,
    example: '~/.ssh/id_ed25519',
    description: String.raw`Private key file (~ and C:\Users\… work); without it the agent, then the keys of ~/.ssh/config and the usual ones.`,
  },
  'ssh.key': {
    type: types.privateKey,
    env: 'OPS_SSH_KEY_CONTENT',
    ownOfSandbox: true,
    description: 'Text of a private key, also in base64: for CI, where there is no file.',
  },
  'ssh.passphrase': {
    type: types.secretText,
    env: 'OPS_SSH_PASSPHRASE',
    ownOfSandbox: true,
    description: 'Passphrase of an encrypted private key; without it, it is asked.',
  },
  'host.hostKey': {
    key: 'ssh.host_key',
    type: types.hostKey,
    env: 'OPS_HOST_KEY',
    flag: 'host-key',
    ownOfSandbox: true,
    example: 'SHA256:uNiVztksCsDhcc0u9e8BrqOwUbxpaR+LNpwNKDO2T3A',
    description: 'Trust exactly this host key fingerprint, instead of known_hosts.',
  },
  'host.jump': {
    key: 'ssh.jump',
    type: types.jump,
    env: 'OPS_SSH_JUMP',
    ownOfSandbox: true,
    example: 'ops@bastion.example.com:22',
    description: 'Jump hosts in order, as in `ssh -J`; commas separate several.',
  },
  'ssh.knownHostsFile': {
    key: 'ssh.known_hosts_file',
    type: types.localFile,
    env: 'OPS_KNOWN_HOSTS',
    ownOfSandbox: true,
    example: './known_hosts',
    description: 'Further known_hosts file, read before your own.',
  },
  'ssh.configFile': {
    key: 'ssh.config_file',
    type: types.localFile,
    env: 'OPS_SSH_CONFIG',
    ownOfSandbox: true,
    example: './ssh_config',
    description: 'SSH client configuration, as in `ssh -F`; `none` reads none. Without it ~/.ssh/config.',
  },
  'ssh.connectTimeoutMs': {
    key: 'ssh.connect_timeout',
    type: types.duration(100),
    env: 'OPS_CONNECT_TIMEOUT',
    default: 15_000,
    description: 'Longest wait for a connection.',
  },
  'ssh.keepaliveMs': {
    key: 'ssh.keepalive',
    type: types.duration(100),
    env: 'OPS_SSH_KEEPALIVE',
    default: 10_000,
    description:
      'How often an idle connection is asked for a sign of life; it is given up after three that did not come.',
  },
  production: {
    key: 'production',
    type: types.boolean,
    env: 'OPS_PRODUCTION',
    ownOfSandbox: true,
    default: true,
    description: 'Ask before anything is changed (or demand --yes). Sandbox targets: false.',
  },
  appDir: {
    key: 'app_dir',
    type: types.serverDirectory,
    env: 'OPS_APP_DIR',
    flag: 'app-dir',
    default: '/srv/app',
    description: 'Directory of the git clone on the server.',
  },
  branch: {
    key: 'branch',
    type: types.branch,
    env: 'OPS_BRANCH',
    flag: 'branch',
    default: 'main',
    description: 'Branch that is deployed.',
  },
  remote: {
    key: 'remote',
    type: types.remote,
    env: 'OPS_REMOTE',
    default: 'origin',
    description: 'Git remote that the server fetches from.',
  },
  'compose.files': {
    key: 'compose.files',
    type: types.appFiles,
    env: 'OPS_COMPOSE_FILE',
    flag: 'compose-file',
    default: ['docker-compose.prod.yml'],
    description:
      'Compose files in merge order, relative to the app directory; commas or colons separate several.',
  },
  'compose.project': {
    key: 'compose.project',
    type: types.project,
    env: 'OPS_PROJECT',
    example: 'shop',
    description:
      "Compose project name; without it Compose's own rule (`name:` of the file, then the directory).",
  },
  'compose.profiles': {
    key: 'compose.profiles',
    type: types.profiles,
    env: 'OPS_PROFILES',
    default: [],
    example: 'worker',
    description: 'Compose profiles that are on.',
  },
  'compose.envFiles': {
    key: 'compose.env_files',
    type: types.appFiles,
    env: 'OPS_ENV_FILES',
    default: [],
    example: '.env.prod',
    description: "Env files on the server for Compose's own variables; none: Compose reads `.env`.",
  },
  url: {
    key: 'url',
    type: types.url,
    env: 'OPS_URL',
    flag: 'url',
    ownOfSandbox: true,
    example: 'https://shop.example.com',
    description:
      "Public base URL; without it the probe goes through an SSH tunnel to the proxy's published port.",
  },
  'services.roll': {
    key: 'services.roll',
    type: types.services,
    env: 'OPS_SERVICES',
    example: 'backend,worker',
    description: 'Services to roll; without it every service that is neither proxy nor stateful.',
  },
  'services.stateful': {
    key: 'services.stateful',
    type: types.services,
    env: 'OPS_STATEFUL_SERVICES',
    default: [],
    example: 'search',
    description: 'Services never recreated silently, besides those known by image (postgres, redis, …).',
  },
  'services.proxy': {
    key: 'services.proxy',
    type: types.service,
    env: 'OPS_PROXY_SERVICE',
    example: 'nginx',
    description: 'Service of the reverse proxy; without it the one that runs nginx.',
  },
  'health.path': {
    key: 'health.path',
    type: types.urlPath,
    env: 'OPS_HEALTH_PATH',
    default: '/health',
    description:
      'Path that the probe asks through the proxy, and new containers where Docker has no health check.',
  },
  'health.port': {
    key: 'health.port',
    type: types.port,
    env: 'OPS_HEALTH_PORT',
    example: '8000',
    description: 'Port of the app in its container; without it the one that the service exposes.',
  },
  'health.timeoutMs': {
    key: 'health.timeout',
    type: types.duration(100),
    env: 'OPS_HEALTH_TIMEOUT',
    default: 120_000,
    description: 'Longest wait for a new container to become healthy.',
  },
  'build.cache': {
    key: 'build.cache',
    type: types.boolean,
    env: 'OPS_BUILD_CACHE',
    flag: 'cache',
    default: false,
    description: "Build with Docker's layer cache; off: every build is `--no-cache`.",
  },
  'build.pull': {
    key: 'build.pull',
    type: types.boolean,
    env: 'OPS_BUILD_PULL',
    default: false,
    description: 'Look for newer base images before a build.',
  },
  'build.args': {
    key: 'build.args',
    type: types.buildArgs,
    default: {},
    description: 'Build arguments by name. No secrets: an image keeps them.',
  },
  'build.timeoutMs': {
    key: 'build.timeout',
    type: types.duration(1000),
    env: 'OPS_BUILD_TIMEOUT',
    default: 1_800_000,
    description: 'Longest time of one build.',
  },
  'release.command': {
    key: 'release.command',
    type: types.containerCommand,
    env: 'OPS_RELEASE_COMMAND',
    example: 'alembic upgrade head',
    description: 'Run once in the new image before traffic moves (migrations).',
  },
  'release.service': {
    key: 'release.service',
    type: types.service,
    env: 'OPS_RELEASE_SERVICE',
    example: 'backend',
    description: 'Service whose image runs the release command; without it the first one rolled.',
  },
  'release.hosts': {
    key: 'release.hosts',
    type: types.oneOf('all', 'first'),
    env: 'OPS_RELEASE_HOSTS',
    default: 'all',
    description:
      'Where the release command runs: `first` host only (one shared database) or `all` (each has its own).',
  },
  'release.timeoutMs': {
    key: 'release.timeout',
    type: types.duration(1000),
    env: 'OPS_RELEASE_TIMEOUT',
    default: 600_000,
    description: 'Longest time of the release command.',
  },
  'hooks.beforeDeploy': {
    key: 'hooks.before_deploy',
    type: types.localCommands,
    default: [],
    description: 'Commands on this machine before a deploy; one that fails stops it.',
  },
  'hooks.afterDeploy': {
    key: 'hooks.after_deploy',
    type: types.localCommands,
    default: [],
    description: 'Commands on this machine after a successful deploy.',
  },
  'hooks.onFailure': {
    key: 'hooks.on_failure',
    type: types.localCommands,
    default: [],
    description: 'Commands on this machine after a failed deploy.',
  },
  'deploy.strategy': {
    key: 'deploy.strategy',
    type: types.oneOf('rolling', 'recreate'),
    env: 'OPS_STRATEGY',
    flag: 'strategy',
    default: 'rolling',
    description: '`rolling`: without downtime; `recreate`: stop and start, with downtime.',
  },
  'deploy.batch': {
    key: 'deploy.batch',
    type: types.batch,
    env: 'OPS_BATCH',
    flag: 'batch',
    example: '25%',
    description: 'Hosts at a time, as a number or a share; without it all at once.',
  },
  'deploy.stabilityMs': {
    key: 'deploy.stability',
    type: types.duration(),
    env: 'OPS_STABILITY',
    default: 5000,
    description: 'New containers share traffic with the old ones for this long before the old ones leave.',
  },
  'deploy.drainMs': {
    key: 'deploy.drain',
    type: types.duration(),
    env: 'OPS_DRAIN',
    default: 60_000,
    description: 'Longest wait for requests that the old containers still answer.',
  },
  'deploy.stopMs': {
    key: 'deploy.stop_timeout',
    type: types.duration(),
    env: 'OPS_STOP_TIMEOUT',
    example: '10s',
    description:
      'Grace between SIGTERM and SIGKILL of an old container; without it `stop_grace_period` of the service.',
  },
  'deploy.lockWaitMs': {
    key: 'deploy.lock_wait',
    type: types.duration(),
    env: 'OPS_LOCK_WAIT',
    flag: 'lock-wait',
    default: 0,
    description: "Longest wait for another deploy's lock; 0 refuses at once.",
  },
  'deploy.keep': {
    key: 'deploy.keep',
    type: types.integer(1, 100),
    env: 'OPS_KEEP',
    default: 5,
    description: 'Releases whose images are kept for rollback.',
  },
  'deploy.minDiskMb': {
    key: 'deploy.min_disk',
    type: types.size,
    env: 'OPS_MIN_DISK',
    default: 2048,
    description: 'Least free disk on the server before a build starts.',
  },
  'checks.skip': {
    key: 'checks.skip',
    type: types.listOfOneOf(...checkIds),
    env: 'OPS_CHECKS_SKIP',
    default: [],
    example: 'certificate',
    description: 'Checks that are switched off.',
  },
  'checks.thresholds': {
    key: 'checks.thresholds',
    type: types.thresholds(checkIds),
    default: {},
    description: 'Limits by check: beyond `warn` it warns, beyond `fail` it fails.',
  },
  'checks.path': {
    key: 'checks.path',
    type: types.urlPath,
    env: 'OPS_CHECKS_PATH',
    example: '/api/products',
    description: 'Path that response time and cache hits are measured on; without it `health.path`.',
  },
  'checks.requests': {
    key: 'checks.requests',
    type: types.integer(1, 1000),
    env: 'OPS_CHECKS_REQUESTS',
    default: 20,
    description: 'Requests of the response-time check.',
  },
  'checks.cpuWindowMs': {
    key: 'checks.cpu_window',
    type: types.duration(500),
    env: 'OPS_CHECKS_CPU_WINDOW',
    default: 3000,
    description: 'Time over which CPU is averaged.',
  },
  'checks.workers': {
    key: 'checks.workers',
    type: types.integer(1, anyCount),
    env: 'OPS_CHECKS_WORKERS',
    example: '4',
    description: "Expected workers of the app server; without it the number in the container's own command.",
  },
  'bench.requests': {
    key: 'bench.requests',
    type: benchRequests,
    default: [],
    description: 'Requests of `ops bench`, each as often as its weight says; without any, `checks.path`.',
  },
  'bench.rate': {
    key: 'bench.rate',
    type: types.integer(1, 100_000),
    env: 'OPS_BENCH_RATE',
    example: '10',
    description: 'Requests a second of `ops bench`; without it 10.',
  },
  'bench.connections': {
    key: 'bench.connections',
    type: types.integer(1, 10_000),
    env: 'OPS_BENCH_CONNECTIONS',
    example: '20',
    description:
      'Clients of `ops bench` that each wait for an answer before they ask again, instead of a rate.',
  },
  'bench.durationMs': {
    key: 'bench.duration',
    type: types.duration(100),
    env: 'OPS_BENCH_DURATION',
    default: 10_000,
    description: 'Time that `ops bench` measures.',
  },
  'bench.warmUpMs': {
    key: 'bench.warm_up',
    type: types.duration(),
    env: 'OPS_BENCH_WARM_UP',
    default: 2_000,
    description: 'Time that `ops bench` asks before it measures.',
  },
  'bench.timeoutMs': {
    key: 'bench.timeout',
    type: types.duration(100),
    env: 'OPS_BENCH_TIMEOUT',
    default: 10_000,
    description: 'Longest wait of `ops bench` for one answer.',
  },
  'bench.thresholds': {
    key: 'bench.thresholds',
    type: benchThresholds,
    default: [],
    example: 'p95<300ms',
    description: 'What a run of `ops bench` must reach, such as `p95<300ms` or `errors<1%`.',
  },
} as const satisfies { [P in SettingPath]: Setting<ValueAt<P>> };

/** The table as a list, for readers that treat every setting alike. */
export const settingList: readonly (Setting<unknown> & { path: SettingPath })[] = Object.entries(
  settings,
).map(([path, setting]) => ({ path: path as SettingPath, ...(setting as unknown as Setting<unknown>) }));
