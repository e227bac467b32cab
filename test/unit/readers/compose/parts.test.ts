import { describe, expect, it } from 'vitest';
import { readDotenv } from '../../../../src/readers/compose/dotenv.ts';
import { interpolate } from '../../../../src/readers/compose/interpolate.ts';
import { limitsOf } from '../../../../src/readers/compose/limits.ts';
import { readCompose } from '../../../../src/readers/compose/read.ts';
import { shellWords } from '../../../../src/readers/compose/shellwords.ts';
import { formatBytes, parseBytes, parseCpus, parseDuration } from '../../../../src/readers/compose/units.ts';
import { filesOf } from '../../../../src/source/files.ts';

describe('parseBytes', () => {
  it.each([
    ['512M', 512 * 1024 ** 2],
    ['1g', 1024 ** 3],
    ['1gb', 1024 ** 3],
    ['1GiB', 1024 ** 3],
    ['1.5 g', 1.5 * 1024 ** 3],
    ['64k', 65_536],
    ['300000', 300_000],
    ['10b', 10],
    [1024, 1024],
    ['0', 0],
    ['-1', undefined],
    ['1x', undefined],
    ['', undefined],
    ['M', undefined],
    [null, undefined],
    [true, undefined],
    [-5, undefined],
  ])('%j → %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each([
    [512 * 1024 ** 2, '512M'],
    [1024 ** 3, '1G'],
    [1536 * 1024 ** 2, '1536M'],
    [1000, '1000'],
  ])('%d is written %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
    expect(parseBytes(text)).toBe(bytes);
  });
});

describe('parseDuration', () => {
  it.each([
    ['1m30s', 90],
    ['500ms', 0.5],
    ['2h', 7200],
    ['1.5s', 1.5],
    ['0', 0],
    [0, 0],
    ['10', undefined],
    [10, undefined],
    ['1m x', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j → %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});

it.each([
  ['0.5', 0.5],
  [2, 2],
  ['', undefined],
  ['x', undefined],
  [true, undefined],
])('parseCpus(%j) → %s', (text, cpus) => {
  expect(parseCpus(text)).toBe(cpus);
});

describe('shellWords', () => {
  it.each([
    ['gunicorn main:app', ['gunicorn', 'main:app']],
    [`sh -c "echo 'a b'"`, ['sh', '-c', "echo 'a b'"]],
    [`a\\ b 'c\\d' "e\\"f"`, ['a b', 'c\\d', 'e"f']],
    ['a "" b', ['a', '', 'b']],
    ['a && b', ['a']],
    ['a 2>/dev/null', ['a']],
    ['  ', []],
    ['"open', ['open']],
    ['line\n  two', ['line', 'two']],
  ])('%j → %j', (text, words) => {
    expect(shellWords(text)).toEqual(words);
  });
});

describe('interpolate', () => {
  const lookup = (name: string) => ({ A: 'a', EMPTY: '' })[name];

  it.each([
    ['$A${A}$$A', 'aa$A', []],
    ['${X:-${Y:-${A}}}', 'a', []],
    ['${X}', '', ['X']],
    ['${X:?say}', '', ['X']],
    ['${EMPTY:?say}', '', ['EMPTY']],
    ['${EMPTY?say}', '', []],
    ['${A:-${X}}', 'a', []],
    ['${X:-$Y}', '', ['Y']],
    ['${A:+$X}', '', ['X']],
    ['${X:-a}b}', 'ab}', []],
  ])('%s → %j, without %j', (text, value, unresolved) => {
    expect(interpolate(text, lookup)).toEqual({ text: value, unresolved });
  });

  it.each([
    ['a $1', 2],
    ['${', 0],
    ['${A', 0],
    ['${A!}', 0],
    ['x$', 1],
  ])('%s is invalid at %d', (text, at) => {
    expect(interpolate(text, lookup)).toEqual({ text, unresolved: [], invalidAt: at });
  });
});

describe('readDotenv', () => {
  it('knows where each value stands', () => {
    const text = "A=1 # one\r\nB='two'\r\n\r\nC=\"open\n";
    const { values } = readDotenv('.env', text, () => undefined);
    expect([...values].map(([name, { value, at }]) => [name, value, text.slice(at.start, at.end)])).toEqual([
      ['A', '1', '1'],
      ['B', 'two', "'two'"],
      ['C', '"open', '"open'],
    ]);
    expect(readDotenv('.env', text, () => undefined).problems.map(({ message }) => message)).toEqual([
      'This quote is never closed.',
    ]);
  });

  it('says which line is no assignment, and reads on', () => {
    const { values, problems } = readDotenv('.env', 'not one\n=x\nA=1\n', () => undefined);
    expect(problems.map(({ at }) => at?.start)).toEqual([0, 8]);
    expect([...values.keys()]).toEqual(['A']);
  });

  it('takes a name alone from the environment', () => {
    const { values } = readDotenv('.env', 'A\nB\n', (name) => (name === 'A' ? '1' : undefined));
    expect([...values.values()].map(({ value }) => value)).toEqual(['1', undefined]);
  });

  it('leaves a raw file as it is', () => {
    const { values } = readDotenv('x.env', `A="$B" # c\n`, () => undefined, true);
    expect(values.get('A')?.value).toBe('"$B" # c');
  });
});

it.each([
  ['mem_limit: 1g', { memory: 1024 ** 3 }],
  [
    'deploy: {resources: {limits: {cpus: "0.5", memory: 64M, pids: 10}}}',
    { memory: 64 * 1024 ** 2, cpus: 0.5, pids: 10 },
  ],
  ['cpu_quota: 50000', { cpus: 0.5 }],
  ['{mem_limit: 0, cpus: 0}', {}],
  ['mem_limit: ${MEMORY}', {}],
])('limits of %s', (yaml, { memory, cpus, pids }: { memory?: number; cpus?: number; pids?: number }) => {
  const body = yaml.startsWith('{') ? ` ${yaml}` : `\n    ${yaml}`;
  const files = filesOf(new Map([['c.yml', `services:\n  app:${body}\n`]]));
  const [service] = readCompose(files, { paths: ['c.yml'], env: {} }).services;
  const limits = service && limitsOf(service);
  expect([limits?.memoryBytes?.value, limits?.cpus?.value, limits?.pids?.value]).toEqual([
    memory,
    cpus,
    pids,
  ]);
});
