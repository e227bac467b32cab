import { describe, expect, it } from 'vitest';
import { lexNginx, printNginx } from '../../../../src/readers/nginx/lexer.ts';

/** Words as `value`, quoted ones as `"value"`; other pieces as written, without spaces and comments. */
function shown(text: string): string[] {
  return lexNginx(text).flatMap(({ kind, text: source, value = '', quoted }) =>
    kind === 'space' || kind === 'comment'
      ? []
      : [kind === 'word' ? (quoted ? `"${value}"` : value) : source],
  );
}

describe('lexNginx', () => {
  it.each([
    ['a b;', ['a', 'b', ';']],
    ['a{b;}', ['a', '{', 'b', ';', '}']],
    ['a "b c" \'d\';', ['a', '"b c"', '"d"', ';']],
    ["a '';", ['a', '""', ';']],
    ['a "say \\"hi\\"";', ['a', '"say "hi""', ';']],
    ['a b"c;', ['a', 'b"c', ';']],
    ['a b#c; # d', ['a', 'b#c', ';']],
    ['location ~ \\.php$ {', ['location', '~', '\\.php$', '{']],
    ['a \\; b\\ c;', ['a', '\\;', 'b\\ c', ';']],
    ['log_format x "a\\tb\\nc";', ['log_format', 'x', '"a\tb\nc"', ';']],
    ['a ${b}c $d{', ['a', '${b}c', '$d', '{']],
    ['rewrite ^/a}b$ /c;', ['rewrite', '^/a}b$', '/c', ';']],
    ['a "b', ['a', '"b']],
    ['a "b; c "d";', ['a', '"b; c "', 'd"', ';']],
    ['if ($a = "b") {', ['if', '($a', '=', '"b"', ')', '{']],
    ['\uFEFFa ünï;', ['\uFEFFa', 'ünï', ';']],
    ['a\r\n  b;\r\n', ['a', 'b', ';']],
  ])('%s', (text, expected) => {
    expect(shown(text)).toEqual(expected);
    expect(printNginx(lexNginx(text))).toBe(text);
  });

  it.each([
    ['content_by_lua_block { ngx.say("hi; }") }', ' ngx.say("hi; }") '],
    ['access_by_lua_block { if a then b = { 1 } end }', ' if a then b = { 1 } end '],
    ['set_by_lua_block $x { return [[ } ]] }', ' return [[ } ]] '],
    ['content_by_lua_block { return [==[ }]] ]==] }', ' return [==[ }]] ]==] '],
    ['content_by_lua_block { -- } a comment\n b() }', ' -- } a comment\n b() '],
    ['content_by_lua_block { --[[ } \n ]] b() }', ' --[[ } \n ]] b() '],
    ["content_by_lua_block { a = 'it\\'s }' }", " a = 'it\\'s }' "],
    ['content_by_lua_block { never closed', ' never closed'],
  ])('keeps Lua as it is: %s', (text, lua) => {
    expect(lexNginx(text).find(({ kind }) => kind === 'lua')?.text).toBe(lua);
    expect(printNginx(lexNginx(text))).toBe(text);
  });

  it('has places that fit', () => {
    for (const { start, end, text } of lexNginx('a "b\\"c" { # x\n d; }'))
      expect(end - start).toBe(text.length);
  });

  it.each([
    ['quotes', '"'],
    ['quotes behind spaces', ' "'],
    ['backslashes', '\\'],
    ['braces', '{'],
    ['variables', '${'],
    ['Lua brackets', 'x_by_lua_block { [=[ '],
    ['Lua signs', '[='],
    ['hashes', '#'],
  ])('takes linear time for %s', (_, piece) => {
    const texts = [piece.repeat(60_000), `a_by_lua_block {${piece.repeat(60_000)}`];
    const began = performance.now();
    for (const text of texts) expect(printNginx(lexNginx(text))).toBe(text);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
