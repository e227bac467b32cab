import { describe, expect, it } from 'vitest';
import { pythonNames, worthReading } from '../../../../src/readers/python/names.ts';
import { parsePython } from '../../../../src/readers/python/parse.ts';
import type { PythonModule, PythonValue } from '../../../../src/readers/python/settings.ts';

const parse = (text: string): PythonModule => parsePython('app.py', text, pythonNames);
/** A value without its places, dictionaries as objects. */
function plain(value: PythonValue | undefined): unknown {
  if (!value) return undefined;
  const { at: _, ...rest } = value;
  if (rest.kind === 'dict')
    return Object.fromEntries([...rest.entries].map(([key, entry]) => [key, plain(entry)]));
  if (rest.kind === 'env') return { ...rest, ...(rest.fallback ? { fallback: plain(rest.fallback) } : {}) };
  return rest;
}
const assigned = (text: string, name = 'x'): unknown =>
  plain(parsePython('app.py', text, []).assignments.get(name)?.value);

describe('calls', () => {
  it.each([
    ['from sqlalchemy import create_engine\ncreate_engine(u)\n', 'sqlalchemy.create_engine'],
    ['from sqlalchemy import create_engine as ce\nce(u)\n', 'sqlalchemy.create_engine'],
    ['import sqlalchemy as sa\nsa.create_engine(u)\n', 'sqlalchemy.create_engine'],
    [
      'import sqlalchemy.ext.asyncio\nsqlalchemy.ext.asyncio.create_async_engine(u)\n',
      'sqlalchemy.ext.asyncio.create_async_engine',
    ],
    ['from sqlmodel import *\nengine = create_engine(u)\n', 'sqlmodel.create_engine'],
    [
      'from sqlalchemy import (\n  text,  # x\n  create_engine,\n)\ncreate_engine(u)\n',
      'sqlalchemy.create_engine',
    ],
    ['from flask import Flask\napp = Flask(__name__)\napp.run()\n', 'flask.Flask.run'],
    ['from flask import Flask\nFlask(__name__).run()\n', 'flask.Flask.run'],
    ['def main():\n    import uvicorn\n    uvicorn.run("a:b")\n', 'uvicorn.run'],
  ])('%j', (text, name) => {
    expect(parse(text).calls.map((call) => call.name)).toContain(name);
  });

  it('does not take a name that was imported from elsewhere', () => {
    expect(parse('from mine import create_engine\ncreate_engine(u)\n').calls).toEqual([]);
  });

  it('has arguments, their places, and whether more may come', () => {
    const text = 'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run("a:b", workers=2, **more)\n';
    const [call] = parse(text).calls;
    expect(call).toMatchObject({ inMain: true, nested: false, open: true });
    expect(plain(call?.positional[0])).toEqual({ kind: 'string', value: 'a:b' });
    const at = call?.keywordsAt.get('workers');
    expect(text.slice(at?.start, at?.end)).toBe('workers=2');
    expect(text.slice(call?.argumentsAt.start, call?.argumentsAt.end)).toBe('"a:b", workers=2, **more');
    expect(text.slice(0, call?.lastArgumentEnd).endsWith('**more')).toBe(true);
  });

  it('is found in code that is broken elsewhere', () => {
    const { broken, calls } = parse(
      'from sqlalchemy import create_engine\ndef f(:\n  pass\nengine = create_engine(u, pool_size=3)\n',
    );
    expect(broken).toBe(true);
    expect(plain(calls[0]?.keywords.get('pool_size'))).toEqual({ kind: 'number', value: 3 });
  });
});

