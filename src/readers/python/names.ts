/** Calls that start a server. */
export const serverCalls: readonly string[] = [
  'uvicorn.run',
  'uvicorn.Config',
  'flask.Flask.run',
  'flask_socketio.SocketIO.run',
  'waitress.serve',
  'aiohttp.web.run_app',
  'hypercorn.asyncio.serve',
  'bottle.run',
  'gevent.pywsgi.WSGIServer',
  'wsgiref.simple_server.make_server',
];

/** Calls, settings and modules that tell something about a stack: what `parsePython` is told to look for. */
export const pythonNames: readonly string[] = [
  // Connection pools.
  'sqlalchemy.create_engine',
  'sqlalchemy.engine.create_engine',
  'sqlalchemy.future.create_engine',
  'sqlalchemy.engine_from_config',
  'sqlalchemy.ext.asyncio.create_async_engine',
  'sqlalchemy.ext.asyncio.async_engine_from_config',
  'sqlmodel.create_engine',
  'asyncpg.create_pool',
  'psycopg_pool.ConnectionPool',
  'psycopg_pool.AsyncConnectionPool',
  'psycopg_pool.NullConnectionPool',
  'psycopg_pool.AsyncNullConnectionPool',
  'databases.Database',
  'tortoise.Tortoise.init',
  'tortoise.contrib.fastapi.register_tortoise',
  'tortoise.contrib.fastapi.RegisterTortoise',
  'flask_sqlalchemy.SQLAlchemy',
  'dj_database_url.config',
  'dj_database_url.parse',
  'SQLALCHEMY_ENGINE_OPTIONS',
  'SQLALCHEMY_POOL_SIZE',
  'DATABASES',
  'CONN_MAX_AGE',
  ...serverCalls,
  // State of one process, or work that is to be done once.
  'apscheduler',
  'prometheus_fastapi_instrumentator',
  'starlette_exporter',
  'redis',
  'aioredis',
  'broadcaster',
  'prometheus_client',
  'cachetools',
  'aiocache',
  'fastapi_cache.backends.inmemory.InMemoryBackend',
  'fastapi_utils.tasks.repeat_every',
  'fastapi_restful.tasks.repeat_every',
  'flask_socketio.SocketIO',
  'socketio.AsyncServer',
  'socketio.Server',
  'WebSocket',
  // Applications and their debug switches.
  'fastapi.FastAPI',
  'starlette.applications.Starlette',
  'flask.Flask',
  'DEBUG',
];

const endpointDecorator =
  /^[ \t]*@[A-Za-z_][\w.]*\.(?:get|post|put|patch|delete|head|options|route|api_route|websocket)[ \t]*\(/m;

const filters = new WeakMap<readonly string[], RegExp>();

/**
 * Whether a file can have anything to say: one of the names' telling segments occurs in it, or a route's decorator.
 * No names: every file has.
 */
export function worthReading(text: string, names: readonly string[]): boolean {
  if (names.length === 0) return true;
  let filter = filters.get(names);
  if (!filter) {
    const keys = new Set(names.map((name) => tellingSegment(name)));
    filter = new RegExp(String.raw`\b(?:${[...keys].join('|')})\b`);
    filters.set(names, filter);
  }
  return filter.test(text) || endpointDecorator.test(text);
}

/** Of `uvicorn.run` the module, of `flask.Flask.run` the class: `run` alone is everywhere. */
function tellingSegment(name: string): string {
  const segments = name.split('.');
  const candidates = segments.length > 2 ? segments.slice(1) : segments;
  const last = candidates.at(-1) ?? name;
  const longest = candidates.toSorted((one, other) => other.length - one.length)[0] ?? name;
  return (last.length >= 8 ? last : longest).replaceAll(/[^\w]/g, '');
}
