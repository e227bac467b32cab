import { describe, expect, it } from 'vitest';
import { readCompose } from '../../../../src/readers/compose/read.ts';
import { imageOf } from '../../../../src/readers/dockerfile/image.ts';
import { parseDockerfile } from '../../../../src/readers/dockerfile/parse.ts';
import { majorVersionOf, readPostgres } from '../../../../src/readers/postgres/read.ts';
import { filesOf } from '../../../../src/source/files.ts';
import { containerFiles } from '../../../../src/stack/container-files.ts';
import type { PostgresServer } from '../../../../src/stack/stack.ts';

interface Seen {
  settings: Record<string, string>;
  /** Text at the place of each setting. */
  places: Record<string, string>;
  sources: Record<string, string>;
  server: PostgresServer;
}

/** Reads the service `db` of a Compose file, `service` being its lines. */
function read(service: string, others: Record<string, string> = {}, dockerfile?: string): Seen {
  const compose = `services:\n  db:\n${service.replaceAll(/^/gm, '    ')}\n`;
  const texts = new Map(Object.entries({ 'compose.yml': compose, ...others }));
  const files = filesOf(texts);
  const [model] = readCompose(files, { paths: ['compose.yml'], env: {} }).services;
  if (!model) throw new Error('No service.');
  const image =
    dockerfile === undefined
      ? undefined
      : imageOf(parseDockerfile('Dockerfile', dockerfile), { args: new Map() });
  const server = readPostgres({
    service: model,
    files: containerFiles(files, model, image, model.build?.context),
    ...(image ? { image } : {}),
  });
  const entries = [...server.settings];
  return {
    server,
    settings: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    places: Object.fromEntries(
      entries.map(([name, { source }]) => [
        name,
        source.at
          ? (texts.get(source.at.path) ?? dockerfile ?? '').slice(source.at.start, source.at.end)
          : '',
      ]),
    ),
    sources: Object.fromEntries(entries.map(([name, { source }]) => [name, source.by])),
  };
}

describe('the command', () => {
  it('as a list', () => {
    const { settings, places, server } = read(
      `image: postgres:17\ncommand:\n  - postgres\n  - -c\n  - shared_buffers=256MB\n  - --work-mem=8MB\n  - -cjit=off\n  - -N\n  - "50"`,
    );
    expect(settings).toEqual({ shared_buffers: '256MB', work_mem: '8MB', jit: 'off', max_connections: '50' });
    expect(places).toMatchObject({ shared_buffers: 'shared_buffers=256MB', work_mem: '--work-mem=8MB' });
    expect(server.unseenConfig).toBe(false);
  });

  it.each([
    ['a string', 'command: postgres -c shared_buffers=256MB -c "work_mem=8MB"'],
    ['folded', 'command: >\n  postgres\n  -c shared_buffers=256MB\n  -c work_mem=8MB'],
    ['options only', 'command: -c shared_buffers=256MB -c work_mem=8MB'],
    ['with the entrypoint', 'command: docker-entrypoint.sh postgres -c shared_buffers=256MB -c work_mem=8MB'],
    ['in upper case', 'command: ["postgres", "-c", "Shared_Buffers=256MB", "-c", "WORK_MEM=8MB"]'],
    [
      'an entrypoint',
      'entrypoint: [docker-entrypoint.sh, postgres]\ncommand: [-c, shared_buffers=256MB, -c, work_mem=8MB]',
    ],
    ['in a shell', 'command: sh -c "exec postgres -c shared_buffers=256MB -c work_mem=8MB"'],
    ['given twice', 'command: postgres -c work_mem=1MB -c shared_buffers=256MB -c work_mem=8MB'],
  ])('%s', (_name, command) => {
    const { settings, server } = read(`image: postgres:17\n${command}`);
    expect(settings).toEqual({ shared_buffers: '256MB', work_mem: '8MB' });
    expect(server.unseenConfig).toBe(false);
  });

  it.each([
    ['a script', 'command: ["/start.sh"]'],
    ['a variable', 'command: postgres -c shared_buffers=$$BUFFERS'],
    ['an option without a value', 'command: postgres -c'],
    ['a shell script of more lines', 'command: sh -c "cp /x /y && exec postgres -c work_mem=8MB"'],
  ])('%s may set more than is seen', (_name, command) => {
    expect(read(`image: postgres:17\n${command}`).server.unseenConfig).toBe(true);
  });

  it('-B counts blocks', () => {
    expect(read('image: postgres:17\ncommand: postgres -B 32768').settings).toEqual({
      shared_buffers: '32768',
    });
  });

  it('of an image that is built', () => {
    const { settings, sources, server } = read(
      'build: .',
      {},
      'FROM postgres:17\nCMD ["postgres", "-c", "shared_buffers=512MB"]\n',
    );
    expect(settings).toEqual({ shared_buffers: '512MB' });
    expect(sources).toEqual({ shared_buffers: 'command' });
    expect(server.unseenConfig).toBe(false);
  });
});

