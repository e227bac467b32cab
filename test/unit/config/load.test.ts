import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { configuredNames, loadConfig, type Loaded } from '../../../src/config/load.ts';
import { OpsError } from '../../../src/errors.ts';
import { memoryFiles } from './memory-files.ts';

interface Situation {
  yaml?: string;
  dotenv?: string;
  sandbox?: string;
  env?: Record<string, string>;
  flags?: Record<string, unknown>;
  cwd?: string;
  more?: Record<string, string>;
}

async function load({ yaml, dotenv, sandbox, env, flags, cwd, more }: Situation): Promise<Loaded> {
  const files = memoryFiles({
    '/shop/.git/HEAD': '',
    ...(yaml === undefined ? {} : { '/shop/ops.yaml': yaml }),
    ...(dotenv === undefined ? {} : { '/shop/.env': dotenv }),
    ...(sandbox === undefined ? {} : { '/shop/.ops/sandbox/sandbox/target.yaml': sandbox }),
    ...more,
  });
  return await loadConfig({ cwd: cwd ?? '/shop', env: env ?? {}, flags: flags ?? {}, files });
}

async function effective(situation: Situation): Promise<Config> {
  return (await load(situation)).config;
}

async function refusal(
  situation: Situation,
): Promise<{ code: string; message: string; next: readonly string[] }> {
  const error: unknown = await load(situation).catch((thrown: unknown) => thrown);
  if (!(error instanceof OpsError)) throw new Error('This should have been refused.', { cause: error });
  return { code: error.code, message: error.message, next: error.next };
}

