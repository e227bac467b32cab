import type { Pool, Service, Stack } from '../../stack/stack.ts';
import type { Plan } from '../../tune/plan.ts';
import type { Fix } from '../finding.ts';
import { keywordEdits } from './app-edit.ts';
import { plannedNumber, plural } from './app.ts';

/** Seconds until a caller without a connection gives up, instead of SQLAlchemy's 30: within the proxy's patience. */
const poolTimeout = 10;
/** Seconds after which a connection is replaced: before firewalls and NAT forget an idle one. */
const poolRecycle = 1800;

/** Connections that a process can have through a pool. */
export function poolTotal({ size, overflow }: Pool): number {
  return size.value + Math.max(0, overflow.value);
}

/** `5 + 10 connections`, `10 connections`. */
export function poolText({ size, overflow }: Pool): string {
  return overflow.value > 0
    ? `${size.value} + ${overflow.value} connections`
    : plural(size.value, 'connection');
}

/** Nobody chose its size. */
export function isDefaultSize({ size, overflow }: Pool): boolean {
  return size.source.by === 'default' && overflow.source.by === 'default';
}

/**
 * The pool with the plan's size; in the call where there is one, else a person has to.
 *
 * @param careful also how long a caller waits and how old a connection gets, where nobody has set that
 */
export function poolFix(stack: Stack, service: Service, pool: Pool, plan: Plan, careful = false): Fix {
  const size = plannedNumber(plan, service.name, 'pool_size');
  const overflow = plannedNumber(plan, service.name, 'max_overflow');
  const requires = service.compose.build ? 'rebuild' : 'restart';
  if (size === undefined || overflow === undefined)
    return {
      title: `Choose a pool size for ${service.name}`,
      edits: [],
      manual: `Set \`pool_size\` and \`max_overflow\` so that processes × (pool_size + max_overflow) fits max_connections.${plan.feasible ? '' : ` ${plan.reason}`}`,
      requires,
    };
  const { call, library } = pool;
  const common = {
    title: `Give each process of ${service.name} ${size} + ${overflow} connections`,
    requires,
    risk: careful
      ? `A request that finds no free connection within ${poolTimeout} s fails instead of waiting for 30 s.`
      : 'More requests wait for a connection at the busiest moments.',
  } as const;
  const wanted: Record<string, string> = { pool_size: String(size), max_overflow: String(overflow) };
  if (library === 'sqlalchemy' && call) {
    const extras = {
      pool_timeout: String(poolTimeout),
      pool_recycle: String(poolRecycle),
      pool_pre_ping: 'True',
    };
    for (const [name, value] of careful ? Object.entries(extras) : [])
      if (!call.keywords.has(name)) wanted[name] = value;
    const edits = call.open || !call.name.includes('create_') ? [] : keywordEdits(stack.files, call, wanted);
    if (edits.length > 0) return { ...common, edits };
  }
  if (
    (library === 'asyncpg' || library === 'psycopg_pool' || library === 'databases') &&
    call &&
    !call.open
  ) {
    const total = String(size + overflow);
    const edits = keywordEdits(stack.files, call, {
      max_size: total,
      // The pool refuses a minimum above its maximum; asyncpg's is 10, psycopg's 4.
      ...(call.keywords.has('min_size') && library !== 'asyncpg'
        ? {}
        : { min_size: String(Math.min(size, 4, size + overflow)) }),
    });
    if (edits.length > 0)
      return {
        ...common,
        title: `Give each process of ${service.name} at most ${total} connections`,
        risk: 'More requests wait for a connection at the busiest moments.',
        edits,
      };
  }
  const written = Object.entries(wanted).map(([name, value]) => `${name}=${value}`);
  return {
    ...common,
    edits: [],
    manual:
      library === 'flask-sqlalchemy'
        ? `Set \`SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": ${size}, "max_overflow": ${overflow}, "pool_timeout": ${poolTimeout}, "pool_pre_ping": True}\`.`
        : `Set the pool of \`${service.name}\` to ${size + overflow} connections a process (\`${written.join(', ')}\`).`,
  };
}
