import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findAppServer, program } from '../../../src/check/app-server.ts';
import type { ProcessesFact } from '../../../src/facts/processes.ts';
import { gunicorn } from './healthy.ts';

describe('program', () => {
  it.each([
    ['/usr/bin/python3 /usr/bin/gunicorn main:app', 'gunicorn'],
    ['/usr/local/bin/python3.12 -m uvicorn main:app', 'uvicorn'],
    ['python -u -m gunicorn x', 'gunicorn'],
    ['gunicorn: master [main:app]', 'gunicorn'],
    ['gunicorn: worker [main:app]', 'gunicorn'],
    ['/bin/sh -c gunicorn main:app', 'sh'],
    ['tini -- gunicorn main:app', 'tini'],
    ['/usr/local/bin/python3.12 /usr/local/bin/fastapi run --workers 4 main.py', 'fastapi'],
    ['python3', ''],
    ['', ''],
  ])('%s is %s', (line, expected) => {
    expect(program(line === '' ? [] : line.split(' '))).toBe(expected);
  });
});

describe('declared workers', () => {
  it.each([
    ['--workers 4', {}, undefined, { workers: 4, source: 'its command line' }],
    ['--workers=3', {}, undefined, { workers: 3, source: 'its command line' }],
    ['-w 2', {}, undefined, { workers: 2, source: 'its command line' }],
    ['-w6', {}, undefined, { workers: 6, source: 'its command line' }],
    [
      '',
      { GUNICORN_CMD_ARGS: '--bind=0.0.0.0 --workers=5' },
      undefined,
      { workers: 5, source: 'GUNICORN_CMD_ARGS' },
    ],
    ['', {}, '7  # cores', { workers: 7, source: 'gunicorn.conf.py' }],
    ['', {}, 'multiprocessing.cpu_count() * 2 + 1', undefined],
    ['', { WEB_CONCURRENCY: '3' }, undefined, { workers: 3, source: 'WEB_CONCURRENCY' }],
    ['', {}, undefined, { workers: 1, source: 'the default of gunicorn' }],
    ['--workers many', {}, undefined, { workers: 1, source: 'the default of gunicorn' }],
  ])('%s %j %s', (flags, env, configuredWorkers, declared) => {
    const server = findAppServer({
      processes: gunicorn(1, flags),
      env,
      ...(configuredWorkers === undefined ? {} : { configuredWorkers }),
    });
    expect(server?.declared).toEqual(declared);
  });
});

it('finds the master behind a shell and counts its own workers only', () => {
  const shell = { pid: 99, parent: 1, args: ['/bin/sh', '-c', 'gunicorn', 'main:app'] };
  const processes = [shell, ...gunicorn(3).map((one) => (one.parent === 1 ? { ...one, parent: 99 } : one))];
  expect(findAppServer({ processes, env: {} })).toMatchObject({ name: 'gunicorn', masters: 1, workers: 3 });
});

it('knows nothing of a container without an app server', () => {
  expect(findAppServer({ processes: [{ pid: 1, parent: 0, args: ['postgres'] }], env: {} })).toBeUndefined();
  expect(findAppServer({ env: {} })).toBeUndefined();
});

it('workers that do not come up are missing, not a server that works alone', () => {
  const processes = [{ pid: 10, parent: 1, args: ['uvicorn', 'main:app', '--workers', '2'] }];
  expect(findAppServer({ processes, env: {} })).toMatchObject({
    masters: 1,
    workers: 0,
    declared: { workers: 2 },
  });
});

describe('the command line of FastAPI', () => {
  const spawned = ['python3', '-c', 'from', 'multiprocessing.spawn', 'import', 'spawn_main'];
  const running = (command: string, workers: number) => [
    { pid: 1, parent: 0, args: ['/usr/local/bin/python3.12', ...`/usr/local/bin/${command}`.split(' ')] },
    ...Array.from({ length: workers }, (_, index) => ({ pid: 8 + index, parent: 1, args: spawned })),
  ];
  const byFlag = (workers: number) => ({ workers, source: 'its command line' });

  it.each([
    ['fastapi run --workers 4 main.py', 4, {}, { masters: 1, workers: 4, declared: byFlag(4) }],
    ['fastapi run main.py --workers=2', 1, {}, { masters: 1, workers: 1, declared: byFlag(2) }],
    [
      'fastapi run main.py',
      3,
      { WEB_CONCURRENCY: '3' },
      { masters: 1, workers: 3, declared: { workers: 3, source: 'WEB_CONCURRENCY' } },
    ],
    // Only uvicorn's own command line reads this variable.
    [
      'fastapi run main.py',
      0,
      { UVICORN_WORKERS: '3' },
      { masters: 0, workers: 1, declared: { workers: 1, source: 'the default of fastapi' } },
    ],
  ])('%s with %d spawned processes', (command, workers, env, expected) => {
    expect(findAppServer({ processes: running(command, workers), env })).toEqual({
      name: 'fastapi',
      ...expected,
    });
  });

  it('is no server where it does something else', () => {
    expect(findAppServer({ processes: running('fastapi login', 0), env: {} })).toBeUndefined();
  });
});

describe('what real containers run', () => {
  it.each([
    ['gunicorn', [{ name: 'gunicorn', masters: 1, workers: 4 }]],
    ['without-ps', [{ name: 'gunicorn', masters: 1, workers: 4 }]],
    ['uvicorn', [{ name: 'uvicorn', masters: 0, workers: 1 }]],
    [
      'gunicorn-conf-and-spawned-uvicorn',
      [
        { name: 'gunicorn', masters: 1, workers: 3, declared: { workers: 3, source: 'gunicorn.conf.py' } },
        { name: 'uvicorn', masters: 1, workers: 2, declared: { workers: 2, source: 'its command line' } },
      ],
    ],
  ])('%s', (name, expected) => {
    const file = new URL(`../../fixtures/facts/processes/${name}.json`, import.meta.url);
    const { value } = JSON.parse(readFileSync(file, 'utf8')) as { value: ProcessesFact };
    const found = Object.values(value).flatMap((container) => findAppServer(container) ?? []);
    expect(found).toMatchObject(expected);
  });
});
