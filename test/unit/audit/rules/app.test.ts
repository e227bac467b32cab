import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../../src/audit/finding.ts';
import type { Rule } from '../../../../src/audit/rule.ts';
import { appConnectionPool } from '../../../../src/audit/rules/app-connection-pool.ts';
import { appDebug } from '../../../../src/audit/rules/app-debug.ts';
import { appDevelopmentServer } from '../../../../src/audit/rules/app-development-server.ts';
import { appPoolExceedsDatabase } from '../../../../src/audit/rules/app-pool-exceeds-database.ts';
import { appPoolUnlimited } from '../../../../src/audit/rules/app-pool-unlimited.ts';
import { appReload } from '../../../../src/audit/rules/app-reload.ts';
import { appShellFormCommand } from '../../../../src/audit/rules/app-shell-form-command.ts';
import { appSingleWorker } from '../../../../src/audit/rules/app-single-worker.ts';
import { appTimeoutMismatch } from '../../../../src/audit/rules/app-timeout-mismatch.ts';
import { appWorkersBeyondCpus } from '../../../../src/audit/rules/app-workers-beyond-cpus.ts';
import type { LiveService } from '../../../../src/stack/live.ts';
import type { Machine, Stack } from '../../../../src/stack/stack.ts';
import type { Plan } from '../../../../src/tune/plan.ts';
import { composeStack, judge, mended } from '../../../support/compose-stack.ts';

const image = 'FROM python:3.13\nWORKDIR /app\nCOPY . .\n';
const compose = 'services:\n  app:\n    build: .\n';
const database = `${compose}    environment:\n      DATABASE_URL: postgresql://u:p@db/x\n  db:\n    image: postgres:17\n`;
const machine = (cpus: number): Machine => ({ cpus, memoryBytes: 4 * 1024 ** 3, source: 'given' });
const limited = `${compose}    deploy:\n      resources:\n        limits:\n          cpus: '2'\n`;

/** 4 workers, 6 + 2 connections. */
const plan: Plan = {
  feasible: true,
  notes: [],
  settings: [
    ['workers', 4],
    ['pool_size', 6],
    ['max_overflow', 2],
  ].map(([name, amount]) => ({
    service: 'app',
    name: String(name),
    value: String(amount),
    amount: Number(amount),
    formula: '',
    source: '',
    requires: 'rebuild',
  })),
};

interface Case {
  name: string;
  rule: Rule;
  texts: Readonly<Record<string, string>>;
  machine?: Machine;
  live?: Partial<LiveService>;
  plan?: Plan;
  /** `fail high: message`, of the first verdict; undefined: there is none. */
  verdict: string | undefined;
  /** The file that the fix changes, as it is then; the rule has nothing against it. */
  fixed?: Readonly<Record<string, string>>;
  /** What a person is told instead. */
  manual?: RegExp;
}

const uvicorn = (rest = ''): string => `${image}CMD ["uvicorn", "main:app"${rest}]\n`;
const api =
  'import os\nfrom fastapi import FastAPI\nfrom sqlalchemy import create_engine\napp = FastAPI()\n@app.get("/")\ndef root(): pass\n';
const asyncApi = api.replace('def root', 'async def root').concat('@app.get("/b")\nasync def b(): pass\n');
const engine = (rest = ''): string => `engine = create_engine(os.environ["DATABASE_URL"]${rest})\n`;

