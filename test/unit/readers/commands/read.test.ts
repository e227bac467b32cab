import { describe, expect, it } from 'vitest';
import type { AppServer } from '../../../../src/readers/commands/app-server.ts';
import { appProject } from '../../../support/app-stack.ts';

const base = 'FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n';
const dockerfile = (rest: string): { Dockerfile: string } => ({ Dockerfile: base + rest });
const compose = (rest: string): { 'compose.yml': string } => ({
  'compose.yml': `services:\n  app:\n    build: .\n${rest.replaceAll(/^/gm, '    ')}\n`,
});

/** What is compared: numbers and switches without where they were read. */
function summary(server: AppServer | undefined): Record<string, unknown> | undefined {
  if (!server) return undefined;
  const { workers } = server;
  const { value } = workers;
  return {
    kind: server.kind,
    form: server.form,
    workers:
      value.kind === 'count'
        ? value.count
        : value.kind === 'unknown'
          ? 'unknown'
          : `${value.factor}×+${value.plus}${value.atLeast === undefined ? '' : ` >=${value.atLeast}`}${value.atMost === undefined ? '' : ` <=${value.atMost}`}`,
    by: workers.source.by,
    ...(server.app === undefined ? {} : { app: server.app }),
    ...(server.keepAlive ? { keepAlive: server.keepAlive.value } : {}),
    ...(server.reload ? { reload: server.reload.value } : {}),
    ...(server.unknown.length > 0 ? { unknown: server.unknown } : {}),
  };
}