describe('one server, .env alone', () => {
  test('every default', async () => {
    const { config, warnings, targets } = await load({
      dotenv: 'OPS_HOST=deploy@203.0.113.5:2222\nDB_PASSWORD=x\n',
    });
    expect(config.target).toEqual({
      name: 'production',
      production: true,
      hosts: [{ name: '203.0.113.5', address: '203.0.113.5', user: 'deploy', port: 2222 }],
      ssh: { connectTimeoutMs: 15_000, keepaliveMs: 10_000 },
      appDir: '/srv/app',
      branch: 'main',
      remote: 'origin',
      compose: { files: ['docker-compose.prod.yml'], profiles: [], envFiles: [] },
      services: { stateful: [] },
      health: { path: '/health', timeoutMs: 120_000 },
      build: { cache: false, pull: false, args: {}, timeoutMs: 1_800_000 },
      release: { hosts: 'all', timeoutMs: 600_000 },
      hooks: { beforeDeploy: [], afterDeploy: [], onFailure: [] },
      deploy: {
        strategy: 'rolling',
        stabilityMs: 5000,
        drainMs: 60_000,
        lockWaitMs: 0,
        keep: 5,
        minDiskMb: 2048,
      },
      checks: { skip: [], thresholds: {}, requests: 20, cpuWindowMs: 3000 },
      bench: { requests: [], durationMs: 10_000, warmUpMs: 2_000, timeoutMs: 10_000, thresholds: [] },
    });
    expect(config.root).toBe('/shop');
    expect(warnings).toEqual([]);
    expect(targets).toEqual(['production']);
  });

  test('every variable', async () => {
    const { target } = await effective({
      dotenv: [
        'OPS_HOST="web1, root@web2:23"',
        'OPS_PORT=2222',
        'OPS_USER=deploy',
        String.raw`OPS_SSH_KEY=C:\Users\new\.ssh\id`,
        'OPS_SSH_PASSPHRASE=geheim',
        'OPS_HOST_KEY=SHA256:uNiVztksCsDhcc0u9e8BrqOwUbxpaR+LNpwNKDO2T3A=',
        'OPS_SSH_JUMP=ops@bastion:22,inner',
        'OPS_KNOWN_HOSTS=ci/known_hosts',
        'OPS_SSH_CONFIG=none',
        'OPS_CONNECT_TIMEOUT=2.5',
        'OPS_SSH_KEEPALIVE=1s',
        'OPS_PRODUCTION=no',
        'OPS_APP_DIR=/srv/shop/',
        'OPS_BRANCH=release/1',
        'OPS_REMOTE=upstream',
        'OPS_COMPOSE_FILE=a.yml:./b.yml',
        'OPS_PROJECT=shop',
        'OPS_PROFILES=worker,mail',
        'OPS_ENV_FILES=.env.prod',
        'OPS_URL=https://shop.example.com/',
        'OPS_SERVICES=backend,worker',
        'OPS_STATEFUL_SERVICES=search',
        'OPS_PROXY_SERVICE=nginx',
        'OPS_HEALTH_PATH=/up',
        'OPS_HEALTH_PORT=8000',
        'OPS_HEALTH_TIMEOUT=30s',
        'OPS_BUILD_CACHE=true',
        'OPS_BUILD_PULL=1',
        'OPS_BUILD_TIMEOUT=1h',
        'OPS_RELEASE_COMMAND="alembic upgrade head"',
        'OPS_RELEASE_SERVICE=backend',
        'OPS_RELEASE_HOSTS=first',
        'OPS_RELEASE_TIMEOUT=90',
        'OPS_STRATEGY=recreate',
        'OPS_BATCH=25%',
        'OPS_STABILITY=0',
        'OPS_DRAIN=2m',
        'OPS_STOP_TIMEOUT=20s',
        'OPS_LOCK_WAIT=1m30s',
        'OPS_KEEP=3',
        'OPS_MIN_DISK=1G',
        'OPS_CHECKS_SKIP=certificate,drift',
        'OPS_CHECKS_PATH=/api/products',
        'OPS_CHECKS_REQUESTS=50',
        'OPS_CHECKS_CPU_WINDOW=1s',
        'OPS_CHECKS_WORKERS=4',
        'OPS_BENCH_RATE=100',
        'OPS_BENCH_CONNECTIONS=20',
        'OPS_BENCH_DURATION=1m',
        'OPS_BENCH_WARM_UP=0s',
        'OPS_BENCH_TIMEOUT=5s',
      ].join('\n'),
    });
    const common = {
      keyFile: String.raw`C:\Users\new\.ssh\id`,
      jump: ['ops@bastion:22', 'inner'],
      hostKey: 'SHA256:uNiVztksCsDhcc0u9e8BrqOwUbxpaR+LNpwNKDO2T3A',
    };
    const { ssh, ...rest } = target;
    expect(ssh.passphrase?.reveal()).toBe('geheim');
    expect({ ...ssh, passphrase: undefined }).toEqual({
      knownHostsFile: '/shop/ci/known_hosts',
      configFile: 'none',
      connectTimeoutMs: 2500,
      keepaliveMs: 1000,
    });
    expect(rest).toEqual({
      name: 'production',
      production: false,
      hosts: [
        { name: 'web1', address: 'web1', port: 2222, user: 'deploy', ...common },
        { name: 'web2', address: 'web2', port: 23, user: 'root', ...common },
      ],
      appDir: '/srv/shop',
      branch: 'release/1',
      remote: 'upstream',
      compose: {
        files: ['a.yml', 'b.yml'],
        project: 'shop',
        profiles: ['worker', 'mail'],
        envFiles: ['.env.prod'],
      },
      url: 'https://shop.example.com',
      services: { roll: ['backend', 'worker'], stateful: ['search'], proxy: 'nginx' },
      health: { path: '/up', port: 8000, timeoutMs: 30_000 },
      build: { cache: true, pull: true, args: {}, timeoutMs: 3_600_000 },
      release: { command: 'alembic upgrade head', service: 'backend', hosts: 'first', timeoutMs: 90_000 },
      hooks: { beforeDeploy: [], afterDeploy: [], onFailure: [] },
      deploy: {
        strategy: 'recreate',
        batch: '25%',
        stabilityMs: 0,
        drainMs: 120_000,
        stopMs: 20_000,
        lockWaitMs: 90_000,
        keep: 3,
        minDiskMb: 1024,
      },
      checks: {
        skip: ['certificate', 'drift'],
        thresholds: {},
        path: '/api/products',
        requests: 50,
        cpuWindowMs: 1000,
        workers: 4,
      },
      bench: {
        requests: [],
        rate: 100,
        connections: 20,
        durationMs: 60_000,
        warmUpMs: 0,
        timeoutMs: 5_000,
        thresholds: [],
      },
    });
  });

  test('requests of a load test', async () => {
    const { target } = await effective({
      yaml: [
        'hosts: web1',
        'bench:',
        '  requests:',
        '    - /api/products',
        '    - { path: "/api/products/{random}", name: product, weight: 3, random: [1, 200] }',
        '    - path: /api/orders',
        '      method: post',
        '      body: \'{"id":"{n}"}\'',
        '      headers: { x-test: one }',
        '  thresholds: [p95<300ms, "errors<1%"]',
      ].join('\n'),
    });
    expect(target.bench.thresholds).toEqual(['p95<300ms', 'errors<1%']);
    expect(target.bench.requests).toEqual([
      { name: 'GET /api/products', method: 'GET', path: '/api/products', weight: 1, headers: {} },
      {
        name: 'product',
        method: 'GET',
        path: '/api/products/{random}',
        weight: 3,
        headers: {},
        random: [1, 200],
      },
      {
        name: 'POST /api/orders',
        method: 'POST',
        path: '/api/orders',
        weight: 1,
        headers: { 'content-type': 'application/json', 'x-test': 'one' },
        body: '{"id":"{n}"}',
      },
    ]);
  });

  test('names of all servers and sites', async () => {
    const yaml =
      'targets:\n  a: { hosts: [web1, root@203.0.113.5], url: https://Shop.example.com }\n  b: { hosts: web2 }\n';
    const names = await configuredNames({
      cwd: '/x',
      env: {},
      flags: {},
      files: memoryFiles({ '/x/ops.yaml': yaml }),
    });
    expect([...names].toSorted()).toEqual(['203.0.113.5', 'shop.example.com', 'web1', 'web2']);
  });

  test('an empty variable is an absent one', async () => {
    const { target } = await effective({ dotenv: 'OPS_HOST=web1\nOPS_PORT=\nOPS_BRANCH=""\n' });
    expect(target.branch).toBe('main');
    expect(target.hosts[0]).toEqual({ name: 'web1', address: 'web1' });
  });
});

