import { describe, expect, it } from 'vitest';
import { composePaths } from '../../../src/gather/compose-paths.ts';
import type { Files } from '../../../src/source/files.ts';
import { filesOf } from '../../../src/source/files.ts';
import { buildStack } from '../../../src/stack/build.ts';
import type { Stack } from '../../../src/stack/stack.ts';
import { applyPlan, type AppliedPlan } from '../../../src/tune/apply.ts';
import { assumedMachine, tuneInputOf, type TuneOptions } from '../../../src/tune/input.ts';
import type { Plan, TunedSetting } from '../../../src/tune/plan.ts';
import { solve } from '../../../src/tune/solve.ts';
import { settingOf } from '../../../src/audit/subjects/postgres.ts';
import { projectFiles } from '../../support/read-stack.ts';
import { stackFixtures } from '../../support/stack-fixtures.ts';

type Feasible = Extract<Plan, { feasible: true }>;

function reader(files: Files, configured: readonly string[] = []): (files: Files) => Stack {
  const paths = composePaths(files, 'project', { named: [], configured });
  return (texts) => buildStack({ files: texts, compose: { paths, env: {} } });
}

function planOf(stack: Stack, options: TuneOptions = {}, machine = assumedMachine): Plan {
  return solve(tuneInputOf(stack, machine, options));
}

function feasible(plan: Plan): Feasible {
  if (!plan.feasible) throw new Error(plan.reason);
  return plan;
}

function changedFiles(files: Files, { changes }: AppliedPlan): Files {
  return filesOf(
    new Map(
      files.paths.flatMap((path) => {
        const text = changes.get(path)?.after ?? files.read(path);
        return text === undefined ? [] : [[path, text] as const];
      }),
    ),
  );
}

/** A project of a few files, planned for the assumed machine and written. */
function written(texts: Record<string, string>, options: TuneOptions = {}) {
  const files = filesOf(new Map(Object.entries(texts)));
  const read = reader(files);
  const result = applyPlan(files, feasible(planOf(read(files), options)), read);
  const text = (path: string): string => result.changes.get(path)?.after ?? texts[path] ?? '';
  const stack = read(changedFiles(files, result));
  const left = result.left.map(({ setting, why }) => `${setting.service} ${setting.name}: ${why}`);
  return { ...result, left, text, stack };
}

const values = (settings: readonly TunedSetting[]): string[] =>
  settings.map(({ service, name, value }) => `${service} ${name} ${value}`).sort();

/** Lines that a change takes away. */
function removedLines({ changes }: AppliedPlan): string[] {
  return [...changes.values()].flatMap(({ before, after }) => {
    const rest = after.split('\n');
    return before.split('\n').filter((line) => {
      const place = rest.indexOf(line);
      if (place === -1) return true;
      rest.splice(0, place + 1);
      return false;
    });
  });
}