const cases: Case[] = [
  {
    name: 'one worker, nothing known of the machine',
    rule: appSingleWorker,
    texts: { 'compose.yaml': compose, Dockerfile: uvicorn() },
    verdict:
      'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time: no number of workers is set.',
    fixed: { Dockerfile: uvicorn(', "--workers", "4"') },
  },
  {
    name: 'one worker on one CPU',
    rule: appSingleWorker,
    texts: { 'compose.yaml': compose, Dockerfile: uvicorn(', "--workers", "1"') },
    machine: machine(1),
    verdict: 'fail low: uvicorn in app runs as one process, so Python uses one CPU of 1 at a time.',
    fixed: { Dockerfile: uvicorn(', "--workers", "4"') },
  },
  {
    name: 'one worker, and the plan has room for no more',
    rule: appSingleWorker,
    texts: { 'compose.yaml': compose, Dockerfile: uvicorn() },
    plan: {
      ...plan,
      settings: plan.feasible ? plan.settings.map((one) => ({ ...one, amount: 1 })) : [],
    },
    verdict:
      'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time: no number of workers is set.',
    manual: /plans one worker/,
  },
  {
    name: 'one worker, and nothing fits the machine',
    rule: appSingleWorker,
    texts: { 'compose.yaml': compose, Dockerfile: uvicorn() },
    plan: { feasible: false, reason: '256 MB are too little.', next: [] },
    verdict:
      'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time: no number of workers is set.',
    manual: /uvicorn main:app --workers 4`\. 256 MB are too little\./,
  },
  {
    name: 'one worker in gunicorn.conf.py',
    rule: appSingleWorker,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}CMD ["gunicorn", "app:app"]\n`,
      'gunicorn.conf.py': 'bind = ":80"\nworkers = 1  # for now\n',
    },
    verdict: 'fail high: gunicorn in app runs as one process, so Python uses one CPU at a time.',
    fixed: { 'gunicorn.conf.py': 'bind = ":80"\nworkers = 4  # for now\n' },
  },
  {
    name: 'one worker by a variable of the image',
    rule: appSingleWorker,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}ENV A=1 WEB_CONCURRENCY=1\nCMD ["uvicorn", "main:app"]\n`,
    },
    verdict: 'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time.',
    fixed: { Dockerfile: `${image}ENV A=1 WEB_CONCURRENCY=4\nCMD ["uvicorn", "main:app"]\n` },
  },
  {
    name: 'uvicorn.run with an import string',
    rule: appSingleWorker,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}CMD ["python", "main.py"]\n`,
      'main.py':
        'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run(\n        "main:app",\n        reload=True,\n    )\n',
    },
    verdict:
      'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time: no number of workers is set.',
    fixed: {
      'main.py':
        'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run(\n        "main:app",\n        reload=False,\n        workers=4,\n    )\n',
    },
  },
  {
    name: 'uvicorn.run with the application itself',
    rule: appSingleWorker,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}CMD ["python", "main.py"]\n`,
      'main.py': 'import uvicorn\nuvicorn.run(api, port=80)\n',
    },
    verdict:
      'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time: no number of workers is set.',
    manual: /`uvicorn main:api --host 0\.0\.0\.0 --workers 4`/,
  },
  {
    name: 'a scheduler in the process',
    rule: appSingleWorker,
    texts: {
      'compose.yaml': compose,
      Dockerfile: uvicorn(),
      'main.py': 'from apscheduler.schedulers.background import BackgroundScheduler\n',
    },
    verdict:
      'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time: no number of workers is set.',
    manual: /APScheduler runs its jobs in every process/,
  },
  {
    name: 'websockets with Redis between the processes',
    rule: appSingleWorker,
    texts: {
      'compose.yaml': compose,
      Dockerfile: uvicorn(),
      'main.py':
        'import redis\nfrom fastapi import FastAPI\n@app.websocket("/ws")\nasync def ws(socket): pass\n',
    },
    verdict:
      'fail high: uvicorn in app runs as one process, so Python uses one CPU at a time: no number of workers is set.',
    fixed: { Dockerfile: uvicorn(', "--workers", "4"') },
  },
  {
    name: 'a number that only the server knows, seen on the server',
    rule: appSingleWorker,
    texts: { 'compose.yaml': `${compose}    environment: [WEB_CONCURRENCY]\n`, Dockerfile: uvicorn() },
    live: {
      processes: [
        { pid: 1, parent: 0, args: ['python', '/usr/local/bin/uvicorn', 'main:app'] },
        { pid: 7, parent: 1, args: ['python', '-c', 'from multiprocessing.spawn import spawn_main'] },
        { pid: 8, parent: 1, args: ['python', '-c', 'from multiprocessing.spawn import spawn_main'] },
      ],
    },
    verdict: 'pass: uvicorn in app starts 2 workers.',
  },
  {
    name: 'a number that only the server knows',
    rule: appSingleWorker,
    texts: { 'compose.yaml': `${compose}    environment: [WEB_CONCURRENCY]\n`, Dockerfile: uvicorn() },
    verdict:
      'unknown: How many workers uvicorn in app starts is not known: the number of workers is set to something that only running it can tell.',
  },
  {
    name: 'Node',
    rule: appSingleWorker,
    texts: { 'compose.yaml': compose, Dockerfile: 'FROM node:22\nCMD ["node", "x.js"]\n' },
    verdict: undefined,
  },
  {
    name: 'a counted number of workers on a known machine',
    rule: appWorkersBeyondCpus,
    texts: { 'compose.yaml': limited, Dockerfile: `${image}CMD gunicorn -w $((2 * $(nproc) + 1)) app:app\n` },
    machine: machine(16),
    verdict:
      'fail medium: gunicorn in app starts 33 workers (2 × CPUs + 1 workers, and it sees 16 CPUs) where its limit allows 2 CPUs.',
    manual: /number of workers of `app` to 4/,
  },
  {
    name: 'the same where the limit is all there is',
    rule: appWorkersBeyondCpus,
    texts: { 'compose.yaml': limited, Dockerfile: `${image}CMD gunicorn -w $((2 * $(nproc) + 1)) app:app\n` },
    machine: machine(2),
    verdict: 'pass: gunicorn in app starts 5 workers with a limit of 2 CPUs.',
  },
  {
    name: 'too many, written down',
    rule: appWorkersBeyondCpus,
    texts: { 'compose.yaml': limited, Dockerfile: uvicorn(', "--workers", "24"') },
    verdict: 'fail low: uvicorn in app starts 24 workers where its limit allows 2 CPUs.',
    fixed: { Dockerfile: uvicorn(', "--workers", "4"') },
  },
  {
    name: 'an image that counts CPUs, with variables as a list',
    rule: appWorkersBeyondCpus,
    texts: {
      'compose.yaml': `${limited}    environment:\n      - A=1\n`,
      Dockerfile: 'FROM tiangolo/uvicorn-gunicorn:python3.11\n',
    },
    verdict:
      'fail low: gunicorn in app starts one worker per CPU but at least 2 and sees all CPUs of the host, not its limit of 2.',
    fixed: { 'compose.yaml': `${limited}    environment:\n      - A=1\n      - WEB_CONCURRENCY=4\n` },
  },
  {
    name: 'reload in the image',
    rule: appReload,
    texts: { 'compose.yaml': compose, Dockerfile: uvicorn(', "--reload", "--port", "80"') },
    verdict: 'fail medium: uvicorn in app runs with auto-reload.',
    fixed: { Dockerfile: uvicorn(', "--port", "80"') },
  },
  {
    name: 'reload in code',
    rule: appReload,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}CMD ["python", "main.py"]\n`,
      'main.py': 'import uvicorn\nuvicorn.run("main:app", reload=True)\n',
    },
    verdict: 'fail medium: uvicorn in app runs with auto-reload.',
    fixed: { 'main.py': 'import uvicorn\nuvicorn.run("main:app", reload=False)\n' },
  },
  {
    name: 'fastapi dev',
    rule: appDevelopmentServer,
    texts: { 'compose.yaml': compose, Dockerfile: `${image}CMD exec fastapi dev main.py\n` },
    verdict: 'fail high: app is served by `fastapi dev`: one process, made for one developer.',
    fixed: { Dockerfile: `${image}CMD exec fastapi run main.py --workers 4\n` },
  },
  {
    name: 'runserver, with the name of the project',
    rule: appDevelopmentServer,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}CMD ["python", "manage.py", "runserver", "0.0.0.0:9000"]\n`,
      'manage.py': '',
      'shop/wsgi.py': '',
    },
    verdict: 'fail high: app is served by `manage.py runserver`: one process, made for one developer.',
    manual: /gunicorn shop\.wsgi --bind 0\.0\.0\.0:9000 --workers 4/,
  },
  {
    name: 'a file whose server is not seen',
    rule: appDevelopmentServer,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}CMD ["python", "main.py"]\n`,
      'main.py': 'serve()\n',
    },
    verdict: undefined,
  },
  {
    name: "a variable of Flask beside Flask's own server",
    rule: appDebug,
    texts: {
      'compose.yaml': `${compose}    environment:\n      FLASK_DEBUG: "1" # see it\n`,
      Dockerfile: `${image}CMD ["flask", "run"]\n`,
    },
    verdict: 'fail high: app runs in debug mode: FLASK_DEBUG=1.',
    fixed: { 'compose.yaml': `${compose}    environment:\n      FLASK_DEBUG: "0" # see it\n` },
  },
  {
    name: 'the same beside gunicorn, in a list',
    rule: appDebug,
    texts: {
      'compose.yaml': `${compose}    environment:\n      - "FLASK_DEBUG=true"\n`,
      Dockerfile: `${image}CMD ["gunicorn", "app:app"]\n`,
    },
    verdict: 'fail medium: app runs in debug mode: FLASK_DEBUG=true.',
    fixed: { 'compose.yaml': `${compose}    environment:\n      - "FLASK_DEBUG=0"\n` },
  },
  {
    name: 'flask run --debug',
    rule: appDebug,
    texts: { 'compose.yaml': compose, Dockerfile: `${image}CMD ["flask", "run", "--debug", "-p", "80"]\n` },
    verdict: 'fail high: app runs in debug mode: flask run --debug.',
    fixed: { Dockerfile: `${image}CMD ["flask", "run", "-p", "80"]\n` },
  },
  {
    name: 'DEBUG of something else',
    rule: appDebug,
    texts: {
      'compose.yaml': `${compose}    environment:\n      DEBUG: "express:*"\n`,
      Dockerfile: 'FROM node:22\nCMD ["node", "x.js"]\n',
    },
    verdict: undefined,
  },
  {
    name: 'threads and a default pool',
    rule: appConnectionPool,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(), 'main.py': api + engine() },
    verdict:
      "fail medium: Up to 40 threads of a process of app share 5 + 10 connections, the library's default: the 16th request at once waits up to 30 s, then fails.",
    fixed: {
      'main.py': `${api}engine = create_engine(os.environ["DATABASE_URL"],\n                       pool_size=6, max_overflow=2, pool_timeout=10, pool_recycle=1800, pool_pre_ping=True)\n`,
    },
  },
  {
    name: 'threads and a default pool, in a call over several lines',
    rule: appConnectionPool,
    texts: {
      'compose.yaml': database,
      Dockerfile: uvicorn(),
      'main.py': `${api}engine = create_engine(\n    url,\n    pool_pre_ping=False,  # no\n)\n`,
    },
    verdict:
      "fail medium: Up to 40 threads of a process of app share 5 + 10 connections, the library's default: the 16th request at once waits up to 30 s, then fails.",
    fixed: {
      'main.py': `${api}engine = create_engine(\n    url,\n    pool_pre_ping=False,\n    pool_size=6,\n    max_overflow=2,\n    pool_timeout=10,\n    pool_recycle=1800,  # no\n)\n`,
    },
  },
  {
    name: 'a small pool that somebody chose',
    rule: appConnectionPool,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(), 'main.py': api + engine(', pool_size=3') },
    verdict: 'pass: Up to 40 threads of a process of app share 3 + 10 connections.',
  },
  {
    name: 'async endpoints with a synchronous engine',
    rule: appConnectionPool,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(), 'main.py': asyncApi + engine() },
    verdict:
      'fail info: All endpoints of app are async and its engine is not: each query stops the event loop of its process.',
    manual: /create_async_engine/,
  },
  {
    name: 'a pool that was seen to be used up',
    rule: appConnectionPool,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(), 'main.py': api + engine(', pool_size=3') },
    live: { log: { 'pool-exhausted': { count: 12, last: 'QueuePool limit of size 3 overflow 10 reached' } } },
    verdict:
      'fail high: 12 requests of app found no free connection: its pool of 3 + 10 connections a process was used up.',
  },
  {
    name: 'too many connections',
    rule: appPoolExceedsDatabase,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(', "--workers", "9"'), 'main.py': api + engine() },
    verdict:
      'fail high: The pools may open 135 connections (app 9 × (5 + 10)), and db has 97 of max_connections 100 for them.',
    fixed: {
      'main.py': `${api}engine = create_engine(os.environ["DATABASE_URL"], pool_size=6, max_overflow=2)\n`,
    },
  },
  {
    name: 'enough connections, though not twice',
    rule: appPoolExceedsDatabase,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(', "--workers", "4"'), 'main.py': api + engine() },
    verdict:
      'pass: The pools may open 60 connections (app 4 × (5 + 10)); db has 97 of max_connections 100 for them. While a deploy rolls all of them at once it may be 120, which is more.',
  },
  {
    name: 'sync workers with a connection each',
    rule: appPoolExceedsDatabase,
    texts: {
      'compose.yaml': database,
      Dockerfile: `${image}CMD ["gunicorn", "-w", "12", "main:app"]\n`,
      'main.py': api + engine(),
    },
    verdict:
      'pass: The pools may open 12 connections (app 12 × 1); db has 97 of max_connections 100 for them.',
  },
  {
    name: 'max_connections of the running server',
    rule: appPoolExceedsDatabase,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(', "--workers", "9"'), 'main.py': api + engine() },
    live: {
      postgres: { majorVersion: 17, settings: {}, connections: 5, maxConnections: 200, reserved: 3 },
    },
    verdict:
      'pass: The pools may open 135 connections (app 9 × (5 + 10)); db has 197 of max_connections 200 for them. While a deploy rolls all of them at once it may be 270, which is more.',
  },
  {
    name: 'a database elsewhere',
    rule: appPoolExceedsDatabase,
    texts: {
      'compose.yaml': database.replace('@db/', '@pg.example.com/'),
      Dockerfile: uvicorn(', "--workers", "9"'),
      'main.py': api + engine(),
    },
    verdict: undefined,
  },
  {
    name: 'a pool without a limit',
    rule: appPoolUnlimited,
    texts: { 'compose.yaml': database, Dockerfile: uvicorn(), 'main.py': api + engine(', pool_size=0') },
    verdict: 'fail high: The pool of app opens as many connections as there are callers.',
    fixed: {
      'main.py': `${api}engine = create_engine(os.environ["DATABASE_URL"], pool_size=6, max_overflow=2)\n`,
    },
  },
  {
    name: 'the shell form behind a migration',
    rule: appShellFormCommand,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}CMD alembic upgrade head && poetry run uvicorn main:app\n`,
    },
    verdict:
      'fail low: uvicorn in app runs behind a shell that does not pass SIGTERM on: requests in flight are cut when the container stops, after its whole grace period.',
    fixed: { Dockerfile: `${image}CMD alembic upgrade head && exec poetry run uvicorn main:app\n` },
  },
  {
    name: 'a script without exec',
    rule: appShellFormCommand,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}ENTRYPOINT ["./run.sh"]\n`,
      'run.sh': '#!/bin/sh\nset -e\nuvicorn main:app\n',
    },
    verdict:
      'fail low: uvicorn in app runs behind a shell that does not pass SIGTERM on: requests in flight are cut when the container stops, after its whole grace period.',
    fixed: { 'run.sh': '#!/bin/sh\nset -e\nexec uvicorn main:app\n' },
  },
  {
    name: 'a script that handles signals',
    rule: appShellFormCommand,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}ENTRYPOINT ["./run.sh"]\n`,
      'run.sh': "#!/bin/sh\ntrap 'kill $!' TERM\nuvicorn main:app &\nwait\n",
    },
    verdict: 'pass: uvicorn in app gets SIGTERM itself.',
  },
  {
    name: 'the shell form under dumb-init',
    rule: appShellFormCommand,
    texts: {
      'compose.yaml': compose,
      Dockerfile: `${image}ENTRYPOINT ["dumb-init", "--"]\nCMD uvicorn main:app\n`,
    },
    verdict: 'pass: uvicorn in app gets SIGTERM itself.',
  },
  {
    name: 'no proxy to give up',
    rule: appTimeoutMismatch,
    texts: { 'compose.yaml': compose, Dockerfile: `${image}CMD ["gunicorn", "a:b", "--timeout", "900"]\n` },
    verdict: undefined,
  },
];

function stackOf({ texts, machine: given, live }: Pick<Case, 'texts' | 'machine' | 'live'>): Stack {
  const stack = composeStack({
    texts,
    ...(given ? { machine: given } : {}),
    ...(live ? { containers: { app: [{}], ...(live.postgres ? { db: [{}] } : {}) } } : {}),
  });
  if (!live) return stack;
  const { postgres, ...rest } = live;
  return {
    ...stack,
    services: stack.services.map((service) => ({
      ...service,
      ...(service.live
        ? {
            live: {
              ...service.live,
              ...(service.name === 'db' && postgres ? { postgres } : rest),
            },
          }
        : {}),
    })),
  };
}

const text = (verdict: Verdict | undefined, rule: Rule): string | undefined =>
  verdict &&
  `${verdict.status}${verdict.status === 'fail' ? ` ${verdict.severity ?? rule.severity}` : ''}: ${verdict.message}`;

describe('rules of apps', () => {
  it.each(cases)('$rule.id: $name', (one) => {
    const verdicts = judge(one.rule, stackOf(one), one.plan ?? plan);
    const [verdict] = verdicts;
    expect(text(verdict, one.rule)).toBe(one.verdict);
    expect(verdict?.fix?.manual ?? '').toMatch(one.manual ?? /^/);
    const after = mended(one.texts, verdicts);
    expect(after).toMatchObject(one.fixed ?? (verdict?.fix?.edits.length ? {} : one.texts));
    const left = judge(one.rule, stackOf({ ...one, texts: after }), plan).filter(
      ({ status }) => status === 'fail',
    );
    expect(one.fixed ? left : []).toEqual([]);
  });
});
