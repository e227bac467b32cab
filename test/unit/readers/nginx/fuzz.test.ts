import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { walk } from '../../../../src/readers/nginx/effective.ts';
import { lexNginx, printNginx } from '../../../../src/readers/nginx/lexer.ts';
import { proxiedLocations } from '../../../../src/readers/nginx/locations.ts';
import { officialNginxConf } from '../../../../src/readers/nginx/official.ts';
import { readNginx } from '../../../../src/readers/nginx/read.ts';
import { seeded } from '../../../support/random.ts';

const roots = ['examples', 'test/fixtures/stacks'].map((root) =>
  join(import.meta.dirname, '../../../..', root),
);
const originals = [
  officialNginxConf,
  'server { location / { content_by_lua_block { ngx.say("hi; }") --[[ } ]] } } }',
  'map $http_upgrade $connection_upgrade { default upgrade; \'\' close; }\nlog_format j escape=json \'{"a":"${b}"}\';',
  ...roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(?:conf|template)$/.test(path))
      .map((path) => readFileSync(join(root, path), 'utf8')),
  ),
];
const pieces = [
  '{',
  '}',
  ';',
  '"',
  "'",
  '\\',
  '#',
  '$',
  '${',
  '\n',
  '\r\n',
  ' ',
  '',
  'include x;',
  '[[',
  '--',
  '_by_lua_block',
  '\u0000',
  'é',
  '☃',
  'server {',
  'location',
  'proxy_pass http://a',
  '*',
  '~',
];

it('reads 10,000 broken configurations without a crash, and prints each as it was', () => {
  const wrong: string[] = [];
  const next = seeded(20_261_123);
  const below = (limit: number): number => Math.floor(next() * limit);
  for (let round = 0; round < 10_000; round += 1) {
    let text = originals[below(originals.length)] ?? '';
    for (let change = below(6); change >= 0; change -= 1) {
      const start = below(text.length + 1);
      const end = next() < 0.5 ? start : start + below(next() < 0.1 ? 400 : 12);
      const other = originals[below(originals.length)] ?? '';
      const from = below(other.length + 1);
      const piece = next() < 0.2 ? other.slice(from, from + below(60)) : (pieces[below(pieces.length)] ?? '');
      text = text.slice(0, start) + piece + text.slice(end);
    }
    if (printNginx(lexNginx(text)) !== text) wrong.push(text);
    const config = readNginx(
      {
        read: (path) =>
          path.endsWith('.types') ? undefined : { path: 'x', text: path === '/n' ? text : 'y;' },
        list: (directory) => [`${directory}/a.conf`],
      },
      '/n',
    );
    for (const { at, nameAt } of walk(config.directives))
      if (at.path === 'x' && (at.start > at.end || nameAt.start < at.start)) wrong.push(text);
    proxiedLocations(config);
  }
  expect(wrong).toEqual([]);
}, 20_000);