describe('precedence', () => {
  const yaml = 'branch: top\ntargets:\n  production: { hosts: web1, branch: target }\n';
  test.each<[string, Situation, string, unknown]>([
    ['the default', { yaml: 'hosts: web1' }, 'main', { source: 'default' }],
    [
      'the top of ops.yaml',
      { yaml: 'branch: top\ntargets: { production: { hosts: web1 } }' },
      'top',
      { source: 'ops.yaml', detail: 'ops.yaml:1' },
    ],
    ['the target in ops.yaml', { yaml }, 'target', { source: 'ops.yaml', detail: 'ops.yaml:3' }],
    ['.env', { yaml, dotenv: 'OPS_BRANCH=file' }, 'file', { source: '.env', detail: 'OPS_BRANCH' }],
    [
      'the environment',
      { yaml, dotenv: 'OPS_BRANCH=file', env: { OPS_BRANCH: 'variable' } },
      'variable',
      { source: 'environment', detail: 'OPS_BRANCH' },
    ],
    [
      'a flag',
      { yaml, dotenv: 'OPS_BRANCH=file', env: { OPS_BRANCH: 'variable' }, flags: { branch: 'flag' } },
      'flag',
      { source: 'flag', detail: '--branch' },
    ],
  ])('%s', async (_name, situation, branch, provenance) => {
    const config = await effective(situation);
    expect(config.target.branch).toBe(branch);
    expect(config.provenance['branch']).toEqual(provenance);
  });

  test('lists are replaced, maps are merged key by key', async () => {
    const { target, provenance } = await effective({
      yaml: [
        'services: { stateful: [search, queue] }',
        'build: { args: { A: 1, B: true } }',
        'checks: { thresholds: { cpu: { warn: 30, fail: 50 }, disk: { fail: 99 } } }',
        'targets:',
        '  production:',
        '    hosts: web1',
        '    services: { stateful: [mail] }',
        '    build: { args: { B: x } }',
        '    checks: { thresholds: { cpu: { fail: 60 } } }',
      ].join('\n'),
    });
    expect(target.services.stateful).toEqual(['mail']);
    expect(target.build.args).toEqual({ A: '1', B: 'x' });
    expect(target.checks.thresholds).toEqual({ cpu: { fail: 60 }, disk: { fail: 99 } });
    expect(provenance['build.args.A']).toEqual({ source: 'ops.yaml', detail: 'ops.yaml:2' });
    expect(provenance['build.args.B']).toEqual({ source: 'ops.yaml', detail: 'ops.yaml:8' });
  });

  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
  test.each<[string, Situation, boolean]>([
    [
      'a key text wins over a weaker key file',
      { env: { OPS_SSH_KEY_CONTENT: key }, dotenv: 'OPS_SSH_KEY=id' },
      true,
    ],
    [
      'a key text wins over a key file beside it',
      { env: { OPS_SSH_KEY_CONTENT: key, OPS_SSH_KEY: 'id' } },
      true,
    ],
    [
      'a key text yields to a stronger key file',
      { env: { OPS_SSH_KEY_CONTENT: key }, flags: { 'ssh-key': 'id' } },
      false,
    ],
  ])('%s', async (_name, situation, kept) => {
    const { target } = await effective({ yaml: 'hosts: web1', ...situation });
    expect(target.ssh.key?.reveal()).toBe(kept ? key : undefined);
  });
});