describe('files', () => {
  const mount =
    'image: postgres:17\ncommand: postgres -c config_file=/etc/postgresql/postgresql.conf\nvolumes:\n  - ./pg:/etc/postgresql';

  it('reads config_file with comments, quotes and units', () => {
    const { settings, places, server } = read(mount, {
      'pg/postgresql.conf': [
        '# shared_buffers = 1GB',
        "listen_addresses = '*'   # all",
        "shared_buffers = '256MB'",
        'work_mem 8MB # per operation',
        "application_name = 'it''s'",
        'Jit=off',
        '',
      ].join('\r\n'),
    });
    expect(settings).toEqual({
      listen_addresses: '*',
      shared_buffers: '256MB',
      work_mem: '8MB',
      application_name: "it's",
      jit: 'off',
    });
    expect(places).toMatchObject({ shared_buffers: "'256MB'", work_mem: '8MB', jit: 'off' });
    expect(server).toMatchObject({ unseenConfig: false, configFiles: ['pg/postgresql.conf'] });
  });

  it('follows include, include_if_exists and include_dir, the last one winning', () => {
    const { settings, server } = read(mount, {
      'pg/postgresql.conf':
        "work_mem = 1MB\ninclude 'memory.conf'\ninclude_if_exists = 'none.conf'\ninclude_dir 'conf.d'\n",
      'pg/memory.conf': 'shared_buffers = 1GB\nwork_mem = 2MB\n',
      'pg/conf.d/20.conf': 'work_mem = 4MB\n',
      'pg/conf.d/10.conf': 'work_mem = 3MB\n',
      'pg/conf.d/notes.txt': 'work_mem = 9MB\n',
    });
    expect(settings).toEqual({ shared_buffers: '1GB', work_mem: '4MB' });
    expect(server.unseenConfig).toBe(false);
    expect(server.overridden?.map(({ value }) => value)).toEqual(['1MB', '2MB', '3MB']);
    expect(server.configFiles).toEqual([
      'pg/postgresql.conf',
      'pg/memory.conf',
      'pg/conf.d/10.conf',
      'pg/conf.d/20.conf',
    ]);
  });

  it('is unseen where it is missing or includes what is missing', () => {
    expect(read(mount).server.unseenConfig).toBe(true);
    expect(read(mount, { 'pg/postgresql.conf': "include 'gone.conf'\n" }).server.unseenConfig).toBe(true);
  });

  it('survives a file that includes itself', () => {
    const { settings, server } = read(mount, {
      'pg/postgresql.conf': "work_mem = 8MB\ninclude 'postgresql.conf'\n",
    });
    expect(settings).toEqual({ work_mem: '8MB' });
    expect(server.unseenConfig).toBe(true);
  });

  it('loses to the command line', () => {
    const { settings, server } = read(
      'image: postgres:17\ncommand: postgres -c config_file=/pg.conf -c work_mem=8MB\nvolumes: [./pg.conf:/pg.conf]',
      { 'pg.conf': 'work_mem = 64MB\n' },
    );
    expect(settings).toEqual({ work_mem: '8MB' });
    expect(server.overridden).toMatchObject([{ name: 'work_mem', value: '64MB', by: { value: '8MB' } }]);
  });

  it('in the data directory needs no option', () => {
    const { settings } = read(
      'image: postgres:17\nenvironment:\n  PGDATA: /data\nvolumes: [./pg.conf:/data/postgresql.conf]',
      { 'pg.conf': 'work_mem = 64MB\n' },
    );
    expect(settings).toEqual({ work_mem: '64MB' });
  });

  it('ALTER SYSTEM of a script that makes the database wins over it', () => {
    const { settings, places, server } = read(
      'image: postgres:17\nvolumes: [./init:/docker-entrypoint-initdb.d]',
      {
        'init/1.sql':
          "-- ALTER SYSTEM SET work_mem = '1MB';\nALTER SYSTEM SET shared_buffers = '512MB';\nalter system set jit to off;\n",
      },
    );
    expect(settings).toEqual({ shared_buffers: '512MB', jit: 'off' });
    expect(places).toEqual({ shared_buffers: "'512MB'", jit: 'off' });
    expect(server.unseenConfig).toBe(false);
  });

  it.each([
    ['a directory', './init:/docker-entrypoint-initdb.d'],
    ['a script', './init.sql:/docker-entrypoint-initdb.d/init.sql'],
  ])('%s of scripts that is not among the files is unseen', (_name, mount) => {
    expect(read(`image: postgres:17\nvolumes: [${mount}]`).server.unseenConfig).toBe(true);
  });

  it('written by a script is unseen', () => {
    const { server } = read('image: postgres:17\nvolumes: [./init.sh:/docker-entrypoint-initdb.d/init.sh]', {
      'init.sh': 'echo "work_mem = 8MB" >> "$PGDATA/postgresql.conf"\n',
    });
    expect(server.unseenConfig).toBe(true);
  });
});

