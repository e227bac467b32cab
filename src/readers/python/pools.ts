import type { Pool } from '../../stack/stack.ts';
import { configuredPools } from './configured-pools.ts';
import { booleanOf, numberOf, resolved, serverOfUrl } from './pool-values.ts';
import type { Environment } from './pool-values.ts';
import type { PythonCall, PythonModule } from './settings.ts';

interface Library {
  library: Pool['library'];
  /** Keyword of each number, and its default. */
  size: readonly [string, number];
  overflow?: readonly [string, number];
}

/**
 * SQLAlchemy's QueuePool: 5 kept and 10 more, 30 s until a caller gives up
 * (https://docs.sqlalchemy.org/en/20/core/pooling.html, `QueuePool.__init__` of lib/sqlalchemy/pool/impl.py).
 */
const sqlalchemy: Library = { library: 'sqlalchemy', size: ['pool_size', 5], overflow: ['max_overflow', 10] };
/** https://magicstack.github.io/asyncpg/current/api/index.html#asyncpg.pool.create_pool: `max_size=10` */
const asyncpg: Library = { library: 'asyncpg', size: ['max_size', 10] };
/** https://www.psycopg.org/psycopg3/docs/api/pool.html: `min_size=4`, and as many at most unless `max_size` says more. */
const psycopg: Library = { library: 'psycopg_pool', size: ['max_size', 4] };
/** https://github.com/encode/databases: asyncpg's pool below. */
const databases: Library = { library: 'databases', size: ['max_size', 10] };

const libraries: Readonly<Record<string, Library>> = {
  'sqlalchemy.create_engine': sqlalchemy,
  'sqlalchemy.engine.create_engine': sqlalchemy,
  'sqlalchemy.future.create_engine': sqlalchemy,
  'sqlalchemy.engine_from_config': sqlalchemy,
  'sqlalchemy.ext.asyncio.create_async_engine': sqlalchemy,
  'sqlalchemy.ext.asyncio.async_engine_from_config': sqlalchemy,
  'sqlmodel.create_engine': sqlalchemy,
  'asyncpg.create_pool': asyncpg,
  'psycopg_pool.ConnectionPool': psycopg,
  'psycopg_pool.AsyncConnectionPool': psycopg,
  'psycopg_pool.NullConnectionPool': psycopg,
  'psycopg_pool.AsyncNullConnectionPool': psycopg,
  'databases.Database': databases,
};

/** Code beside the app: tests, migrations and tools open connections of their own, and not while it serves. */
const beside =
  /(?:^|\/)(?:tests?|testing|alembic|migrations|scripts|tools|examples|docs|benchmarks?)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile)\.py$/;

/**
 * The connection pools that a process of the app opens, as far as its code tells. Variables of the environment are
 * looked up; a value that only the running program knows leaves the pool `open`.
 */
export function readPools(modules: readonly PythonModule[], environment: Environment): Pool[] {
  const used = modules.filter(({ path }) => !beside.test(path));
  return [
    ...used.flatMap(({ calls }) => calls.flatMap((call) => poolOfCall(call, environment) ?? [])),
    ...configuredPools(used, environment),
  ];
}

function poolOfCall(call: PythonCall, environment: Environment): Pool | undefined {
  const library = libraries[call.name];
  // A tool's own engine, in the part that only runs by hand.
  if (!library || call.inMain) return undefined;
  const url =
    call.positional[0] ??
    call.keywords.get('url') ??
    call.keywords.get('dsn') ??
    call.keywords.get('conninfo');
  const address = url && resolved(url, environment);
  const server = address === undefined ? undefined : serverOfUrl(address);
  if (address !== undefined && /^sqlite\b/i.test(address)) return undefined;
  const poolClass = call.keywords.get('poolclass');
  const className = poolClass?.kind === 'unknown' ? poolClass.text : '';
  if (/\bStaticPool$/.test(className)) return undefined;
  const none = /\bNullPool$/.test(className) || /\bA?\w*NullConnectionPool$/.test(call.name);
  const size = numberOf(call, library.size[0], sizeDefault(call, library, environment), environment);
  const overflow = library.overflow
    ? numberOf(call, library.overflow[0], library.overflow[1], environment)
    : { setting: { value: 0, source: { by: 'default' as const } }, known: true };
  const recycle = optionalNumber(call, 'pool_recycle', environment);
  const prePing = booleanOf(call.keywords.get('pool_pre_ping'), environment);
  return {
    library: library.library,
    size: size.setting,
    overflow: overflow.setting,
    unlimited:
      library.library === 'sqlalchemy' &&
      !none &&
      ((size.known && size.setting.value === 0) || (overflow.known && overflow.setting.value < 0)),
    ...(recycle ? { recycleSeconds: recycle } : {}),
    ...(prePing ? { prePing } : {}),
    none,
    at: call.at,
    argumentsAt: call.argumentsAt,
    call,
    ...(server ? { server } : {}),
    open:
      call.open ||
      !size.known ||
      !overflow.known ||
      call.name.endsWith('engine_from_config') ||
      (className !== '' && !none && !/\bA?\w*QueuePool$/.test(className)),
  };
}

/** psycopg's `max_size` is `min_size` where it is not given. */
function sizeDefault(call: PythonCall, library: Library, environment: Environment): number {
  if (library !== psycopg) return library.size[1];
  return numberOf(call, 'min_size', library.size[1], environment).setting.value;
}

function optionalNumber(call: PythonCall, keyword: string, environment: Environment): Pool['recycleSeconds'] {
  if (!call.keywords.has(keyword)) return undefined;
  const { setting, known } = numberOf(call, keyword, -1, environment);
  return known ? setting : undefined;
}