describe('hosts', () => {
  const yaml = [
    'ssh: { user: deploy, key_file: keys/id, port: 2200 }',
    'targets:',
    '  production:',
    '    hosts:',
    '      - web1',
    '      - { address: 203.0.113.6, name: web-2, port: 23, user: root, key_file: ~/.ssh/web2 }',
  ].join('\n');

  test('what a host leaves out comes from ssh', async () => {
    const { target, provenance } = await effective({ yaml });
    expect(target.hosts).toEqual([
      { name: 'web1', address: 'web1', port: 2200, user: 'deploy', keyFile: '/shop/keys/id' },
      { name: 'web-2', address: '203.0.113.6', port: 23, user: 'root', keyFile: '~/.ssh/web2' },
    ]);
    expect(provenance['hosts.0.port']).toEqual({ source: 'ops.yaml', detail: 'ops.yaml:1' });
    expect(provenance['hosts.1.port']).toEqual({ source: 'ops.yaml', detail: 'ops.yaml:6' });
    expect(provenance['hosts.0.name']).toEqual({ source: 'default' });
  });

  test('a stronger source wins over what a host says itself', async () => {
    const { target } = await effective({
      yaml,
      env: { OPS_PORT: '24' },
      flags: { user: 'me', 'ssh-key': 'id' },
      cwd: '/shop/web',
    });
    expect(target.hosts.map(({ port, user, keyFile }) => [port, user, keyFile])).toEqual([
      [24, 'me', '/shop/web/id'],
      [24, 'me', '/shop/web/id'],
    ]);
  });

  test.each(['web-2', '203.0.113.6'])('--host %s means the host that ops.yaml knows', async (host) => {
    const { config, warnings } = await load({ yaml, flags: { host } });
    expect(config.target.hosts).toEqual([
      { name: 'web-2', address: '203.0.113.6', port: 23, user: 'root', keyFile: '~/.ssh/web2' },
    ]);
    expect(warnings).toEqual([]);
  });

  test('OPS_HOST replaces the hosts of a target, and says so', async () => {
    const { config, warnings } = await load({ yaml, dotenv: 'OPS_HOST=root@203.0.113.9' });
    expect(config.target.hosts).toEqual([
      { name: '203.0.113.9', address: '203.0.113.9', user: 'root', port: 2200, keyFile: '/shop/keys/id' },
    ]);
    expect(warnings).toEqual([
      'OPS_HOST of .env (203.0.113.9) replaces the hosts that ops.yaml gives to production.',
    ]);
  });

  test('one address with two ports makes two names', async () => {
    const { target } = await effective({ yaml: 'hosts: ["127.0.0.1:2201", "127.0.0.1:2202"]' });
    expect(target.hosts.map(({ name }) => name)).toEqual(['127.0.0.1:2201', '127.0.0.1:2202']);
  });

  test('one host twice', async () => {
    expect((await refusal({ yaml: 'hosts:\n  - web1\n  - web1\n' })).message).toBe(
      'The configuration has a problem:\nops.yaml:3: hosts: "web1" is there twice; give each host a name of its own',
    );
  });
});

