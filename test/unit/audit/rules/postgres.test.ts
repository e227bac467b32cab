import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../../src/audit/finding.ts';
import type { Rule } from '../../../../src/audit/rule.ts';
import { postgresCacheSizeBeyondMemory } from '../../../../src/audit/rules/postgres-cache-size-beyond-memory.ts';
import { postgresDefaults } from '../../../../src/audit/rules/postgres-defaults.ts';
import { postgresExceedsContainer } from '../../../../src/audit/rules/postgres-exceeds-container.ts';
import { postgresOverridden } from '../../../../src/audit/rules/postgres-overridden.ts';
import { postgresSharedMemory } from '../../../../src/audit/rules/postgres-shared-memory.ts';
import { applyEdits } from '../../../../src/source/edits.ts';
import { filesOf } from '../../../../src/source/files.ts';
import { buildStack } from '../../../../src/stack/build.ts';
import type { LivePostgres } from '../../../../src/stack/live.ts';
import { assumedMachine, tuneInputOf } from '../../../../src/tune/input.ts';
import { solve } from '../../../../src/tune/solve.ts';

interface Given {
  /** Lines of the service `db`. */
  db: string;
  files?: Record<string, string>;
  live?: Partial<LivePostgres>;
}

const compose = (db: string): string => `services:\n  db:\n${db.replaceAll(/^(?=.)/gm, '    ')}\n`;

function evaluate(rule: Rule, { db, files: others = {}, live }: Given): readonly Verdict[] {
  const files = filesOf(new Map(Object.entries({ 'compose.yml': compose(db), ...others })));
  const stack = buildStack({
    files,
    compose: { paths: ['compose.yml'], env: {} },
    ...(live
      ? {
          live: {
            host: 'server',
            at: '2026-01-01T00:00:00Z',
            services: {
              db: {
                containers: [],
                postgres: {
                  majorVersion: 17,
                  settings: {},
                  connections: 1,
                  maxConnections: 100,
                  reserved: 3,
                  ...live,
                },
              },
            },
          },
        }
      : {}),
  });
  return rule.evaluate(stack, {
    plan: () => solve(tuneInputOf(stack, assumedMachine, { keepLimits: true })),
  });
}

function only(rule: Rule, given: Given): Verdict {
  const [verdict, ...others] = evaluate(rule, given);
  if (!verdict || others.length > 0) throw new Error(`${others.length + (verdict ? 1 : 0)} verdicts.`);
  return verdict;
}

/** The files after the fix, of the one that it changes. */
function fixed(rule: Rule, given: Given): string {
  const edits = only(rule, given).fix?.edits ?? [];
  const [path = 'compose.yml'] = edits.map((edit) => edit.path);
  const text = path === 'compose.yml' ? compose(given.db) : (given.files?.[path] ?? '');
  return applyEdits(text, edits);
}

const limit = (size: string): string => `deploy:\n  resources:\n    limits:\n      memory: ${size}`;

