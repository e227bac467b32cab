import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mapped, mappedSpan } from '../../../src/source/mapped.ts';
import type { Span } from '../../../src/source/span.ts';
import { shellCommands } from '../../../src/readers/commands/shell.ts';
import { imageOf } from '../../../src/readers/dockerfile/image.ts';
import { parseDockerfile } from '../../../src/readers/dockerfile/parse.ts';
import { pythonNames } from '../../../src/readers/python/names.ts';
import { parsePython } from '../../../src/readers/python/parse.ts';
import { readPools } from '../../../src/readers/python/pools.ts';
import { mutated } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';

const cases = 10_000;

const dockerfile = [
  '# syntax=docker/dockerfile:1\nARG V=3\nFROM --platform=$P python:${V:-3} AS base\nENV A=1 B="x y"\nRUN <<EOF\na\nEOF\n',
  'WORKDIR /app\nCOPY --chown=a . .\nENTRYPOINT ["tini", "--"]\nFROM base\nONBUILD RUN x\n# c\nCMD ["sh", "-c", "uvicorn a:b \\\n',
  '  # comment\n  --port ${PORT:-80}"]\nHEALTHCHECK CMD curl $X\n',
].join('');
const dockerPieces = [
  '\\\n',
  '"',
  "'",
  '[',
  ']',
  '${',
  '}',
  '$',
  '<<EOF',
  '\n',
  '\r\n',
  '#',
  'FROM a AS b\n',
  ',',
  '\0',
  '\u2028',
  '`',
  'ENV ',
];
const python = readFileSync(
  new URL('../../../examples/shop/after/backend/database.py', import.meta.url),
  'utf8',
).concat(
  'from flask import Flask as F\napp = F(__name__)\nDATABASES = {"a": {"b": [1, 2]}}\nclass C:\n    D = 1\n@app.get("/")\nasync def f(a, *b, **c): return x if y else z\nif __name__ == "__main__":\n    app.run(debug=True)\n',
);
const pythonPieces = [
  '(',
  ')',
  '[',
  '{',
  '}',
  '"""',
  "'",
  'f"{',
  '\\\n',
  '\n',
  '\t',
  '    ',
  ':',
  '=',
  ',',
  '*',
  '**',
  '@',
  'def ',
  'class ',
  'import ',
  'from . import ',
  'lambda',
  '\0',
  '#',
  'create_engine(',
];
const script =
  '#!/bin/sh\nset -e\nW=${W:-4}\nif [ -z "$X" ]; then\n  exec a\nfi\ncase $1 in\n  b) c ;;\nesac\nf() { g; }\ncat <<EOF\nx\nEOF\nexec gunicorn -w $((2 * $(nproc) + 1)) "a:b" > log 2>&1 || echo `d`\n';
const shellPieces = [
  '$(',
  ')',
  '${',
  '}',
  '"',
  "'",
  '`',
  '\\',
  '<<',
  '<<-E',
  '\n',
  ';',
  ';;',
  '&&',
  '||',
  '|',
  '(',
  '{',
  'if ',
  'fi',
  '$@',
  '$1',
  '>',
  '#',
  '()',
  '\0',
];

const at = { path: 'x', start: 0, end: 0 };

/** The texts whose places, as a reader gives them, lie outside of them. */
function misplaced(
  seed: number,
  original: string,
  pieces: readonly string[],
  read: (text: string) => readonly (Span | undefined)[],
): string[] {
  const random = seeded(seed);
  return Array.from({ length: cases }, () => mutated(original, pieces, random)).filter((text) =>
    read(text).some((span) => span && (span.start < 0 || span.end < span.start || span.end > text.length)),
  );
}

describe('readers of mutated files', () => {
  it(`reads ${cases} Dockerfiles`, () => {
    const outside = misplaced(1, dockerfile, dockerPieces, (text) => {
      const parsed = parseDockerfile('Dockerfile', text);
      const image = imageOf(parsed, { args: new Map([['V', '4']]) });
      return [
        ...parsed.stages.flatMap(({ instructions }) => instructions.map((instruction) => instruction.textAt)),
        ...(image?.cmd?.sources ?? []).map((word) => mappedSpan(word)),
      ];
    });
    expect(outside).toEqual([]);
  }, 120_000);

  it(`reads ${cases} Python files`, () => {
    const outside = misplaced(2, python, pythonPieces, (text) => {
      const module = parsePython('a.py', text, pythonNames);
      const pools = readPools([module], new Map([['DATABASE_URL', { value: undefined, at }]]));
      return [...module.calls.map((call) => call.argumentsAt), ...pools.map((pool) => pool.at)];
    });
    expect(outside).toEqual([]);
  }, 120_000);

  it(`reads ${cases} scripts`, () => {
    const outside = misplaced(3, script, shellPieces, (text) =>
      shellCommands(mapped('a.sh', text), {
        variable: () => undefined,
        args: [{ text: 'x', resolved: true }],
      }).flatMap(({ words }) => words.map((word) => word.outer)),
    );
    expect(outside).toEqual([]);
  }, 120_000);
});

describe('long input', () => {
  const long = (piece: string): string => piece.repeat(Math.ceil(100_000 / piece.length));
  const limitMs = 5_000 * Number(process.env['TEST_PATIENCE'] ?? 1);

  it.each(['${A:-', '$(', '"', "'", '`', '\\\n', '<<E\n', '(', 'if ', ' ', '\n', 'a() {', 'case a in b)'])(
    'takes linear time for a shell script of %j',
    (piece) => {
      expect(
        shellCommands(mapped('a.sh', long(piece)), { variable: () => undefined, args: [] }),
      ).toBeDefined();
    },
    limitMs,
  );

  it.each(['FROM a\n', 'RUN <<E\n', 'ENV A=${B:-', 'a\\\n', '# x\n', '[', '"', '\\', 'COPY --a=b '])(
    'takes linear time for a Dockerfile of %j',
    (piece) => {
      const text = long(piece);
      for (const one of [text, `FROM a\nENV A=${text}`, `FROM a\nCMD [${text}`, `FROM a\nCOPY ${text}`])
        expect(imageOf(parseDockerfile('Dockerfile', one))?.copies.length).not.toBe(-1);
    },
    limitMs,
  );

  it.each([
    'a(',
    'x=',
    '{"a":',
    'if a:\n ',
    '"""',
    'a.',
    '@a.get(',
    'a\\\n',
    'f"{',
    'lambda:',
    'not ',
    'x or ',
  ])(
    'takes linear time for Python of %j',
    (piece) => {
      expect(parsePython('a.py', long(piece), [])).toBeDefined();
    },
    limitMs,
  );
});