describe('the choice of a target', () => {
  const yaml = 'targets:\n  production: { hosts: a }\n  staging: { hosts: b }\n';
  const withDefault = `default_target: staging\n${yaml}`;
  const sandbox = 'hosts: "127.0.0.1:2201"\n';

  test.each<[string, Situation, string]>([
    [
      '-t',
      { yaml: withDefault, flags: { target: 'production' }, env: { OPS_TARGET: 'staging' } },
      'production',
    ],
    [
      'OPS_TARGET',
      { yaml: withDefault, env: { OPS_TARGET: 'production' }, dotenv: 'OPS_TARGET=staging' },
      'production',
    ],
    ['OPS_TARGET of .env', { yaml: withDefault, dotenv: 'OPS_TARGET=production' }, 'production'],
    ['default_target', { yaml: withDefault }, 'staging'],
    ['the only one', { yaml: 'targets: { live: { hosts: a } }' }, 'live'],
    ['hosts at the top', { yaml: 'hosts: a' }, 'production'],
    ['a flag alone', { flags: { host: 'a' } }, 'production'],
    ['a sandbox by name', { yaml: 'hosts: a', sandbox, flags: { target: 'sandbox' } }, 'sandbox'],
    ['a real target before a sandbox', { yaml: 'hosts: a', sandbox }, 'production'],
    ['a sandbox where there is nothing else', { sandbox }, 'sandbox'],
  ])('%s', async (_name, situation, name) => {
    expect((await effective(situation)).target.name).toBe(name);
  });

  test.each<[string, Situation, string, string, string]>([
    [
      'several and none chosen',
      { yaml, sandbox },
      'TARGET_AMBIGUOUS',
      'There are several targets and none was chosen: production, staging, sandbox.',
      'Name one with -t, for example `-t production`, or set default_target in ops.yaml.',
    ],
    [
      'unknown, with a near one',
      { yaml, flags: { target: 'prod' } },
      'TARGET_UNKNOWN',
      'There is no target "prod" (-t). Did you mean production?',
      'Targets: production, staging.',
    ],
    [
      'unknown, from the environment',
      { yaml, env: { OPS_TARGET: 'qa' } },
      'TARGET_UNKNOWN',
      'There is no target "qa" (OPS_TARGET).',
      'Targets: production, staging.',
    ],
    [
      'a name for the one server of .env, which is production',
      { dotenv: 'OPS_HOST=a', flags: { target: 'staging' } },
      'TARGET_UNKNOWN',
      'There is no target "staging" (-t).',
      'Targets: production.',
    ],
    [
      'nothing at all',
      {},
      'TARGET_MISSING',
      'No server is configured: there is no target.',
      'Write `hosts: [user@server]` into ops.yaml, set OPS_HOST in .env, or give --host.',
    ],
    [
      'a target without hosts',
      { yaml: 'targets:\n  production:\n' },
      'TARGET_WITHOUT_HOSTS',
      'Target production has no hosts.',
      'Write `hosts` below production in ops.yaml, set OPS_HOST, or give --host.',
    ],
    [
      'both spellings of the file',
      { yaml, more: { '/shop/ops.yml': '' } },
      'CONFIG_TWICE',
      'There are both ops.yaml and ops.yml.',
      'Keep one of them.',
    ],
  ])('refused: %s', async (_name, situation, code, message, next) => {
    const refused = await refusal(situation);
    expect(refused).toMatchObject({ code, message });
    expect(refused.next[0]).toBe(next);
  });
});