describe('postgres-defaults', () => {
  it('fails where nothing is set, at the service, with numbers of the plan', () => {
    const verdict = only(postgresDefaults, { db: 'image: postgres:17' });
    expect(verdict).toMatchObject({
      status: 'fail',
      subject: 'db',
      confidence: 'static',
      at: { path: 'compose.yml', start: 12, end: 14 },
    });
    expect(verdict.severity).toBeUndefined();
    expect(verdict.message).toMatch(
      /^PostgreSQL runs with its defaults: shared_buffers 128MB, effective_cache_size 4GB, .*random_page_cost 4\.$/,
    );
  });

  it('names what would fit where the memory is known', () => {
    expect(only(postgresDefaults, { db: `image: postgres:17\n${limit('2G')}` }).message).toMatch(
      / Of the 2 GB that its container has, 512MB would fit\.$/,
    );
  });

  it('compares values, not where they stand', () => {
    const files = {
      'pg.conf': "shared_buffers = 128MB\neffective_cache_size = '4096MB'\nmax_connections = 100\n",
    };
    const db = 'image: postgres:17\nvolumes: [./pg.conf:/var/lib/postgresql/data/postgresql.conf]';
    expect(only(postgresDefaults, { db, files })).toMatchObject({
      status: 'fail',
      at: { path: 'pg.conf', start: 17, end: 22 },
    });
  });

  it.each([
    ['set on the command line', `image: postgres:17\ncommand: postgres -c shared_buffers=512MB`],
    ['a tiny container', `image: postgres:17\n${limit('512M')}`],
    [
      'the default value, chosen among others',
      `image: postgres:17\ncommand: postgres -c shared_buffers=128MB -c effective_cache_size=384MB\n${limit('512M')}`,
    ],
  ])('passes: %s', (_name, db) => {
    expect(only(postgresDefaults, { db })).toMatchObject({ status: 'pass' });
  });

  it('is low where the rest was set for a larger container', () => {
    const db = `image: postgres:17\ncommand: postgres -c effective_cache_size=3GB\n${limit('4G')}`;
    expect(only(postgresDefaults, { db })).toMatchObject({ status: 'fail', severity: 'low' });
  });

  it('is unknown where settings cannot be read', () => {
    const db = 'image: postgres:17\ncommand: postgres -c config_file=/etc/pg.conf';
    expect(only(postgresDefaults, { db })).toMatchObject({ status: 'unknown' });
    expect(only(postgresDefaults, { db: 'image: timescale/timescaledb:latest-pg16' }).status).toBe('unknown');
  });

  it('believes the running server', () => {
    const setting = (value: string, unit?: string) => ({
      value,
      ...(unit === undefined ? {} : { unit }),
      source: 'configuration file',
      pendingRestart: false,
    });
    const settings = {
      shared_buffers: setting('16384', '8kB'),
      effective_cache_size: setting('524288', '8kB'),
    };
    const db = 'image: postgres:17\ncommand: postgres -c config_file=/etc/pg.conf';
    expect(only(postgresDefaults, { db, live: { settings, cacheHitRatio: 0.8 } })).toMatchObject({
      status: 'fail',
      confidence: 'live',
      message: expect.stringContaining('Only 80 % of the blocks read'),
    });
    const tuned = { ...settings, shared_buffers: setting('131072', '8kB') };
    expect(only(postgresDefaults, { db, live: { settings: tuned } })).toMatchObject({
      status: 'pass',
      message: 'shared_buffers is 1GB.',
    });
  });

  it('says nothing without a PostgreSQL', () => {
    expect(evaluate(postgresDefaults, { db: 'image: mysql:8' })).toEqual([]);
  });

  it('writes a command, and shared memory when it takes more', () => {
    expect(fixed(postgresDefaults, { db: `image: postgres:17 # pinned\n${limit('1G')}` })).toBe(
      compose(
        [
          'image: postgres:17 # pinned',
          limit('1G'),
          'command:',
          '  - postgres',
          ...[
            'shared_buffers=256MB',
            'effective_cache_size=768MB',
            'wal_buffers=7864kB',
            'random_page_cost=1.1',
            'effective_io_concurrency=200',
            'huge_pages=off',
            'min_wal_size=512MB',
            'max_wal_size=2GB',
            'jit=off',
            'wal_compression=lz4',
            'max_parallel_workers_per_gather=0',
          ].flatMap((setting) => ['  - -c', `  - ${setting}`]),
        ].join('\n'),
      ),
    );
    // VACUUM alone takes more than Docker's 64 MB.
    expect(fixed(postgresDefaults, { db: `image: postgres:17\n${limit('2G')}` })).toContain(
      '\n    shm_size: 128m\n',
    );
  });

  it('changes and completes a command that is there, and keeps its comments', () => {
    const db = [
      'image: registry.example.com/postgres:17',
      'command:',
      '  - postgres',
      '  # slow statements',
      '  - -c',
      '  - log_min_duration_statement=500',
      '  - -c',
      '  - "shared_buffers=128MB"',
      'shm_size: 1g',
      limit('1G'),
    ].join('\n');
    const text = fixed(postgresDefaults, { db });
    expect(text).toContain('  # slow statements\n      - -c\n      - log_min_duration_statement=500\n');
    expect(text).toContain(
      '      - "shared_buffers=256MB"\n      - -c\n      - effective_cache_size=768MB\n',
    );
    expect(text).toContain('    shm_size: 1g\n');
    expect(text).not.toContain('wal_compression');
  });

  it('edits the configuration file where there is one', () => {
    const given = {
      db: `image: postgres:17\ncommand: postgres -c config_file=/etc/pg.conf\nshm_size: 1g\nvolumes: [./pg.conf:/etc/pg.conf]\n${limit('1G')}`,
      files: { 'pg.conf': "listen_addresses = '*'\nshared_buffers = 128MB   # of 1 GB\n" },
    };
    expect(fixed(postgresDefaults, given)).toMatch(
      /^listen_addresses = '\*'\nshared_buffers = 256MB {3}# of 1 GB\neffective_cache_size = 768MB\nwal_buffers = 7864kB\n/,
    );
  });

  it.each([
    ['a shell', 'image: postgres:17\ncommand: sh -c "exec postgres -c log_statement=ddl"'],
    ['an image with an entrypoint of its own', 'image: bitnami/postgresql:17'],
  ])('leaves %s to a person', (_name, db) => {
    expect(only(postgresDefaults, { db }).fix).toMatchObject({
      edits: [],
      manual: expect.stringContaining('-c shared_buffers='),
    });
  });
});