const cases: readonly [string, Readonly<Record<string, string>>, Record<string, unknown> | undefined][] = [
  [
    'uvicorn in exec form',
    dockerfile('CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'),
    { kind: 'uvicorn', form: 'exec', workers: 1, by: 'default', app: 'main:app', keepAlive: 5 },
  ],
  [
    'shell form with a continuation and a variable with a default',
    dockerfile('CMD uvicorn main:app \\\n  --workers ${WORKERS:-3} --port $PORT\n'),
    { kind: 'uvicorn', form: 'shell', workers: 3, by: 'command', app: 'main:app', keepAlive: 5 },
  ],
  [
    'the variable set by Compose',
    {
      ...dockerfile('CMD uvicorn main:app --workers ${WORKERS:-3}\n'),
      ...compose('environment:\n  WORKERS: 6'),
    },
    { kind: 'uvicorn', form: 'shell', workers: 6, by: 'command', app: 'main:app', keepAlive: 5 },
  ],
  [
    'gunicorn with a short flag',
    dockerfile('CMD ["gunicorn", "-w4", "-k", "gevent", "config.wsgi"]\n'),
    { kind: 'gunicorn', form: 'exec', workers: 4, by: 'command', app: 'config.wsgi', keepAlive: 2 },
  ],
  [
    'gunicorn with sync workers keeps no connection',
    dockerfile('CMD ["gunicorn", "--workers=4", "app:app"]\n'),
    { kind: 'gunicorn', form: 'exec', workers: 4, by: 'command', app: 'app:app', keepAlive: 0 },
  ],
  [
    'python -m gunicorn, from the variable of its arguments',
    {
      ...dockerfile('CMD ["python", "-m", "gunicorn", "app:app"]\n'),
      ...compose('environment:\n  - GUNICORN_CMD_ARGS=--workers=5 --threads 2'),
    },
    { kind: 'gunicorn', form: 'exec', workers: 5, by: 'environment', app: 'app:app', keepAlive: 2 },
  ],
  [
    'gunicorn.conf.py of the working directory',
    {
      ...dockerfile('CMD ["gunicorn", "app:app"]\n'),
      'gunicorn.conf.py':
        'import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\nworker_class = "uvicorn_worker.UvicornWorker"\nkeepalive = 75\n',
    },
    { kind: 'gunicorn', form: 'exec', workers: '2×+1', by: 'config-file', app: 'app:app', keepAlive: 75 },
  ],
  [
    'the configuration by module',
    {
      ...dockerfile('CMD ["gunicorn", "-c", "python:conf.gunicorn", "app:app"]\n'),
      'conf/gunicorn.py': 'import os\nworkers = int(os.getenv("GUNICORN_WORKERS", "3"))\nthreads = 4\n',
    },
    { kind: 'gunicorn', form: 'exec', workers: 3, by: 'config-file', app: 'app:app', keepAlive: 2 },
  ],
  [
    'a configuration that is not there',
    dockerfile('CMD ["gunicorn", "-c", "/etc/gunicorn.py", "app:app"]\n'),
    {
      kind: 'gunicorn',
      form: 'exec',
      workers: 1,
      by: 'default',
      app: 'app:app',
      keepAlive: 0,
      unknown: ["gunicorn's configuration /etc/gunicorn.py is not among the project's files"],
    },
  ],
  [
    'WEB_CONCURRENCY of the image',
    dockerfile('ENV WEB_CONCURRENCY=3\nCMD ["uvicorn", "main:app"]\n'),
    { kind: 'uvicorn', form: 'exec', workers: 3, by: 'environment', app: 'main:app', keepAlive: 5 },
  ],
  [
    "WEB_CONCURRENCY of the operator's shell",
    { ...dockerfile('CMD ["uvicorn", "main:app"]\n'), ...compose('environment:\n  - WEB_CONCURRENCY') },
    { kind: 'uvicorn', form: 'exec', workers: 'unknown', by: 'environment', app: 'main:app', keepAlive: 5 },
  ],
  [
    'Compose over the image, as a block list',
    {
      ...dockerfile('CMD ["python", "x.py"]\n'),
      ...compose(
        "command:\n  - uvicorn\n  - main:app\n  - --workers\n  - '2'\n  - --timeout-keep-alive\n  - '75'",
      ),
    },
    { kind: 'uvicorn', form: 'compose-list', workers: 2, by: 'command', app: 'main:app', keepAlive: 75 },
  ],
  [
    'Compose string with a shell inside',
    {
      ...dockerfile(''),
      ...compose(`command: bash -c "alembic upgrade head && uvicorn main:app --host 0.0.0.0 --reload"`),
    },
    {
      kind: 'uvicorn',
      form: 'compose-string',
      workers: 1,
      by: 'default',
      app: 'main:app',
      keepAlive: 5,
      reload: true,
    },
  ],
  [
    'a block scalar with variables of Compose',
    {
      ...dockerfile(''),
      ...compose(
        'command: >\n  sh -c "python manage.py migrate &&\n         gunicorn shop.wsgi -w ${W:-4} --bind 0.0.0.0:$$PORT"',
      ),
    },
    { kind: 'gunicorn', form: 'compose-string', workers: 4, by: 'command', app: 'shop.wsgi', keepAlive: 0 },
  ],
  [
    'an entry-point script that passes its arguments on',
    {
      ...dockerfile('ENTRYPOINT ["/app/entrypoint.sh"]\nCMD ["gunicorn", "app:app", "--workers", "2"]\n'),
      'entrypoint.sh': '#!/bin/sh\nset -e\npython manage.py migrate --noinput\nexec "$@"\n',
    },
    { kind: 'gunicorn', form: 'exec', workers: 2, by: 'command', app: 'app:app', keepAlive: 0 },
  ],
  [
    'an entry-point script that starts the server',
    {
      ...dockerfile('CMD ["./start.sh"]\n'),
      'start.sh':
        '#!/usr/bin/env bash\nset -euo pipefail\nWORKERS=${WORKERS:-2}\nif [ "$MIGRATE" = 1 ]; then\n  alembic upgrade head\nfi\nexec gunicorn app:app \\\n  --workers "$WORKERS" \\\n  -k uvicorn.workers.UvicornWorker\n',
    },
    { kind: 'gunicorn', form: 'script', workers: 2, by: 'command', app: 'app:app', keepAlive: 2 },
  ],
  [
    'a script that decides by a condition',
    {
      ...dockerfile('CMD ["sh", "/app/start.sh"]\n'),
      'start.sh': 'if [ "$ENV" = prod ]; then\n  exec gunicorn app:app -w 4\nelse\n  exec flask run\nfi\n',
    },
    {
      kind: 'development',
      form: 'script',
      workers: 'unknown',
      by: 'default',
      unknown: ['conditions in start.sh decide what is started'],
    },
  ],
  [
    'a script with the number of CPUs',
    { ...dockerfile('CMD ["/app/run.sh"]\n'), 'run.sh': 'exec gunicorn -w $((2 * $(nproc) + 1)) app:app\n' },
    { kind: 'gunicorn', form: 'script', workers: '2×+1', by: 'command', app: 'app:app', keepAlive: 0 },
  ],
  [
    'a script that is not in the project',
    { ...dockerfile('ENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["uvicorn", "main:app"]\n') },
    {
      kind: 'uvicorn',
      form: 'exec',
      workers: 1,
      by: 'default',
      app: 'main:app',
      keepAlive: 5,
      unknown: ["/docker-entrypoint.sh is not among the project's files"],
    },
  ],
  [
    'tini, poetry and an instrumentation',
    dockerfile(
      'ENTRYPOINT ["/usr/bin/tini", "-g", "--"]\nCMD ["poetry", "run", "opentelemetry-instrument", "--service_name", "x", "gunicorn", "a:b", "-w", "3"]\n',
    ),
    { kind: 'gunicorn', form: 'exec', workers: 3, by: 'command', app: 'a:b', keepAlive: 0 },
  ],
  [
    'uv run with options',
    dockerfile(
      'CMD ["uv", "run", "--no-dev", "--python", "3.13", "fastapi", "run", "main.py", "--workers", "4"]\n',
    ),
    { kind: 'fastapi', form: 'exec', workers: 4, by: 'command', app: 'main.py', keepAlive: 5 },
  ],
  [
    'wait-for-it and env',
    dockerfile(
      'CMD ["./wait-for-it.sh", "db:5432", "--", "env", "A=1", "hypercorn", "-w", "2", "main:app"]\n',
    ),
    { kind: 'hypercorn', form: 'exec', workers: 2, by: 'command', app: 'main:app', keepAlive: 5 },
  ],
  [
    'fastapi dev',
    dockerfile('CMD ["fastapi", "dev", "main.py"]\n'),
    { kind: 'development', form: 'exec', workers: 1, by: 'default' },
  ],
  [
    'manage.py runserver',
    { ...dockerfile('CMD python manage.py runserver 0.0.0.0:8000\n'), 'manage.py': 'import sys\n' },
    { kind: 'development', form: 'shell', workers: 1, by: 'default' },
  ],
  [
    'python app.py with uvicorn.run and an import string',
    {
      ...dockerfile('CMD ["python", "app.py"]\n'),
      'app.py':
        'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run("app:app", workers=2, timeout_keep_alive=30)\n',
    },
    { kind: 'python', form: 'exec', workers: 2, by: 'code', app: 'app:app', keepAlive: 30 },
  ],
  [
    'python app.py with Flask in debug mode',
    {
      ...dockerfile('CMD ["python", "-u", "app.py"]\n'),
      'app.py':
        'from flask import Flask\napp = Flask(__name__)\nif __name__ == "__main__":\n    app.run(host="0.0.0.0", debug=True)\n',
    },
    { kind: 'python', form: 'exec', workers: 1, by: 'default', reload: true },
  ],
  [
    'uWSGI with an ini file',
    {
      ...dockerfile('CMD ["uwsgi", "--ini", "uwsgi.ini"]\n'),
      'uwsgi.ini': '[uwsgi]\nmodule = wsgi:app\nprocesses = 5\nmaster = true\n',
    },
    { kind: 'uwsgi', form: 'exec', workers: 5, by: 'config-file' },
  ],
  [
    'Celery without a number',
    dockerfile('CMD ["celery", "-A", "proj", "worker", "-l", "info"]\n'),
    { kind: 'celery', form: 'exec', workers: '1×+0', by: 'default', app: 'proj' },
  ],
  [
    'a tiangolo image',
    { Dockerfile: 'FROM tiangolo/uvicorn-gunicorn-fastapi:python3.11\nCOPY ./app /app\n' },
    { kind: 'gunicorn', form: 'exec', workers: '1×+0 >=2', by: 'base-image', keepAlive: 5 },
  ],
  [
    'a tiangolo image with its number set',
    {
      Dockerfile: 'FROM tiangolo/uvicorn-gunicorn-fastapi:python3.11\nENV MAX_WORKERS=4\n',
      ...compose('environment:\n  WEB_CONCURRENCY: "2"'),
    },
    { kind: 'gunicorn', form: 'exec', workers: 2, by: 'environment', keepAlive: 5 },
  ],
  [
    'Node',
    { Dockerfile: 'FROM node:22\nCMD ["node", "server.js"]\n' },
    { kind: 'node', form: 'exec', workers: 1, by: 'default' },
  ],
  ['a program that is no server', dockerfile('CMD ["python", "-c", "print(1)"]\n'), undefined],
  ['nothing', { Dockerfile: 'FROM debian\n' }, undefined],
];

describe('readAppServer', () => {
  it.each(cases)('%s', (_, texts, expected) => {
    expect(summary(appProject(texts).server)).toEqual(expected);
  });

  it('knows where each word stands, through shells and scripts', () => {
    const words = cases.flatMap(([, texts]) => {
      const { server, files } = appProject(texts);
      return (server?.places ?? []).flatMap(({ text, outer, source, resolved }) => {
        const written =
          outer && source && resolved ? files.read(outer.path)?.slice(outer.start, outer.end) : undefined;
        return written === undefined || written.includes('$')
          ? []
          : [[written.replaceAll(/["']/g, ''), text]];
      });
    });
    expect(words.length).toBeGreaterThan(100);
    expect(words.filter(([written, text]) => written !== text)).toEqual([]);
  });
});
