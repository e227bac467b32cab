import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const sources = readdirSync(join(root, 'src/host'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

test('every error code of a connection is in docs/ssh.md, and no other', () => {
  const codes = new Set(
    sources.flatMap((file) => {
      const text = readFileSync(join(root, 'src/host', file), 'utf8');
      return [...text.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].flatMap(([, code = '']) =>
        /^(OPS|SSH_AUTH|EAI)_/.test(code) ? [] : [code],
      );
    }),
  );
  const page = readFileSync(join(root, 'docs/ssh.md'), 'utf8');
  const table = page.slice(page.indexOf('## When something goes wrong'));
  const documented = new Set([...table.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code));
  expect(documented).toEqual(codes);
});