describe('images', () => {
  it('bitnami sets by variables', () => {
    const { settings, sources } = read(
      'image: bitnami/postgresql:16\nenvironment:\n  POSTGRESQL_MAX_CONNECTIONS: 200\n  POSTGRESQL_PASSWORD: x',
    );
    expect(settings).toEqual({ max_connections: '200' });
    expect(sources).toEqual({ max_connections: 'environment' });
  });

  it.each([
    ['timescale/timescaledb:2.17.2-pg16', true],
    ['supabase/postgres:15.1.0.147', true],
    ['ops-sandbox/postgres:17', false],
    ['postgis/postgis:16-3.4', false],
    ['bitnami/postgresql:16', false],
  ])('%s tunes itself: %s', (image, unseen) => {
    expect(read(`image: ${image}`).server.unseenConfig).toBe(unseen);
  });

  it.each([
    ['postgres:17.2-alpine', 17],
    ['postgres', undefined],
    ['postgres:latest', undefined],
    ['postgres:alpine', undefined],
    ['postgres:9.6', 9],
    ['registry:5000/team/postgres:16@sha256:abcdef', 16],
    ['pgvector/pgvector:pg17', 17],
    ['pgvector/pgvector:0.8.0-pg16', 16],
    ['timescale/timescaledb:2.17.2-pg16', 16],
    ['timescale/timescaledb:2.17.2', undefined],
    ['postgis/postgis:16-3.4', 16],
    ['bitnami/postgresql:16.4.0-debian-12-r2', 16],
    ['supabase/postgres:15.1.0.147', 15],
    ['postgres:18beta1', 18],
  ])('%s is of version %s', (image, version) => {
    expect(majorVersionOf(image)).toBe(version);
  });
});