describe('a sandbox', () => {
  const sandbox = [
    'hosts: [{ address: 127.0.0.1, port: 2201 }]',
    'ssh: { user: root, key_file: id_ed25519, known_hosts_file: known_hosts, config_file: none }',
    'app_dir: /srv/app',
  ].join('\n');
  const server = {
    OPS_HOST: 'web1',
    OPS_PORT: '22',
    OPS_USER: 'deploy',
    OPS_SSH_KEY: '~/.ssh/real',
    OPS_SSH_JUMP: 'bastion',
    OPS_HOST_KEY: 'SHA256:uNiVztksCsDhcc0u9e8BrqOwUbxpaR+LNpwNKDO2T3A',
    OPS_SSH_PASSPHRASE: 'geheim',
    OPS_URL: 'https://shop.example.com',
    OPS_PRODUCTION: 'true',
    OPS_APP_DIR: '/home/deploy/shop',
    OPS_BRANCH: 'next',
  };
  const dotenv = Object.entries(server)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
  const folder = '/shop/.ops/sandbox/sandbox';
  const own = {
    hosts: [
      { name: '127.0.0.1', address: '127.0.0.1', port: 2201, user: 'root', keyFile: `${folder}/id_ed25519` },
    ],
    ssh: {
      knownHostsFile: `${folder}/known_hosts`,
      configFile: 'none',
      connectTimeoutMs: 15_000,
      keepaliveMs: 10_000,
    },
    production: false,
    appDir: '/srv/app',
  };
  const flags = { target: 'sandbox' };

  test.each<[string, Situation]>([
    ['.env', { dotenv }],
    ['the environment', { env: server }],
    [
      'the top of ops.yaml',
      {
        yaml: 'hosts: web1\nssh: { jump: bastion, port: 22 }\nurl: https://shop.example.com\nproduction: true\nbranch: next\n',
      },
    ],
  ])('is never redirected by %s', async (_name, situation) => {
    const { config, warnings } = await load({ ...situation, sandbox, flags });
    expect(config.target).toMatchObject(own);
    expect(config.target.hosts).toEqual(own.hosts);
    expect(config.target.ssh).toEqual(own.ssh);
    expect(config.target.url).toBeUndefined();
    expect(config.target.branch).toBe('next');
    expect(warnings).toEqual([]);
  });

  test('is redirected by a flag only', async () => {
    const { target, provenance } = await effective({ sandbox, flags: { ...flags, port: 2299 } });
    expect(target.hosts[0]?.port).toBe(2299);
    expect(provenance['hosts.0.address']).toEqual({
      source: 'sandbox',
      detail: '.ops/sandbox/sandbox/target.yaml:1',
    });
  });

  test('a name that ops.yaml has too', async () => {
    const { message } = await refusal({ sandbox, yaml: 'targets: { sandbox: { hosts: a } }' });
    expect(message).toBe(
      'The configuration has a problem:\n.ops/sandbox/sandbox/target.yaml: target "sandbox" is defined twice: by this sandbox and in ops.yaml; rename one of them',
    );
  });

  test('a wrong target file', async () => {
    const { message } = await refusal({ sandbox: 'host: a\n' });
    expect(message).toBe(
      'The configuration has a problem:\n.ops/sandbox/sandbox/target.yaml:1:1: unknown key "host"; did you mean "hosts"?',
    );
  });
});