describe('a plan written into the shop', () => {
  const files = projectFiles(new URL('../../../examples/shop/before/', import.meta.url));
  const read = reader(files, ['docker-compose.prod.yml']);
  const plan = feasible(planOf(read(files)));
  const result = applyPlan(files, plan, read);
  const after = changedFiles(files, result);
  const stack = read(after);
  const service = (name: string) => stack.services.find((one) => one.name === name);

  it('is read again as it was planned', () => {
    const amount = (of: string, name: string): number | undefined =>
      plan.settings.find((setting) => setting.service === of && setting.name === name)?.amount;
    const backend = service('backend');
    expect(backend?.app?.workers.value).toEqual({ kind: 'count', count: amount('backend', 'workers') });
    expect(backend?.pools[0]?.size.value).toBe(amount('backend', 'pool_size'));
    expect(backend?.pools[0]?.overflow.value).toBe(amount('backend', 'max_overflow'));
    for (const name of ['db', 'backend', 'nginx']) {
      expect(service(name)?.limits.memoryBytes?.value).toBe(amount(name, 'memory'));
      expect(service(name)?.limits.cpus?.value).toBe(amount(name, 'cpus'));
    }
    const db = service('db');
    if (!db?.postgres) throw new Error('No PostgreSQL.');
    const server = { ...db, postgres: db.postgres };
    expect(settingOf(server, 'max_connections')?.value).toBe('90');
    expect(settingOf(server, 'shared_buffers')?.bytes).toBe(amount('db', 'shared_buffers'));
    expect(after.read('docker-compose.prod.yml')).toContain('    shm_size: 128m\n');
    expect(after.read('nginx/nginx.conf')).toContain('worker_processes 1;\n');
  });

  it('takes nothing away but the lines that it changes', () => {
    expect(removedLines(result)).toEqual([
      'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]',
      'engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)',
      'worker_processes auto;',
    ]);
    expect([...result.changes.keys()]).toEqual([
      'backend/Dockerfile',
      'backend/database.py',
      'docker-compose.prod.yml',
      'nginx/nginx.conf',
    ]);
  });

  it('leaves what the image may not have', () => {
    expect(result.left).toEqual([
      {
        setting: expect.objectContaining({ name: 'wal_compression', value: 'lz4' }) as TunedSetting,
        why: 'Its image is not an official one, and may have a PostgreSQL that was built without.',
        manual: 'Give PostgreSQL of `db` `-c wal_compression=lz4`.',
      },
    ]);
  });

  it('accounts for every setting of the plan once', () => {
    const all = [...result.applied, ...result.same, ...result.left.map(({ setting }) => setting)];
    expect(values(all)).toEqual(values(plan.settings));
  });
});

describe('a plan written into small stacks', async () => {
  const machines = [assumedMachine, { cpus: 4, memoryBytes: 8 * 1024 ** 3 }];
  it.each(await stackFixtures())('$name: a second time changes nothing', ({ directory }) => {
    const files = projectFiles(directory);
    const read = reader(files);
    for (const machine of machines) {
      const plan = planOf(read(files), {}, machine);
      if (!plan.feasible) continue;
      const result = applyPlan(files, plan, read);
      const after = changedFiles(files, result);
      const again = feasible(planOf(read(after), {}, machine));
      expect(values(again.settings)).toEqual(values(plan.settings));
      const second = applyPlan(after, again, read);
      expect([...second.changes]).toEqual([]);
      expect(values(second.same)).toEqual(values([...result.applied, ...result.same]));
      // Where everything could be written, limits that are kept now give the same numbers.
      if (result.left.length > 0) continue;
      const kept = feasible(planOf(read(after), { keepLimits: true }, machine));
      const planned = values(plan.settings);
      expect(values(kept.settings).filter((value) => planned.includes(value))).toEqual(planned);
    }
  });
});

const app = {
  'compose.yaml':
    'services:\n  app:\n    build: ./app\n    command: gunicorn -k uvicorn.workers.UvicornWorker -w 1 main:app\n',
  'app/Dockerfile': 'FROM python:3.13\n',
  'app/main.py':
    'from fastapi import FastAPI\nfrom sqlalchemy import create_engine\n\nengine = create_engine("postgresql://db/x")\napp = FastAPI()\n',
};
const withDatabase = (database: string, application = app['compose.yaml']): Record<string, string> => ({
  ...app,
  'compose.yaml': `${application}  db:\n${database}`,
});
const limited = (memory: string): string =>
  `    deploy:\n      resources:\n        limits:\n          memory: ${memory}\n`;

