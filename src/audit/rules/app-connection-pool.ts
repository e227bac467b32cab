import type { Pool, Service, Stack } from '../../stack/stack.ts';
import type { Plan } from '../../tune/plan.ts';
import type { EvidenceLine, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { appsOf, concurrencyOf, endpointThreads, type App } from '../subjects/app.ts';
import { isDefaultSize, poolFix, poolText, poolTotal } from '../subjects/pools.ts';

export const appConnectionPool = rule({
  id: 'app-connection-pool',
  category: 'database',
  severity: 'medium',
  cause: 4,
  title: {
    fail: 'Requests wait for a connection from a pool that nobody sized',
    pass: 'The connection pool fits the way the app serves',
  },
  why: 'SQLAlchemy keeps 5 connections a process and opens up to 10 more; whoever comes then waits up to 30 s and fails with `QueuePool limit … reached`. That is enough where a process serves few requests at once. FastAPI and Starlette run synchronous endpoints in up to 40 threads a process, so the 16th of them waits, and an event loop that looks idle has a queue behind it. Choose the size by arithmetic: processes × (`pool_size` + `max_overflow`), twice while a deploy rolls, must fit `max_connections`. A smaller pool that somebody chose is fine: it is a limit.',
  example: {
    language: 'python',
    bad: 'engine = create_engine(url)',
    good: 'engine = create_engine(\n    url, pool_size=10, max_overflow=5, pool_timeout=10, pool_recycle=1800, pool_pre_ping=True\n)',
  },
  references: [
    'https://docs.sqlalchemy.org/en/20/core/pooling.html',
    'https://anyio.readthedocs.io/en/stable/threads.html',
    'https://www.starlette.io/threadpool/',
  ],
  dependsOn: ['app-pool-exceeds-database'],
  evaluate: (stack, context) => appsOf(stack).flatMap((app) => judge(stack, app, () => context.plan())),
});

function judge(stack: Stack, app: App, plan: () => Plan): readonly Verdict[] {
  const { service } = app;
  const pools = service.pools.filter(({ none, library }) => !none && library !== 'django');
  const [first] = pools;
  if (!first) return [];
  const exhausted = service.live?.log?.['pool-exhausted'];
  if (exhausted && exhausted.count > 0) {
    const pool = pools.find((candidate) => isDefaultSize(candidate)) ?? first;
    return [
      {
        status: 'fail',
        severity: 'high',
        subject: service.name,
        confidence: 'measured',
        at: pool.at,
        message: `${exhausted.count} requests of ${service.name} found no free connection: its pool of ${poolText(pool)} a process was used up.`,
        current: poolText(pool),
        expected: 'a pool that fits the requests at once',
        evidence: [{ source: `docker logs of ${service.name}`, text: exhausted.last }, ...evidenceOf(pool)],
        fix: poolFix(stack, service, pool, plan(), true),
      },
    ];
  }
  // Of several pools the one that says most.
  const verdicts = pools.map((pool) => judgePool(stack, app, pool, plan));
  const order = ['fail', 'unknown', 'pass'];
  const worst = verdicts.toSorted((one, other) => order.indexOf(one.status) - order.indexOf(other.status))[0];
  return worst ? [worst] : [];
}

function judgePool(stack: Stack, app: App, pool: Pool, plan: () => Plan): Verdict {
  const { service } = app;
  const common = {
    subject: service.name,
    confidence: 'static',
    at: pool.at,
    evidence: evidenceOf(pool),
  } as const;
  if (pool.unlimited)
    return { ...common, status: 'pass', message: `The pool of ${service.name} has no limit to wait at.` };
  if (pool.open && isDefaultSize(pool))
    return {
      ...common,
      status: 'unknown',
      message: `How large the pool of ${service.name} is, is not written where it is opened.`,
    };
  const chosen = !isDefaultSize(pool);
  const callers = callersOf(app, pool);
  if (callers.kind === 'blocking')
    return {
      ...common,
      status: 'fail',
      severity: 'info',
      message: `All endpoints of ${service.name} are async and its engine is not: each query stops the event loop of its process.`,
      expected: 'create_async_engine, or synchronous endpoints',
      fix: {
        title: 'Use an async engine',
        edits: [],
        manual:
          'Use `create_async_engine` with asyncpg or psycopg, or declare endpoints that query with `def`, so that they run in threads.',
        requires: 'rebuild',
      },
    };
  if (callers.kind === 'unknown')
    return {
      ...common,
      status: 'pass',
      message: `The pool of ${service.name} has ${poolText(pool)} a process.`,
    };
  const total = poolTotal(pool);
  const sum = `Up to ${callers.count} ${callers.count === 1 ? 'request' : 'threads'} of a process of ${service.name} share ${poolText(pool)}`;
  if (chosen || callers.count <= total) return { ...common, status: 'pass', message: `${sum}.` };
  return {
    ...common,
    status: 'fail',
    message: `${sum}, the library's default: the ${ordinal(total + 1)} request at once waits up to 30 s, then fails.`,
    current: `${poolText(pool)} (default)`,
    expected: 'a size that was chosen',
    fix: poolFix(stack, service, pool, plan(), true),
  };
}

type Callers = { kind: 'count'; count: number } | { kind: 'unknown' } | { kind: 'blocking' };

/** How many callers of one process may want a connection at once. */
function callersOf(app: App, pool: Pool): Callers {
  const concurrency = concurrencyOf(app);
  if (concurrency.kind === 'sync') return { kind: 'count', count: 1 };
  if (concurrency.kind === 'threads') return { kind: 'count', count: concurrency.threads };
  if (concurrency.kind !== 'async') return { kind: 'unknown' };
  const synchronousEngine = pool.library === 'sqlalchemy' && pool.call?.name.includes('async') === false;
  // Coroutines wait for an async pool in order, and hold nothing up.
  if (!synchronousEngine || !isStarlette(app.service)) return { kind: 'unknown' };
  const endpoints = app.service.python.flatMap((module) => module.endpoints);
  if (endpoints.some((endpoint) => !endpoint.async)) return { kind: 'count', count: endpointThreads };
  return endpoints.length > 1 ? { kind: 'blocking' } : { kind: 'unknown' };
}

function isStarlette({ python }: Service): boolean {
  return python.some(({ imports }) =>
    imports.some(({ module }) => /^(?:fastapi|starlette)(?:\.|$)/.test(module)),
  );
}

function evidenceOf(pool: Pool): readonly EvidenceLine[] {
  return [
    { at: pool.at, text: `${pool.library}: ${poolText(pool)}${isDefaultSize(pool) ? ', its default' : ''}` },
  ];
}

function ordinal(number: number): string {
  const last = number % 10;
  const teen = Math.floor((number % 100) / 10) === 1;
  const ending = teen ? 'th' : last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th';
  return `${number}${ending}`;
}
