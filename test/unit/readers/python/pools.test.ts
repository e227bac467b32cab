import { describe, expect, it } from 'vitest';
import { pythonNames } from '../../../../src/readers/python/names.ts';
import { parsePython } from '../../../../src/readers/python/parse.ts';
import { readPools } from '../../../../src/readers/python/pools.ts';

const environment = new Map(
  Object.entries({
    DATABASE_URL: 'postgresql+psycopg://shop:secret@db:5432/shop',
    POOL_SIZE: '7',
    FROM_SHELL: undefined,
  }).map(([name, value]) => [name, { value, at: { path: 'compose.yml', start: 0, end: 0 } }]),
);

/** `library size+overflow` with marks: `?` open, `∞` unlimited, `none` a connection a request, `@` where to. */
function pools(text: string, path = 'app/db.py'): string[] {
  return readPools([parsePython(path, text, pythonNames)], environment).map(
    ({ library, size, overflow, open, unlimited, none, server }) =>
      `${library} ${size.value}+${overflow.value}${open ? ' ?' : ''}${unlimited ? ' ∞' : ''}${none ? ' none' : ''}${server ? ` @${server.host ?? ''}` : ''}`,
  );
}

const sa = 'import os\nfrom sqlalchemy import create_engine, NullPool, StaticPool\n';
const flask = 'from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n';

const cases: readonly [string, string, readonly string[]][] = [
  ['defaults', `${sa}e = create_engine(os.environ["DATABASE_URL"])\n`, ['sqlalchemy 5+10 @db']],
  ['numbers', `${sa}e = create_engine(url, pool_size=3, max_overflow=2)\n`, ['sqlalchemy 3+2']],
  [
    'a variable of the environment',
    `${sa}e = create_engine(url, pool_size=int(os.getenv("POOL_SIZE", "5")))\n`,
    ['sqlalchemy 7+10'],
  ],
  [
    "a variable of the operator's shell",
    `${sa}e = create_engine(url, pool_size=int(os.getenv("FROM_SHELL", "5")))\n`,
    ['sqlalchemy 5+10 ?'],
  ],
  ['a value from elsewhere', `${sa}e = create_engine(url, pool_size=settings.size)\n`, ['sqlalchemy 5+10 ?']],
  ['keywords from elsewhere', `${sa}e = create_engine(url, **options)\n`, ['sqlalchemy 5+10 ?']],
  ['no limit', `${sa}e = create_engine(url, max_overflow=-1)\n`, ['sqlalchemy 5+-1 ∞']],
  ['size 0', `${sa}e = create_engine(url, pool_size=0)\n`, ['sqlalchemy 0+10 ∞']],
  ['NullPool', `${sa}e = create_engine(url, poolclass=NullPool)\n`, ['sqlalchemy 5+10 none']],
  ['SQLite', `${sa}e = create_engine("sqlite:///x.db")\n`, []],
  [
    'SQLite by default, PostgreSQL by environment',
    `${sa}e = create_engine(os.getenv("DATABASE_URL", "sqlite://"))\n`,
    ['sqlalchemy 5+10 @db'],
  ],
  ['StaticPool', `${sa}e = create_engine(url, poolclass=StaticPool)\n`, []],
  [
    'an async engine',
    'from sqlalchemy.ext.asyncio import create_async_engine as c\ne = c("postgresql+asyncpg://u:p@pg/x", pool_size=4)\n',
    ['sqlalchemy 4+10 @pg'],
  ],
  ['a tool run by hand', `${sa}if __name__ == "__main__":\n    create_engine(url)\n`, []],
  [
    'asyncpg',
    'import asyncpg\nasync def f():\n    p = await asyncpg.create_pool(dsn, max_size=20)\n',
    ['asyncpg 20+0'],
  ],
  [
    'psycopg',
    'from psycopg_pool import ConnectionPool\np = ConnectionPool("", min_size=2)\n',
    ['psycopg_pool 2+0'],
  ],
  ['databases', 'from databases import Database\nd = Database(url)\n', ['databases 10+0']],
  ['Flask-SQLAlchemy', flask, ['flask-sqlalchemy 5+10']],
  [
    'Flask-SQLAlchemy with options',
    `${flask}app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 2, "max_overflow": 1}\n`,
    ['flask-sqlalchemy 2+1'],
  ],
  [
    'Flask-SQLAlchemy with several configurations',
    `${flask}class A:\n    SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 2}\nclass B:\n    SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 9}\n`,
    ['flask-sqlalchemy 2+10 ?'],
  ],
  [
    'Django without a pool',
    'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "db", "CONN_MAX_AGE": 60}}\n',
    ['django 1+0 none @db'],
  ],
  [
    'Django with a pool',
    'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "db", "OPTIONS": {"pool": {"min_size": 2, "max_size": 6}}}}\n',
    ['django 6+0 @db'],
  ],
  ['Django with SQLite', 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n', []],
  [
    'Django with dj-database-url',
    'import dj_database_url\nDATABASES = {"default": dj_database_url.config(conn_max_age=600)}\n',
    ['django 1+0 none @db'],
  ],
  [
    'Tortoise',
    'from tortoise.contrib.fastapi import register_tortoise\nregister_tortoise(app, db_url="postgres://u:p@db/x?maxsize=8")\n',
    ['tortoise 8+0'],
  ],
];

describe('readPools', () => {
  it.each(cases)('%s', (_, text, expected) => {
    expect(pools(text)).toEqual(expected);
  });

  it('leaves tests, migrations and tools out', () => {
    const text = `${sa}e = create_engine(url)\n`;
    for (const path of ['tests/db.py', 'app/test_db.py', 'alembic/env.py', 'scripts/seed.py'])
      expect(pools(text, path)).toEqual([]);
  });

  it('keeps no credentials', () => {
    const found = readPools(
      [parsePython('db.py', `${sa}e = create_engine(os.environ["DATABASE_URL"])\n`, pythonNames)],
      environment,
    );
    expect(JSON.stringify(found.map(({ server }) => server))).not.toContain('secret');
  });
});
