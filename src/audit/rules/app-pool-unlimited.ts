import type { Pool, Service, Stack } from '../../stack/stack.ts';
import type { Plan } from '../../tune/plan.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { poolFix, poolText } from '../subjects/pools.ts';

export const appPoolUnlimited = rule({
  id: 'app-pool-unlimited',
  category: 'database',
  severity: 'high',
  title: {
    fail: 'A connection pool has no upper limit',
    pass: 'The connection pool has an upper limit',
  },
  why: 'With `max_overflow=-1` or `pool_size=0` SQLAlchemy opens a connection for every caller. A burst of requests then takes all of PostgreSQL\'s `max_connections`: everybody else, migrations and `psql` too, is refused with "too many clients already".',
  example: {
    language: 'python',
    bad: 'engine = create_engine(url, pool_size=10, max_overflow=-1)',
    good: 'engine = create_engine(url, pool_size=10, max_overflow=5)',
  },
  references: ['https://docs.sqlalchemy.org/en/20/core/pooling.html#sqlalchemy.pool.QueuePool'],
  dependsOn: ['app-pool-exceeds-database'],
  evaluate: (stack, context) =>
    stack.services.flatMap((service) => judge(stack, service, () => context.plan())),
});

function judge(stack: Stack, service: Service, plan: () => Plan): readonly Verdict[] {
  const pools = service.pools.filter(({ none }) => !none);
  const [first] = pools;
  if (!first) return [];
  const unlimited = pools.find((pool) => pool.unlimited);
  const common = { subject: service.name, confidence: 'static' } as const;
  if (!unlimited)
    return [
      {
        ...common,
        status: 'pass',
        at: first.at,
        message: `The pool of ${service.name} has ${poolText(first)}.`,
      },
    ];
  return [
    {
      ...common,
      status: 'fail',
      at: settingAt(unlimited),
      message: `The pool of ${service.name} opens as many connections as there are callers.`,
      current: unlimited.overflow.value < 0 ? `max_overflow=${unlimited.overflow.value}` : 'pool_size=0',
      expected: 'a limit that fits max_connections',
      fix: poolFix(stack, service, unlimited, plan()),
    },
  ];
}

function settingAt({ at, overflow, size }: Pool): Pool['at'] {
  return (overflow.value < 0 ? overflow.source.at : size.source.at) ?? at;
}