describe('what is left', () => {
  it('a limit from a variable, and the workers that it has no room for', () => {
    const { left, text } = written({
      ...app,
      'compose.yaml': `${app['compose.yaml']}    mem_limit: \${APP_MEMORY:-256m}\n`,
    });
    expect(left).toEqual([
      'app memory: It comes from the variable APP_MEMORY.',
      'app workers: It goes with memory 752M of app, which is left.',
    ]);
    expect(text('compose.yaml')).toContain('-w 1 main:app');
    expect(text('compose.yaml')).toContain('cpus: 1.5\n');
  });

  it('a limit from a variable that is large enough holds nothing back', () => {
    const { left, text } = written({
      ...app,
      'compose.yaml': `${app['compose.yaml']}    mem_limit: \${APP_MEMORY:-2g}\n`,
    });
    expect(left).toEqual(['app memory: It comes from the variable APP_MEMORY.']);
    expect(text('compose.yaml')).toContain('-w 4 main:app');
  });

  it('settings of PostgreSQL for a container whose limit is left', () => {
    const { left, applied } = written(
      withDatabase(`    image: postgres:17\n    mem_limit: \${DB_MEMORY:-256m}\n`),
    );
    expect(left[0]).toBe('db memory: It comes from the variable DB_MEMORY.');
    expect(left).toContain('db shared_buffers: It goes with memory 1568M of db, which is left.');
    expect(applied.map(({ service, name }) => `${service} ${name}`)).not.toContain('db shared_buffers');
  });

  it('fewer connections, as long as a pool may open more', () => {
    const texts = withDatabase('    image: postgres:17\n');
    const { left, text } = written({
      ...texts,
      'app/main.py':
        'from sqlalchemy import create_engine\nfrom fastapi import FastAPI\nfrom conf import OPTIONS\n\nengine = create_engine("postgresql://db/x", **OPTIONS)\napp = FastAPI()\n',
    });
    expect(left).toEqual([
      'app pool_size: The size is not written where the pool is opened.',
      'app max_overflow: The size is not written where the pool is opened.',
      'db max_connections: It goes with pool_size 7 of app, which is left.',
    ]);
    expect(text('compose.yaml')).not.toContain('max_connections');
    expect(text('compose.yaml')).toContain('shared_buffers=');
  });

  it('workers beyond the connections of a database that is not edited; a smaller pool is none', () => {
    const { left, text } = written(
      withDatabase('    image: postgres:17\n    command: /start-db.sh -c max_connections=20\n'),
    );
    expect(left).toContain('app workers: It goes with max_connections 90 of db, which is left.');
    expect(text('compose.yaml')).toContain('-w 1 main:app');
    expect(text('app/main.py')).toContain('pool_size=7, max_overflow=3');
  });

  it('a setting of PostgreSQL from a variable, alone', () => {
    const { left, text } = written(
      withDatabase(
        `    image: postgres:17\n    command:\n      - postgres\n      - -c\n      - shared_buffers=\${BUFFERS:-128MB}\n`,
      ),
    );
    expect(left).toEqual(['db shared_buffers: It comes from the variable BUFFERS.']);
    expect(text('compose.yaml')).toContain('${BUFFERS:-128MB}');
    expect(text('compose.yaml')).toContain('effective_cache_size=');
  });

  it('a command of PostgreSQL in one string that has a variable', () => {
    const command = 'postgres -c work_mem=${WORK_MEM:-4MB} -c jit=on';
    const { left, text } = written(withDatabase(`    image: postgres:17\n    command: ${command}\n`));
    expect(left).toContain('db jit: The image or the command starts PostgreSQL in a way that is not edited.');
    expect(text('compose.yaml')).toContain(command);
  });

  it('workers that another file sets in the end', () => {
    const { left } = written({
      ...app,
      'compose.yaml': app['compose.yaml'].replace('-w 1', '-w ${WORKERS:-1}'),
      '.env': 'WORKERS=2\n',
    });
    expect(left).toContain(
      'app workers: After the edit it would not have that value: something else sets it.',
    );
  });

  it('a limit below what is reserved, or beside a quota', () => {
    const { left } = written({
      ...app,
      'compose.yaml': `${app['compose.yaml']}    mem_reservation: 3g\n    cpu_quota: 50000\n`,
    });
    expect(left).toEqual([
      'app memory: More than that is reserved for it.',
      'app cpus: `cpu_quota` is set, which Docker refuses beside a number of CPUs.',
    ]);
  });
});