describe('values', () => {
  it.each([
    ['x = 1_000', { kind: 'number', value: 1000 }],
    ['x = -2', { kind: 'number', value: -2 }],
    ['x = 2 * (3 + 4) // 5', { kind: 'number', value: 2 }],
    ['x = \'a\' "b"', { kind: 'string', value: 'ab' }],
    ['x = r"a\\n"', { kind: 'string', value: String.raw`a\n` }],
    ['x = f"a{b}"', { kind: 'unknown', text: 'f"a{b}"' }],
    ['x = None', { kind: 'none' }],
    [
      'import os\nx = int(os.getenv("W", "4"))',
      { kind: 'env', name: 'W', fallback: { kind: 'number', value: 4 } },
    ],
    ['import os\nx = os.environ["W"]', { kind: 'env', name: 'W' }],
    [
      'from os import environ as e\nx = int(e.get("W", 4))',
      { kind: 'env', name: 'W', fallback: { kind: 'number', value: 4 } },
    ],
    [
      'import os\nx = int(os.environ.get("W") or 3)',
      { kind: 'env', name: 'W', fallback: { kind: 'number', value: 3 } },
    ],
    [
      'import environ\nenv = environ.Env()\nx = env.int("W", default=3)',
      { kind: 'env', name: 'W', fallback: { kind: 'number', value: 3 } },
    ],
    ['import multiprocessing\nx = multiprocessing.cpu_count() * 2 + 1', { kind: 'cpus', factor: 2, plus: 1 }],
    ['from multiprocessing import cpu_count\nx = 1 + 2 * cpu_count()', { kind: 'cpus', factor: 2, plus: 1 }],
    ['import os\nx = min(os.cpu_count(), 8)', { kind: 'cpus', factor: 1, plus: 0, atMost: 8 }],
    ['import os\nx = len(os.sched_getaffinity(0))', { kind: 'cpus', factor: 1, plus: 0 }],
    ['n = 3\nx = n * 2', { kind: 'number', value: 6 }],
    ['x = y\ny = x', { kind: 'unknown', text: 'y' }],
    ['x = 1\nif a:\n    x = 2', { kind: 'unknown', text: '2' }],
    ['x = 1\nx += 1', { kind: 'unknown', text: 'x' }],
    ['x: int = 5', { kind: 'number', value: 5 }],
    [
      'x = {"a": {"b": 1}, "c": True}\nx["a"]["b"] = 2',
      { a: { b: { kind: 'number', value: 2 } }, c: { kind: 'boolean', value: true } },
    ],
  ])('%j', (text, expected) => {
    expect(assigned(`${text}\n`)).toEqual(expected);
  });
});

describe('settings and endpoints', () => {
  it('finds settings of classes and of app.config', () => {
    const { settings } = parse(
      'class Config:\n    DEBUG = True\nclass Prod(Config):\n    DEBUG = False\napp.config["A"] = 1\napp.config.update(B=2)\n',
    );
    expect(settings.map(({ name, owner, value }) => [name, owner, plain(value)])).toEqual([
      ['DEBUG', 'Config', { kind: 'boolean', value: true }],
      ['DEBUG', 'Prod', { kind: 'boolean', value: false }],
      ['A', undefined, { kind: 'number', value: 1 }],
      ['B', undefined, { kind: 'number', value: 2 }],
    ]);
  });

  it('tells synchronous endpoints from others', () => {
    const { endpoints } = parse(
      '@app.get("/")\ndef a(): pass\n@router.post("/b")\nasync def b(): pass\n@app.middleware("http")\nasync def c(): pass\n@x.websocket("/ws")\nasync def d(): pass\n',
    );
    expect(endpoints.map(({ method, async }) => `${async ? 'async ' : ''}${method}`)).toEqual([
      'get',
      'async post',
      'async websocket',
    ]);
  });
});

describe('what is not read', () => {
  it('skips files that can say nothing', () => {
    expect(worthReading('def f(): return d.get("x")\n', pythonNames)).toBe(false);
    expect(worthReading('from sqlalchemy import create_engine\n', pythonNames)).toBe(true);
    expect(worthReading('@router.get("/")\n', pythonNames)).toBe(true);
  });

  it('gives up on what no person wrote', () => {
    const nested = `x = ${'('.repeat(5000)}1${')'.repeat(5000)}\n`;
    expect(parsePython('a.py', nested, [])).toMatchObject({ broken: true, calls: [] });
    expect(parsePython('a.py', `x = 1\n${'# data\n'.repeat(70_000)}`, [])).toMatchObject({ broken: true });
  });
});
