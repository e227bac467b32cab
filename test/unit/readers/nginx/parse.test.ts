import { describe, expect, it } from 'vitest';
import { walk } from '../../../../src/readers/nginx/effective.ts';
import { parseNginx } from '../../../../src/readers/nginx/parse.ts';
import type { NginxDirective } from '../../../../src/readers/nginx/tree.ts';

type Outline = (string | Outline)[];

function outline(directives: readonly NginxDirective[]): Outline {
  return directives.flatMap(({ name, args, children }): Outline => {
    const line = [name, ...args.map(({ value }) => value)].join(' ');
    return children ? [line, outline(children)] : [line];
  });
}

describe('parseNginx', () => {
  it('makes a tree with places and parents', () => {
    const text = 'http {\n  # x\n  server { listen 80; }\n  map $a $b { "" close; }\n}\n';
    const { directives, problems } = parseNginx(text, 'nginx.conf');
    expect(problems).toEqual([]);
    expect(outline(directives)).toEqual(['http', ['server', ['listen 80'], 'map $a $b', [' close']]]);
    const sources = [...walk(directives)].map(({ at }) => text.slice(at.start, at.end));
    expect(sources).toEqual([
      text.trimEnd(),
      'server { listen 80; }',
      'listen 80;',
      'map $a $b { "" close; }',
      '"" close;',
    ]);
    const [http] = directives;
    expect(http?.children?.[0]?.parent).toBe(http);
    expect(text.slice(http?.blockAt?.start, http?.blockAt?.end)).toBe(text.slice(5).trimEnd());
  });

  it('takes Lua for a block without directives', () => {
    const { directives, problems } = parseNginx('location / { content_by_lua_block { a("}") } b; }', 'x');
    expect(problems).toEqual([]);
    const [lua, b] = directives[0]?.children ?? [];
    expect(lua).toMatchObject({ name: 'content_by_lua_block', blockAt: { start: 34, end: 44 } });
    expect(lua?.children).toBeUndefined();
    expect(b?.name).toBe('b');
  });

  it.each([
    ['http { a;', 'The block "http" is not closed.', ['http', ['a']]],
    ['a; } b;', 'A "}" closes no block.', ['a', 'b']],
    ['a { b} c;', 'The block "a" is not closed.', ['a', ['b} c']]],
    ['a { b\n } c;', 'The directive "b" is not ended by ";".', ['a', ['b'], 'c']],
    ['a b', 'The directive "a" is not ended by ";".', ['a b']],
    ['a;;', 'A ";" ends no directive.', ['a']],
    ['{ a; }', 'A block has no name.', ['', ['a']]],
    ['a "b c;', 'A quote is opened here and never closed.', ['a "b c']],
    ["a 'it''s';", 'A space is missing behind a closing quote.', ['a it s']],
  ])('%s: %s', (text, message, expected) => {
    const { directives, problems } = parseNginx(text, 'x');
    expect(problems.map((problem) => problem.message)).toContain(message);
    expect(outline(directives)).toEqual(expected);
  });

  it('stops at a depth that nobody needs', () => {
    const { directives, problems } = parseNginx(`${'a {'.repeat(100_000)}${'}'.repeat(100_000)} b;`, 'x');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('nested');
    expect(directives.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});
