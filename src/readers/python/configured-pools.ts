import type { Pool } from '../../stack/stack.ts';
import { booleanOf, numberSetting, resolved, serverOfUrl } from './pool-values.ts';
import type { Environment } from './pool-values.ts';
import type { PythonModule, PythonValue } from './settings.ts';

/** Pools that a framework opens from settings: Flask-SQLAlchemy, Django, Tortoise. */
export function configuredPools(modules: readonly PythonModule[], environment: Environment): Pool[] {
  return [...flask(modules, environment), ...django(modules, environment), ...tortoise(modules)];
}

/**
 * Flask-SQLAlchemy: `engine_options` of the extension, `SQLALCHEMY_ENGINE_OPTIONS` over it; SQLAlchemy's defaults where
 * neither is set (https://flask-sqlalchemy.readthedocs.io/en/stable/config/).
 */
function flask(modules: readonly PythonModule[], environment: Environment): Pool[] {
  const extension = modules
    .flatMap(({ calls }) => calls)
    .find(({ name }) => name === 'flask_sqlalchemy.SQLAlchemy');
  if (!extension) return [];
  const uri = settingNamed(modules, 'SQLALCHEMY_DATABASE_URI');
  const address = uri.length === 1 && uri[0] ? resolved(uri[0], environment) : undefined;
  if (address !== undefined && /^sqlite\b/i.test(address)) return [];
  const options = settingNamed(modules, 'SQLALCHEMY_ENGINE_OPTIONS');
  const given = options[0] ?? extension.keywords.get('engine_options');
  const entries = given?.kind === 'dict' ? given.entries : new Map<string, PythonValue>();
  const size = numberSetting(entries.get('pool_size'), 5, environment);
  const overflow = numberSetting(entries.get('max_overflow'), 10, environment);
  const recycle = entries.get('pool_recycle');
  const prePing = booleanOf(entries.get('pool_pre_ping'), environment);
  const server = address === undefined ? undefined : serverOfUrl(address);
  const poolClass = entries.get('poolclass');
  const none = poolClass?.kind === 'unknown' && /\bNullPool$/.test(poolClass.text);
  return [
    {
      library: 'flask-sqlalchemy',
      size: size.setting,
      overflow: overflow.setting,
      unlimited: !none && ((size.known && size.setting.value === 0) || overflow.setting.value < 0),
      ...(recycle ? { recycleSeconds: numberSetting(recycle, -1, environment).setting } : {}),
      ...(prePing ? { prePing } : {}),
      none,
      at: given?.at ?? extension.at,
      ...(server ? { server } : {}),
      // Several classes of configuration, or options that are put together: which ones hold is not to be seen.
      open:
        !size.known ||
        !overflow.known ||
        options.length > 1 ||
        (given !== undefined && given.kind !== 'dict') ||
        entries.has('**'),
    },
  ];
}

/** Values of a setting, of the modules and classes that set it. */
function settingNamed(modules: readonly PythonModule[], name: string): PythonValue[] {
  return modules.flatMap(({ assignments, settings }) => {
    const assigned = assignments.get(name);
    return [
      ...(assigned ? [assigned.value] : []),
      ...settings.filter((setting) => setting.name === name).map(({ value }) => value),
    ];
  });
}

/**
 * Django: a connection a thread, closed after each request unless CONN_MAX_AGE says otherwise; `OPTIONS.pool` (5.1 on,
 * PostgreSQL) is psycopg's pool (https://docs.djangoproject.com/en/stable/ref/databases/).
 */
function django(modules: readonly PythonModule[], environment: Environment): Pool[] {
  return modules.flatMap((module) => {
    const databases = module.assignments.get('DATABASES')?.value;
    if (databases?.kind !== 'dict') return [];
    return [...databases.entries].flatMap(([alias, database]): Pool[] => {
      if (alias === '**') return [];
      const entries = database.kind === 'dict' ? database.entries : undefined;
      const engine = entries?.get('ENGINE');
      if (engine && /sqlite/i.test(resolved(engine, environment) ?? '')) return [];
      const parsed = entries ? undefined : callAt(module, database);
      if (!entries && !parsed) return [];
      const options = entries?.get('OPTIONS');
      const pool = options?.kind === 'dict' ? options.entries.get('pool') : undefined;
      const pooled = pool?.kind === 'dict' || (pool?.kind === 'boolean' && pool.value);
      const sizes = pool?.kind === 'dict' ? pool.entries : new Map<string, PythonValue>();
      const least = numberSetting(sizes.get('min_size'), 4, environment);
      const size = pooled
        ? numberSetting(sizes.get('max_size'), least.setting.value, environment)
        : numberSetting(undefined, 1, environment);
      const age = entries?.get('CONN_MAX_AGE') ?? parsed?.keywords.get('conn_max_age');
      const host = entries?.get('HOST');
      const hostName = host && resolved(host, environment);
      const url = parsed && (parsed.keywords.get('default') ?? parsed.positional[0]);
      const address =
        environment.get('DATABASE_URL')?.value ?? (url ? resolved(url, environment) : undefined);
      const server =
        hostName !== undefined && hostName !== ''
          ? { scheme: 'postgresql', host: hostName }
          : parsed && address !== undefined
            ? serverOfUrl(address)
            : undefined;
      if (server && server.scheme.startsWith('sqlite')) return [];
      return [
        {
          library: 'django',
          size: size.setting,
          overflow: { value: 0, source: { by: 'default' } },
          unlimited: false,
          ...(age ? { recycleSeconds: numberSetting(age, 0, environment).setting } : {}),
          none: !pooled,
          at: database.at,
          ...(server ? { server } : {}),
          open: !size.known || (entries?.has('**') ?? false),
        },
      ];
    });
  });
}

/** The `dj_database_url` call that a value is. */
function callAt(module: PythonModule, value: PythonValue): PythonModule['calls'][number] | undefined {
  return module.calls.find(
    ({ name, at }) =>
      name.startsWith('dj_database_url.') && at.start === value.at.start && at.end === value.at.end,
  );
}

/** Tortoise ORM over asyncpg: `maxsize` in the URL, 5 else (https://tortoise.github.io/databases.html). */
function tortoise(modules: readonly PythonModule[]): Pool[] {
  const call = modules.flatMap(({ calls }) => calls).find(({ name }) => name.startsWith('tortoise.'));
  if (!call) return [];
  const url = call.keywords.get('db_url');
  const given = url?.kind === 'string' ? /[?&]maxsize=(\d+)/.exec(url.value)?.[1] : undefined;
  return [
    {
      library: 'tortoise',
      size:
        url && given !== undefined
          ? { value: Number(given), source: { at: url.at, by: 'code' } }
          : { value: 5, source: { by: 'default' } },
      overflow: { value: 0, source: { by: 'default' } },
      unlimited: false,
      none: false,
      at: call.at,
      open: url?.kind !== 'string',
    },
  ];
}
