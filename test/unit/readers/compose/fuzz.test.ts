import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readCompose } from '../../../../src/readers/compose/read.ts';
import { appendIn, setIn } from '../../../../src/readers/compose/splice.ts';
import { applyEdits } from '../../../../src/source/edits.ts';
import { filesOf } from '../../../../src/source/files.ts';

const fixtures = new URL('../../../fixtures/compose/', import.meta.url);
const texts = readdirSync(fixtures, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
  .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'));

/** What makes YAML and Compose files strange. */
const pieces = [
  ': ',
  '- ',
  '\n',
  '  ',
  '\t',
  '\r',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '<<: ',
  '<<: *a',
  '!reset ',
  '!override ',
  '|',
  '>-',
  '---\n',
  '...\n',
  '? ',
  '${',
  '}',
  '$',
  '${A:-',
  '\0',
  '\uFEFF',
  '\u2028',
  'é',
  '~',
  'null',
  '*',
  '&',
  '%',
  '@',
  '`',
  ',',
  'extends: ',
  'include: ',
  'services:',
  '<<',
  '-',
  '0x',
  '1e9',
  '.inf',
];

/** mulberry32: the same numbers on every machine. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

function mutate(text: string, below: (limit: number) => number): string {
  // Half a file is a broken file too, and quicker to read.
  let result = text.slice(0, 150 + below(400));
  for (let count = 1 + below(4); count > 0; count -= 1) {
    const start = below(result.length + 1);
    const length = below(12);
    const piece = pieces[below(pieces.length)] ?? '';
    const other = texts[below(texts.length)] ?? '';
    const from = below(other.length + 1);
    const insert = [piece, piece.repeat(below(20)), other.slice(from, from + below(60)), ''][below(4)] ?? '';
    result = result.slice(0, start) + insert + result.slice(start + (below(2) === 0 ? length : 0));
  }
  return result;
}

it(
  'takes 10,000 broken files without throwing, and its edits keep every other byte',
  { timeout: 60_000 },
  () => {
    const below = random(20_260_101);
    let edited = 0;
    for (let round = 0; round < 10_000; round += 1) {
      const text = mutate(texts[round % texts.length] ?? '', below);
      const files = filesOf(
        new Map([
          ['compose.yaml', text],
          ['.env', text.slice(0, 200)],
        ]),
      );
      const project = readCompose(files, { paths: ['compose.yaml'], env: {}, profiles: ['*'] });
      for (const problem of project.problems) expect(problem.message).not.toBe('');
      const [service] = project.services;
      if (round % 25 !== 0 || service === undefined) continue;
      const edits = [
        setIn(files, service, ['deploy', 'resources', 'limits'], { memory: '1G', cpus: '0.5' }),
        setIn(files, service, ['image'], 'x:1'),
        appendIn(files, service, ['command'], ['--flag']),
      ];
      for (const edit of edits) {
        if (edit === undefined) continue;
        edited += 1;
        const after = filesOf(new Map([['compose.yaml', applyEdits(text, edit)]]));
        const again = readCompose(after, { paths: ['compose.yaml'], env: {}, profiles: ['*'] });
        expect(again.services.map(({ name }) => name)).toContain(service.name);
      }
    }
    expect(edited).toBeGreaterThan(50);
  },
);
