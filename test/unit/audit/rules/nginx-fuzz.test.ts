import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rules } from '../../../../src/audit/registry.ts';
import { parseNginx } from '../../../../src/readers/nginx/parse.ts';
import { applyEdits } from '../../../../src/source/edits.ts';
import { nginxTexts, stackOf } from '../../../support/nginx-stack.ts';
import { seeded } from '../../../support/random.ts';

const root = join(import.meta.dirname, '../../../..');
const originals = ['examples', 'test/fixtures/stacks'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.conf'))
    .map((path) => readFileSync(join(root, folder, path), 'utf8')),
);
const aboutNginx = rules.filter(({ id }) => id.startsWith('nginx-'));
const noPlan = (): never => {
  throw new Error('No rule about nginx asks for the plan.');
};

it('judges 1,000 configurations with lines missing, moved and cut, and its edits fit', () => {
  const next = seeded(8);
  const below = (limit: number): number => Math.floor(next() * limit);
  let edited = 0;
  const broken: string[] = [];
  for (let round = 0; round < 1_000; round += 1) {
    const lines = (originals[below(originals.length)] ?? '').split('\n');
    for (let change = below(5); change >= 0; change -= 1) {
      const other = (originals[below(originals.length)] ?? '').split('\n');
      const piece = next() < 0.5 ? other.slice(below(other.length)).slice(0, 1 + below(4)) : [];
      lines.splice(below(lines.length), below(3), ...piece);
    }
    const joined = lines.join(next() < 0.1 ? ' ' : next() < 0.1 ? '\r\n' : '\n');
    const config = next() < 0.2 ? joined.slice(0, below(joined.length)) : joined;
    const texts = nginxTexts(config, {
      python: 'app = FastAPI()\n@app.get("/api/a")\ndef a():\n    return 1\n',
    });
    const stack = stackOf(texts);
    for (const rule of aboutNginx)
      for (const { fix } of rule.evaluate(stack, { plan: noPlan })) {
        if (!fix || fix.edits.length === 0) continue;
        edited += 1;
        const after = applyEdits(
          config,
          fix.edits.filter(({ path }) => path === 'nginx/nginx.conf'),
        );
        if (parseNginx(after, 'x').problems.length > 0) broken.push(`${rule.id}:\n${config}`);
      }
  }
  expect(broken).toEqual([]);
  expect(edited).toBeGreaterThan(200);
}, 20_000);