describe('wrong variables and flags', () => {
  test('everything at once', async () => {
    const { message, code } = await refusal({
      dotenv: 'OPS_HOTS=web1\n\nexport OPS_PORT=ssh\nOPS_SSH_KEY_CONTENT=geheim\nOPS_SSH_KEY="C:\\new"\n',
      env: { OPS_STRATEGY: 'roling', OPS_COMPOSE_FILE: 'C:\\app\\a.yml' },
      flags: { batch: '0', 'app-dir': 'C:/Program Files/Git/srv/app' },
    });
    expect(code).toBe('CONFIG_INVALID');
    expect(message.split('\n')).toEqual([
      'The configuration has 8 problems:',
      '.env:1: unknown variable OPS_HOTS; did you mean OPS_HOST?',
      '.env:3: OPS_PORT: expected a port from 1 to 65535, found "ssh"',
      '.env:4: OPS_SSH_KEY_CONTENT: expected the text of a private key (-----BEGIN … PRIVATE KEY----- to -----END …), or that in base64; the value is not shown, it is a secret',
      String.raw`.env:5: OPS_SSH_KEY: expected a file on this machine, found "C:\new" (it has a control character in it; in double quotes, .env and YAML read \n and \t as such)`,
      String.raw`environment: OPS_COMPOSE_FILE: expected a file below the app directory, or an absolute path, found "C:\\app\\a.yml" (that is a path of Windows; Git Bash makes such paths of /srv/app unless MSYS_NO_PATHCONV=1 is set)`,
      'environment: OPS_STRATEGY: expected rolling or recreate, found "roling" (did you mean rolling?)',
      '--app-dir: expected an absolute directory on the server such as /srv/app, found "C:/Program Files/Git/srv/app" (that is a path of Windows; Git Bash makes such paths of /srv/app unless MSYS_NO_PATHCONV=1 is set)',
      '--batch: expected a number of hosts such as 1, or a share such as 25%, found "0" (no host would ever have its turn)',
    ]);
    expect(message).not.toContain('geheim');
  });

  test('an unknown variable of the environment is a warning', async () => {
    const { warnings } = await load({
      yaml: 'hosts: a',
      env: { OPS_BRANHC: 'x', OPS_WHATEVER: 'x', OPS_COMMIT: 'of a hook', HOME: '/home/me' },
    });
    expect(warnings).toEqual([
      'Environment: unknown variable OPS_BRANHC; did you mean OPS_BRANCH?',
      'Environment: unknown variable OPS_WHATEVER; .env.example lists the known ones',
    ]);
  });

  test('flags that are no settings are ignored', async () => {
    const { target } = await effective({
      yaml: 'hosts: a',
      flags: { json: true, verbose: false, 'lock-wait': '30s' },
    });
    expect(target.deploy.lockWaitMs).toBe(30_000);
  });

  test('a repeated flag', async () => {
    const { target } = await effective({
      yaml: 'hosts: a',
      flags: { 'compose-file': ['a.yml', 'b.yml'], cache: true },
    });
    expect(target.compose.files).toEqual(['a.yml', 'b.yml']);
    expect(target.build.cache).toBe(true);
  });
});

describe('where the configuration is looked for', () => {
  const yaml = 'hosts: right\n';
  const inside = { HOME: '/home/me' };
  test.each<[string, Record<string, string>, string, string | undefined]>([
    ['here', { '/x/ops.yaml': yaml }, '/x', '/x'],
    ['up to the git root', { '/x/.git/HEAD': '', '/x/ops.yaml': yaml }, '/x/a/b', '/x'],
    ['not above the git root', { '/x/ops.yaml': yaml, '/x/a/.git/HEAD': '' }, '/x/a/b', undefined],
    ['not above outside of a repository', { '/x/ops.yaml': yaml }, '/x/a', undefined],
    ['up to the home directory', { '/home/me/ops.yaml': yaml }, '/home/me/a', '/home/me'],
    ['not above the home directory', { '/home/ops.yaml': yaml }, '/home/me/a', undefined],
    ['ops.yml too', { '/x/ops.yml': yaml }, '/x', '/x'],
    [
      "ops.yaml above an app's own .env",
      { '/x/.git/HEAD': '', '/x/ops.yaml': yaml, '/x/api/.env': 'OPS_HOST=wrong' },
      '/x/api',
      '/x',
    ],
    ['.env above', { '/x/.git/HEAD': '', '/x/.env': 'OPS_HOST=right' }, '/x/a', '/x'],
  ])('%s', async (_name, content, cwd, root) => {
    const found = await loadConfig({ cwd, env: inside, flags: {}, files: memoryFiles(content) }).then(
      ({ config }) => [config.root, config.target.hosts[0]?.address],
      (error: OpsError) => error.code,
    );
    expect(found).toEqual(root === undefined ? 'TARGET_MISSING' : [root, 'right']);
  });

  test('files are named as seen from here', async () => {
    expect((await refusal({ yaml: 'x: 1\n', cwd: '/shop/api' })).message).toMatch(
      /\n\.\.\/ops\.yaml:1:1: unknown key "x"/,
    );
  });
});