describe('postgres-shared-memory', () => {
  it.each([
    ['a statement alone', 'command: postgres -c work_mem=64MB', 'medium', '1600m'],
    ['statements together', 'command: postgres -c work_mem=8MB', 'low', '256m'],
    ['VACUUM', 'command: postgres -c maintenance_work_mem=512MB', 'medium', '640m'],
    ['too little is set', 'command: postgres -c work_mem=64MB\nshm_size: 128mb', 'medium', '1600m'],
  ])('%s', (_name, lines, severity, wanted) => {
    const given = { db: `image: postgres:17\n${lines}` };
    const verdict = only(postgresSharedMemory, given);
    expect(verdict).toMatchObject({ status: 'fail', severity, expected: `shm_size: ${wanted}` });
    expect(fixed(postgresSharedMemory, given)).toContain(`\n    shm_size: ${wanted}\n`);
  });

  it.each([
    ['defaults', ''],
    ['enough', 'command: postgres -c work_mem=64MB\nshm_size: 2gb'],
    ["the host's", 'command: postgres -c work_mem=64MB\nipc: host'],
    ['a tmpfs', 'command: postgres -c work_mem=64MB\ntmpfs:\n  - /dev/shm:size=1g'],
    [
      'no parallel queries',
      'command: postgres -c work_mem=64MB -c max_parallel_workers_per_gather=0 -c maintenance_work_mem=32MB',
    ],
    ['a quarter as much', 'command: postgres -c work_mem=1MB'],
  ])('passes: %s', (_name, lines) => {
    expect(only(postgresSharedMemory, { db: `image: postgres:17\n${lines}` }).status).toBe('pass');
  });

  it('is unknown where settings cannot be read', () => {
    expect(only(postgresSharedMemory, { db: 'image: postgres:17\ncommand: ["/start.sh"]' }).status).toBe(
      'unknown',
    );
  });
});

describe('postgres-exceeds-container', () => {
  it.each([
    ['shared_buffers alone', '-c shared_buffers=1GB', '1G', 'high'],
    ['with work_mem', '-c shared_buffers=256MB -c work_mem=16MB', '1G', 'medium'],
    ['with many connections', '-c shared_buffers=256MB -c max_connections=500', '2G', 'medium'],
  ])('fails: %s', (_name, options, memory, severity) => {
    const db = `image: postgres:17\ncommand: postgres ${options}\n${limit(memory)}`;
    expect(only(postgresExceedsContainer, { db })).toMatchObject({ status: 'fail', severity });
  });

  it.each([
    ['pgtune for the container', '-c shared_buffers=256MB -c work_mem=6898kB -c max_connections=30', '1G'],
    ['the defaults of work_mem and max_connections', '-c shared_buffers=128MB', '512M'],
  ])('passes: %s', (_name, options, memory) => {
    const db = `image: postgres:17\ncommand: postgres ${options}\n${limit(memory)}`;
    expect(only(postgresExceedsContainer, { db }).status).toBe('pass');
  });

  it('lowers what is too large', () => {
    const db = `image: postgres:17\ncommand: [postgres, -c, shared_buffers=1GB, -c, work_mem=64MB]\n${limit('1G')}`;
    expect(fixed(postgresExceedsContainer, { db })).toContain(
      'command: [postgres, -c, shared_buffers=256MB, -c, work_mem=4MB]',
    );
  });

  it('has nothing to say without a limit', () => {
    expect(
      evaluate(postgresExceedsContainer, {
        db: 'image: postgres:17\ncommand: postgres -c shared_buffers=8GB',
      }),
    ).toEqual([]);
  });
});

