import { describe, expect, it } from 'vitest';
import { looksPrivate, isAssets } from '../../../../src/audit/subjects/private-paths.ts';
import { codeOnly } from '../../../../src/audit/subjects/python-code.ts';
import { onePattern, publicRoutes } from '../../../../src/audit/subjects/public-routes.ts';

function routes(...lines: readonly string[]): string[] {
  return publicRoutes([{ path: 'main.py', text: ['app = FastAPI()', ...lines, ''].join('\n') }]).routes.map(
    ({ pattern }) => pattern,
  );
}

describe('publicRoutes', () => {
  it.each([
    ['a list', ['@app.get("/api/tags")', 'def tags():', '    return []'], ['/api/tags']],
    [
      'a number',
      ['@app.get("/api/tags/{id}")', 'async def tag(id: int):', '    return {}'],
      ['/api/tags/[0-9]+'],
    ],
    ['a name', ["@app.get('/v1/tags/{slug}')", 'def tag(slug: str):', '    return {}'], ['/v1/tags/[^/]+']],
    [
      'a query',
      ['@app.get("/api/tags")', 'def tags(page: int = 1, q: str | None = None):', '    return []'],
      ['/api/tags'],
    ],
    [
      'a docstring that speaks of requests',
      ['@app.get("/api/tags")', 'def tags():', '    """Each request, with cookie."""', '    return []'],
      ['/api/tags'],
    ],
    [
      'arguments of the decorator',
      ['@app.get("/api/tags", response_model=list[Tag], tags=["x"])', 'def tags():', '    return []'],
      ['/api/tags'],
    ],
    [
      'two decorators',
      ['@app.get("/api/a")', '@app.get("/api/b")', 'def both():', '    return []'],
      ['/api/a', '/api/b'],
    ],
    ['another method', ['@app.post("/api/tags")', 'def tags():', '    return []'], []],
    ['not below /api/', ['@app.get("/tags")', 'def tags():', '    return []'], []],
    ['a dependency', ['@app.get("/api/tags")', 'def tags(user=Depends(current)):', '    return []'], []],
    [
      'a dependency of the route',
      ['@app.get("/api/tags", dependencies=[Depends(auth)])', 'def tags():', '    return []'],
      [],
    ],
    ['a cookie', ['@app.get("/api/tags")', 'def tags(lang: str = Cookie()):', '    return []'], []],
    ['the request', ['@app.get("/api/tags")', 'def tags(request: Request):', '    return []'], []],
    ['the response', ['@app.get("/api/tags")', 'def tags(response: Response):', '    return []'], []],
    ['a stream', ['@app.get("/api/tags")', 'def tags():', '    return StreamingResponse(x())'], []],
    ['chance', ['@app.get("/api/tags")', 'def tags():', '    return random.choice(x)'], []],
    ['the time', ['@app.get("/api/tags")', 'def tags():', '    return datetime.now()'], []],
    ['another decorator', ['@app.get("/api/tags")', '@login_required', 'def tags():', '    return []'], []],
    [
      'a decorator over several lines',
      ['@app.get(', '    "/api/tags",', ')', 'def tags():', '    return []'],
      [],
    ],
    ['a private word', ['@app.get("/api/orders/{id}")', 'def order(id: int):', '    return []'], []],
    ['a path of any length', ['@app.get("/api/files/{name:path}")', 'def file(name):', '    return []'], []],
    [
      'a middleware',
      [
        '@app.middleware("http")',
        'async def m(r, n):',
        '    return 1',
        '@app.get("/api/tags")',
        'def tags():',
        '    return []',
      ],
      [],
    ],
    [
      'a session middleware',
      [
        'app.add_middleware(SessionMiddleware, secret_key="x")',
        '@app.get("/api/tags")',
        'def tags():',
        '    return []',
      ],
      [],
    ],
    [
      'a harmless middleware',
      [
        'app.add_middleware(faults.CrashAfterRequests)',
        '@app.get("/api/tags")',
        'def tags():',
        '    return []',
      ],
      ['/api/tags'],
    ],
    ['a router', ['@router.get("/api/tags")', 'def tags():', '    return []'], []],
  ])('%s', (_, lines, expected) => {
    expect(routes(...lines)).toEqual(expected);
  });

  it.each([
    ['a route of Flask', '@app.route("/api/tags/<int:n>")', ['/api/tags/[0-9]+']],
    ['GET alone', '@app.route("/api/tags", methods=["GET"])', ['/api/tags']],
    ['POST too', '@app.route("/api/tags", methods=["GET", "POST"])', []],
  ])('%s', (_, decorator, expected) => {
    const text = `from flask import Flask\napp = Flask(__name__)\n${decorator}\ndef tags(n=1):\n    return []\n`;
    expect(publicRoutes([{ path: 'a.py', text }]).routes.map(({ pattern }) => pattern)).toEqual(expected);
  });

  it("leaves out Flask's session", () => {
    const text =
      'from flask import Flask, session\napp = Flask(__name__)\n@app.route("/api/a")\ndef a():\n    return session["x"]\n';
    expect(publicRoutes([{ path: 'a.py', text }]).routes).toEqual([]);
  });

  it('says where a route is', () => {
    const text = 'app = FastAPI()\n\n@app.get("/api/a")\ndef a():\n    return 1\n';
    const [route] = publicRoutes([{ path: 'a.py', text }]).routes;
    expect(text.slice(route?.at.start, route?.at.end)).toBe('@app.get("/api/a")');
  });

  it('takes linear time', () => {
    const began = performance.now();
    for (const piece of [
      '@app.get("/api/a")\n',
      'FastAPI(',
      'add_middleware(',
      'a',
      '"',
      "'''",
      'x = \n',
      '@app.get("/)',
    ])
      publicRoutes([{ path: 'a.py', text: `app = FastAPI()\n${piece.repeat(20_000)}` }]);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('onePattern', () => {
  it.each([
    [['/api/a'], '^/api/a$'],
    [['/api/a', '/api/a/[0-9]+'], '^/api/a(?:/[0-9]+)?$'],
    [['/api/a/[^/]+', '/api/b'], '^(?:/api/a/[^/]+|/api/b)$'],
    [['/api/a/[^/]+', '/api/b', '/api/a'], '^(?:/api/b|/api/a(?:/[^/]+)?)$'],
  ])('%j', (patterns, expected) => {
    expect(onePattern(patterns)).toBe(expected);
  });
});

it.each([
  ['/cache-me', false],
  ['/real-time/', false],
  ['/me', true],
  ['/api/now', true],
  ['/api/products', false],
  ['/api/authors', false],
  ['/blog/post-1', false],
  ['/api/users/1', true],
  ['/api/v1/me', true],
  ['/admin/', true],
  ['/graphql', true],
  ['/checkout/step-2', true],
  ['/health', true],
])('%s looks private: %s', (path, expected) => {
  expect(looksPrivate(path)).toBe(expected);
});

it.each([
  ['~*', '\\.(css|js|png)$', true],
  ['~*', '\\.(?:css|js|woff2?)$', true],
  ['~', '\\.php$', false],
  ['~*', '\\.(html|js)$', false],
  ['', '/static/', true],
  ['^~', '/_next/static/', true],
  ['', '/', false],
])('%s %s is assets: %s', (modifier, path, expected) => {
  expect(isAssets(modifier, path)).toBe(expected);
});

it('blanks strings and comments', () => {
  const text = 'a = "x # y" # z\nb = \'\'\'1\n2\'\'\' + "it\\"s"\nc = "open\nd';
  const code = codeOnly(text);
  expect(code).toHaveLength(text.length);
  expect(code.replaceAll(/ +/g, ' ')).toBe('a = \nb = \n + \nc = \nd');
});
