import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/source/files.ts';
import { buildStack } from '../../../src/stack/build.ts';
import type { LiveService } from '../../../src/stack/live.ts';
import type { Stack } from '../../../src/stack/stack.ts';
import { assumedMachine, tuneInputOf, type TuneOptions } from '../../../src/tune/input.ts';
import type { TuneInput, TuneService } from '../../../src/tune/plan.ts';
import { serviceOf } from '../../../src/tune/service-spec.ts';

function stackOf(services: string, live: Record<string, LiveService> = {}): Stack {
  const files = filesOf(
    new Map([
      ['compose.yml', `services:\n${services}`],
      ['api/Dockerfile', 'FROM python:3.12\nCMD ["uvicorn", "main:app"]\n'],
      [
        'api/main.py',
        'from fastapi import FastAPI\nfrom sqlalchemy import create_engine\nengine = create_engine("postgresql://db/x")\napp = FastAPI()\n',
      ],
    ]),
  );
  return buildStack({
    files,
    compose: { paths: ['compose.yml'], env: {} },
    live: { host: 'server', at: '2026-01-01T00:00:00Z', services: live },
  });
}

function inputOf(
  services: string,
  options: TuneOptions = {},
  live: Record<string, LiveService> = {},
): TuneInput {
  return tuneInputOf(stackOf(services, live), assumedMachine, options);
}

function service(
  services: string,
  options: TuneOptions = {},
  live: Record<string, LiveService> = {},
): TuneService {
  const [first] = inputOf(services, options, live).services;
  if (!first) throw new Error('No service.');
  return first;
}

const command = (words: string): string => `  app:\n    image: python:3.12\n    command: ${words}\n`;

describe('a stack as tune sees it', () => {
  it('has roles, versions, pools and what is rolled', () => {
    const services = [
      '  api: { build: ./api }',
      '  db: { image: "postgres:16-alpine" }',
      '  web: { image: "nginx:1.27" }',
      '  cache: { image: "redis:7" }',
      '  edge: { image: "traefik:v3" }',
      '  data: { image: "mysql:8" }',
      '',
    ].join('\n');
    expect(inputOf(services)).toEqual({
      machine: { cpus: 2, memoryBytes: 4 * 1024 ** 3, disk: 'ssd' },
      services: [
        { name: 'api', role: 'app', replicas: 1, rolled: true, model: 'async', pooled: true },
        { name: 'db', role: 'postgres', replicas: 1, rolled: false, majorVersion: 16 },
        { name: 'web', role: 'proxy', replicas: 1, rolled: false },
        { name: 'cache', role: 'cache', replicas: 1, rolled: false },
        { name: 'edge', role: 'other', replicas: 1, rolled: false },
        { name: 'data', role: 'other', replicas: 1, rolled: false },
      ],
      formula: 'pgtune',
      workload: 'web',
    });
  });

  it.each([
    ['gunicorn app:app', 'sync'],
    ['gunicorn app:app -k gthread --threads 4', 'threads'],
    ['gunicorn app:app --threads 4', 'threads'],
    ['gunicorn app:app -k uvicorn.workers.UvicornWorker', 'async'],
    ['gunicorn app:app -k gevent', 'async'],
    ['uvicorn app:app', 'async'],
    ['flask run', 'sync'],
  ])('%s is %s', (words, model) => {
    expect(service(command(words))).toMatchObject({ role: 'app', model });
  });

  it.each([['node server.js'], ['daphne app.asgi:application']])(
    '%s has a fixed number of processes',
    (words) => {
      expect(service(command(words))).toMatchObject({ role: 'app', fixedWorkers: 1 });
    },
  );

  it('keeps limits only when asked', () => {
    const limited = `${command('uvicorn app:app')}    mem_limit: 512m\n    cpus: 1.5\n`;
    expect(service(limited)).not.toHaveProperty('memoryLimitBytes');
    expect(service(limited, { keepLimits: true })).toMatchObject({
      memoryLimitBytes: 512 * 1024 ** 2,
      cpuLimit: 1.5,
    });
  });

  it('rolls what the configuration says', () => {
    expect(service(command('uvicorn app:app'), { rolled: [] }).rolled).toBe(false);
    expect(service('  web: { image: "nginx:1.27" }\n', { rolled: ['web'] }).rolled).toBe(true);
  });

  it('takes a migration for what it is', () => {
    const services = `${command('uvicorn app:app')}    depends_on:\n      setup: { condition: service_completed_successfully }\n  setup:\n    image: python:3.12\n    command: gunicorn app:app\n`;
    expect(inputOf(services).services).toMatchObject([
      { name: 'app', role: 'app', rolled: true },
      { name: 'setup', role: 'other', rolled: false },
    ]);
  });

  it('takes what was measured: the largest worker, not the master; the container of a cache', () => {
    const container = {
      name: 'x',
      running: true,
      health: 'none',
      restarts: 0,
      oomKilled: false,
      memoryLimitBytes: 0,
      cpuLimit: 0,
      memoryBytes: 40,
      restartPolicy: 'no',
    } as const;
    const process = (pid: number, memoryBytes: number) => ({ pid, parent: 1, args: [], memoryBytes });
    expect(
      service(
        command('gunicorn app:app'),
        {},
        {
          app: { containers: [container], processes: [process(1, 900), process(2, 100), process(3, 200)] },
        },
      ),
    ).toMatchObject({ workerBytes: 200 });
    const cache = service('  cache: { image: "redis:7" }\n', {}, { cache: { containers: [container] } });
    expect(cache).toMatchObject({ usedBytes: 40 });
  });
});

describe('a service in a word', () => {
  it.each([
    ['app', { name: 'app', role: 'app', model: 'async', replicas: 1, rolled: true, pooled: true }],
    ['api=sync*2', { name: 'api', role: 'app', model: 'sync', replicas: 2, rolled: true, pooled: true }],
    ['db=postgres:17', { name: 'db', role: 'postgres', majorVersion: 17, replicas: 1, rolled: false }],
    ['web=nginx', { name: 'web', role: 'proxy', replicas: 1, rolled: false }],
    ['jobs=worker', { name: 'jobs', role: 'worker', replicas: 1, rolled: false, pooled: true }],
  ])('%s', (text, expected) => {
    expect(serviceOf(text)).toEqual(expected);
  });

  it.each(['', 'x', 'db=oracle', 'app:3', 'app*0', 'a b=app', '=app', 'app=constructor'])(
    '%j is none',
    (text) => {
      expect(serviceOf(text)).toBeUndefined();
    },
  );
});