describe('where it is written', () => {
  it('limits in the syntax that the service has', () => {
    const short = written({ ...app, 'compose.yaml': `${app['compose.yaml']}    mem_limit: 2g # ours\n` });
    expect(short.text('compose.yaml')).toContain('    mem_limit: 752M # ours\n    cpus: 1.5\n');
    const long = written({ ...app, 'compose.yaml': `${app['compose.yaml']}${limited('2G # ours')}` });
    expect(long.text('compose.yaml')).toContain(limited('752M # ours').concat("          cpus: '1.5'\n"));
    const both = written({
      ...app,
      'compose.yaml': `${app['compose.yaml']}    mem_limit: 2g\n${limited('2g')}`,
    });
    expect(both.text('compose.yaml')).toContain('mem_limit: 752M');
    expect(both.text('compose.yaml')).toContain('memory: 752M');
  });

  it('the configuration file of PostgreSQL', () => {
    const { text } = written({
      ...withDatabase(
        '    image: postgres:17\n    command: postgres -c config_file=/etc/pg.conf\n    volumes: ["./pg.conf:/etc/pg.conf"]\n',
      ),
      'pg.conf': "listen_addresses = '*'\nshared_buffers = 64MB # small\n",
    });
    expect(text('pg.conf')).toMatch(/^listen_addresses = '\*'\nshared_buffers = \d+MB # small\n/);
    expect(text('pg.conf')).toContain('max_connections = 90\n');
    expect(text('compose.yaml')).toContain('command: postgres -c config_file=/etc/pg.conf\n');
  });

  it('PgBouncer by its environment', () => {
    const { text, left } = written(
      withDatabase(
        '    image: postgres:17\n  pool:\n    image: edoburu/pgbouncer:1.23\n    environment:\n      MAX_CLIENT_CONN: 100 # few\n',
      ),
    );
    expect(text('compose.yaml')).toMatch(/MAX_CLIENT_CONN: '?90'? # few\n/);
    expect(text('compose.yaml')).toMatch(/DEFAULT_POOL_SIZE: /);
    expect(left.filter((line) => line.startsWith('pool'))).toEqual([]);
  });

  it('nginx.conf, also where it says nothing yet', () => {
    const proxy = (conf: string) =>
      written({
        'compose.yaml':
          'services:\n  web:\n    image: nginx:1.27\n    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]\n',
        'nginx.conf': conf,
      });
    expect(proxy('events {}\nhttp { server { listen 80; } }\n').text('nginx.conf')).toBe(
      'worker_processes 1;\n\nevents { worker_connections 1024; }\nhttp { server { listen 80; } }\n',
    );
    const broken = proxy('events {\nhttp { server { listen 80; } }\n');
    expect(broken.left[0]).toMatch(/^web worker_processes: nginx would refuse its configuration/);
    expect(broken.text('nginx.conf')).toBe('events {\nhttp { server { listen 80; } }\n');
  });

  it('nowhere for a main file of the image, or a flag of nginx', () => {
    const image = written({ 'compose.yaml': 'services:\n  web:\n    image: nginx:1.27\n' });
    expect(image.left).toEqual([
      'web worker_processes: The main nginx.conf is that of the image, and not among the files.',
    ]);
    const flag = written({
      'compose.yaml': `services:\n  web:\n    image: nginx:1.27\n    command: nginx -g "daemon off; worker_processes 8;"\n    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]\n`,
      'nginx.conf': 'events { worker_connections 1024; }\nhttp {}\n',
    });
    expect(flag.left).toEqual(['web worker_processes: It is set on the command line of nginx (`-g`).']);
  });
});
