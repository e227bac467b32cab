import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConf } from '../../../../src/readers/postgres/conf.ts';
import { alterSystem } from '../../../../src/readers/postgres/init-scripts.ts';
import type { ContainerFiles } from '../../../../src/readers/container-files.ts';

const pieces = [
  'shared_buffers',
  'include',
  'include_dir',
  ' ',
  '\t',
  '=',
  "'",
  "''",
  '"',
  '\\',
  '#',
  '\n',
  '\r\n',
  '256MB',
  '-1',
  'ALTER SYSTEM SET ',
  'to',
  ';',
  '--',
  'ä',
  '\u0000',
  'a.conf',
];

function container(text: string): ContainerFiles {
  return {
    read: (path) => (path.startsWith('/') ? { path: path.slice(1), text } : undefined),
    list: () => ['/docker-entrypoint-initdb.d/a.sql', '/docker-entrypoint-initdb.d/b.sh', '/x/a.conf'],
  };
}

describe('broken configurations', () => {
  it('10,000 of them: read without a throw, each value where it is said to be', () => {
    assert(
      property(
        array(
          string({ maxLength: 3 }).chain((noise) => constantFrom(noise, ...pieces)),
          { maxLength: 40 },
        ),
        (parts) => {
          const text = parts.join('');
          const files = container(text);
          const found = [...readConf(files, '/postgresql.conf').settings, ...alterSystem(files, []).settings];
          const strange = found.filter(({ at, value }) => {
            const written = text.slice(at.start, at.end);
            return written !== value && !(written.startsWith("'") && written.endsWith("'"));
          });
          expect(strange).toEqual([]);
        },
      ),
      { seed: 3, numRuns: 10_000 },
    );
  });

  it.each([
    ['blanks', `shared_buffers${' '.repeat(200_000)}!`],
    ['quotes', `x = '${"''".repeat(100_000)}`],
    ['a comment', `x = 1 ${'#'.repeat(200_000)}\u0000`],
    ['statements', "alter system set a = '".repeat(10_000)],
  ])('long %s take no long time', (_name, text) => {
    const files = container(text);
    const start = performance.now();
    readConf(files, '/postgresql.conf');
    alterSystem(files, []);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