describe('postgres-cache-size-beyond-memory', () => {
  it('fails beyond the container, and writes three quarters', () => {
    const given = {
      db: `image: postgres:17\ncommand: postgres -c shared_buffers=256MB -c effective_cache_size=3GB\n${limit('1G')}`,
    };
    expect(only(postgresCacheSizeBeyondMemory, given)).toMatchObject({ status: 'fail', expected: '768MB' });
    expect(fixed(postgresCacheSizeBeyondMemory, given)).toContain('- effective_cache_size=768MB');
  });

  it('takes the default for what it is where shared_buffers was set', () => {
    const db = `image: postgres:17\ncommand: postgres -c shared_buffers=256MB\n${limit('1G')}`;
    expect(only(postgresCacheSizeBeyondMemory, { db }).message).toContain(
      '4GB, the default, more than the container',
    );
  });

  it('is silent where nothing at all was set, and without a limit', () => {
    expect(evaluate(postgresCacheSizeBeyondMemory, { db: `image: postgres:17\n${limit('1G')}` })).toEqual([]);
    const db = 'image: postgres:17\ncommand: postgres -c effective_cache_size=64GB';
    expect(evaluate(postgresCacheSizeBeyondMemory, { db })).toEqual([]);
  });

  it('passes within the container', () => {
    const db = `image: postgres:17\ncommand: postgres -c effective_cache_size=768MB\n${limit('1G')}`;
    expect(only(postgresCacheSizeBeyondMemory, { db }).status).toBe('pass');
  });
});

describe('postgres-overridden', () => {
  const mounted = 'volumes: [./pg.conf:/etc/pg.conf]';

  it('names the value that loses to the command line', () => {
    const verdict = only(postgresOverridden, {
      db: `image: postgres:17\ncommand: postgres -c config_file=/etc/pg.conf -c work_mem=8MB\n${mounted}`,
      files: { 'pg.conf': 'work_mem = 64MB\nshared_buffers = 1GB\n' },
    });
    expect(verdict).toMatchObject({ status: 'fail', at: { path: 'pg.conf', start: 11, end: 15 } });
    expect(verdict.message).toBe('work_mem 64MB has no effect: the command line sets 8MB (compose.yml:4).');
  });

  it('names the earlier of two lines of a file', () => {
    const { message } = only(postgresOverridden, {
      db: `image: postgres:17\ncommand: postgres -c config_file=/etc/pg.conf\n${mounted}`,
      files: { 'pg.conf': 'work_mem = 64MB\nwork_mem = 8MB\n' },
    });
    expect(message).toBe('work_mem 64MB has no effect: a later line sets 8MB (pg.conf:2).');
  });

  it('names a file that nothing tells PostgreSQL to read', () => {
    expect(
      only(postgresOverridden, {
        db: 'image: postgres:17-alpine\nvolumes: [./postgresql.conf:/etc/postgresql/postgresql.conf]',
        files: { 'postgresql.conf': 'shared_buffers = 1GB\n' },
      }),
    ).toMatchObject({
      status: 'fail',
      severity: 'medium',
      expected: 'config_file=/etc/postgresql/postgresql.conf',
    });
  });

  it.each([
    ['the same value', 'work_mem = 8192kB\n'],
    ['other settings', 'shared_buffers = 1GB\n'],
  ])('passes: %s', (_name, conf) => {
    expect(
      only(postgresOverridden, {
        db: `image: postgres:17\ncommand: postgres -c config_file=/etc/pg.conf -c work_mem=8MB\n${mounted}`,
        files: { 'pg.conf': conf },
      }).status,
    ).toBe('pass');
  });

  it('leaves includes alone, which override on purpose', () => {
    expect(
      only(postgresOverridden, {
        db: 'image: postgres:17\ncommand: postgres -c config_file=/etc/pg/main.conf\nvolumes: [./pg:/etc/pg]',
        files: {
          'pg/main.conf': "work_mem = 4MB\ninclude_dir 'conf.d'\n",
          'pg/conf.d/10.conf': 'work_mem = 16MB\n',
        },
      }).status,
    ).toBe('pass');
  });

  it('names what waits for a restart', () => {
    const settings = {
      max_connections: { value: '100', source: 'configuration file', pendingRestart: true },
    };
    expect(only(postgresOverridden, { db: 'image: postgres:17', live: { settings } })).toMatchObject({
      status: 'fail',
      confidence: 'live',
      message: 'max_connections was changed and waits for a restart of PostgreSQL.',
    });
  });
});
